// SPDX-License-Identifier: MPL-2.0
// Evaluations that a scheduler makes.

import { type AllocMetric, Evaluation, type Job, make } from '@serai/api';
import { isoOfNs } from './alloc-rows.ts';

export const evalStatus = {
  blocked: 'blocked',
  pending: 'pending',
  complete: 'complete',
  failed: 'failed',
  canceled: 'canceled',
} as const;

export const trigger = {
  queuedAllocs: 'queued-allocs',
  maxPlans: 'max-plan-attempts',
  allocFailure: 'alloc-failure',
  rollingUpdate: 'rolling-update',
  disconnectTimeout: 'max-disconnect-timeout',
} as const;

/** To look at the job again at a time. */
export function followUpEvaluation(
  job: Job,
  options: {
    id: string;
    trigger: string;
    description: string;
    waitUntilNs: number;
    previousEval: string;
    nowNs: number;
  },
): Evaluation {
  return make(Evaluation, {
    ID: options.id,
    Namespace: job.Namespace,
    Priority: job.Priority,
    Type: job.Type,
    TriggeredBy: options.trigger,
    JobID: job.ID,
    JobModifyIndex: job.ModifyIndex,
    Status: evalStatus.pending,
    StatusDescription: options.description,
    WaitUntil: isoOfNs(options.waitUntilNs),
    PreviousEval: options.previousEval,
    CreateTime: options.nowNs,
    ModifyTime: options.nowNs,
  });
}

/** Waits for capacity. */
export function blockedEvaluation(
  from: Evaluation,
  options: {
    id: string;
    nowNs: number;
    classes: Readonly<Record<string, boolean>> | null;
    escaped: boolean;
    failed: Readonly<Record<string, AllocMetric>> | null;
    /** the plans could not be committed, so it is not known what is missing */
    conflicts?: boolean;
    nodeId?: string;
    snapshotIndex: number;
  },
): Evaluation {
  return make(Evaluation, {
    ID: options.id,
    Namespace: from.Namespace,
    Priority: from.Priority,
    Type: from.Type,
    TriggeredBy: options.conflicts ? trigger.maxPlans : trigger.queuedAllocs,
    JobID: from.JobID,
    JobModifyIndex: from.JobModifyIndex,
    NodeID: options.nodeId ?? '',
    Status: evalStatus.blocked,
    StatusDescription: options.conflicts
      ? 'created due to placement conflicts'
      : 'created to place remaining allocations',
    PreviousEval: from.ID,
    FailedTGAllocs: options.failed,
    ClassEligibility: options.escaped ? null : options.classes,
    EscapedComputedClass: options.escaped,
    SnapshotIndex: options.snapshotIndex,
    CreateTime: options.nowNs,
    ModifyTime: options.nowNs,
  });
}

/** Goes on with a rolling update of a system job after its stagger. */
export function rollingEvaluation(
  from: Evaluation,
  options: { id: string; waitNs: number; nowNs: number },
): Evaluation {
  return make(Evaluation, {
    ID: options.id,
    Namespace: from.Namespace,
    Priority: from.Priority,
    Type: from.Type,
    TriggeredBy: trigger.rollingUpdate,
    JobID: from.JobID,
    JobModifyIndex: from.JobModifyIndex,
    Status: evalStatus.pending,
    Wait: options.waitNs,
    WaitUntil: isoOfNs(options.nowNs + options.waitNs),
    PreviousEval: from.ID,
    CreateTime: options.nowNs,
    ModifyTime: options.nowNs,
  });
}
