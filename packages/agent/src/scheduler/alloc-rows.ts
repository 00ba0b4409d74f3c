// SPDX-License-Identifier: MPL-2.0
// The rows that a plan is made of: new allocations and changed copies of old ones.

import {
  type AllocatedResources,
  type Allocation,
  type AllocDeploymentStatus,
  type AllocMetric,
  type AllocState,
  type DesiredTransition,
  type Job,
  type RescheduleTracker,
  zeroTime,
} from '@serai/api';
import { clientStatus, desiredStatus } from '#model';

const noTransition: DesiredTransition = {
  Migrate: null,
  Reschedule: null,
  ForceReschedule: null,
  NoShutdownDelay: null,
};

/** A canary whose health is not known yet. */
export const newCanary: AllocDeploymentStatus = {
  Healthy: null,
  Timestamp: zeroTime,
  Canary: true,
  ModifyIndex: 0,
};

export interface NewAllocation {
  readonly id: string;
  readonly evalId: string;
  readonly job: Job;
  readonly name: string;
  readonly group: string;
  readonly node: { readonly ID: string; readonly Name: string };
  readonly resources: AllocatedResources;
  readonly metrics: AllocMetric;
  readonly nowNs: number;
  readonly previousId?: string;
  readonly deploymentId?: string;
  readonly deploymentStatus?: AllocDeploymentStatus | null;
  readonly rescheduleTracker?: RescheduleTracker | null;
}

export function newAllocation(from: NewAllocation): Allocation {
  return {
    ID: from.id,
    Namespace: from.job.Namespace,
    EvalID: from.evalId,
    Name: from.name,
    NodeID: from.node.ID,
    NodeName: from.node.Name,
    JobID: from.job.ID,
    Job: from.job,
    TaskGroup: from.group,
    Resources: null,
    SharedResources: null,
    TaskResources: null,
    AllocatedResources: from.resources,
    Metrics: from.metrics,
    DesiredStatus: desiredStatus.run,
    DesiredDescription: '',
    DesiredTransition: noTransition,
    ClientStatus: clientStatus.pending,
    ClientDescription: '',
    TaskStates: null,
    AllocStates: null,
    PreviousAllocation: from.previousId ?? '',
    NextAllocation: '',
    DeploymentID: from.deploymentId ?? '',
    DeploymentStatus: from.deploymentStatus ?? null,
    RescheduleTracker: from.rescheduleTracker ?? null,
    NetworkStatus: null,
    FollowupEvalID: '',
    PreemptedAllocations: null,
    PreemptedByAllocation: '',
    SigningKeyID: '',
    CreateIndex: 0,
    ModifyIndex: 0,
    AllocModifyIndex: 0,
    CreateTime: from.nowNs,
    ModifyTime: from.nowNs,
  };
}

export interface StopOptions {
  readonly description: string;
  /** what the server decides about the client's side: lost or unknown */
  readonly clientStatus?: string | undefined;
  readonly followupEvalId?: string | undefined;
  readonly nowNs: number;
}

export function stoppedAllocation(alloc: Allocation, options: StopOptions): Allocation {
  const stopped: Allocation = {
    ...alloc,
    DesiredStatus: desiredStatus.stop,
    DesiredDescription: options.description,
    FollowupEvalID: options.followupEvalId ?? alloc.FollowupEvalID,
    ModifyTime: options.nowNs,
  };
  return options.clientStatus === undefined
    ? stopped
    : withClientStatus(stopped, options.clientStatus, options.nowNs);
}

/** Sets the client status and notes when that was. */
export function withClientStatus(alloc: Allocation, status: string, nowNs: number): Allocation {
  const state: AllocState = { Field: 'ClientStatus', Value: status, Time: isoOfNs(nowNs) };
  return { ...alloc, ClientStatus: status, AllocStates: [...(alloc.AllocStates ?? []), state] };
}

/** RFC 3339 of Unix nanoseconds, in milliseconds. */
export function isoOfNs(unixNs: number): string {
  return new Date(Math.round(unixNs / 1e6)).toISOString();
}

/** Unix nanoseconds of an RFC 3339 time; undefined for a time that was never set. */
export function nsOfIso(time: string): number | undefined {
  const ms = Date.parse(time);
  return ms > 0 ? ms * 1e6 : undefined;
}
