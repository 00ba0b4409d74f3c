// SPDX-License-Identifier: MPL-2.0
// Which rows exist: one table per noun. Rows are Nomad's own objects where there is one.

import type {
  Allocation,
  Deployment,
  Evaluation,
  Job,
  JobSubmission,
  JobSummary,
  Namespace,
  Node,
  NodePool,
  ScalingEvent,
  ScalingPolicy,
  SchedulerConfiguration,
} from '@serai/api';

/** A registered version of a job. */
export interface JobVersion {
  /** As registered; never changes again. Allocations refer to it. */
  readonly Job: Job;
  /** Became stable after its registration (its deployment succeeded). */
  readonly Stable: boolean;
  /** What a reader of versions gets: `Job` with the current `Stable`. Derived, not stored. */
  readonly view: Job;
}

/** Scaling history of one job, per task group, newest first. */
export interface JobScalingEvents {
  readonly Namespace: string;
  readonly JobID: string;
  readonly ScalingEvents: Readonly<Record<string, readonly ScalingEvent[]>>;
  readonly ModifyIndex: number;
}

/** Until when the launches of a periodic job are dealt with. Exists while the job is launched by the clock. */
export interface PeriodicLaunch {
  readonly Namespace: string;
  /** of the periodic job */
  readonly ID: string;
  /** the last launch, or when its schedule was registered; RFC 3339 */
  readonly Launch: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface Rows {
  namespaces: Namespace;
  nodePools: NodePool;
  schedulerConfig: SchedulerConfiguration;
  nodes: Node;
  jobs: Job;
  jobVersions: JobVersion;
  jobSummaries: JobSummary;
  jobSubmissions: JobSubmission;
  scalingPolicies: ScalingPolicy;
  scalingEvents: JobScalingEvents;
  periodicLaunches: PeriodicLaunch;
  evals: Evaluation;
  deployments: Deployment;
  allocs: Allocation;
}

export type TableName = keyof Rows;

/** Job versions come before allocations, which refer to them: rows are loaded in this order. */
export const tableNames = [
  'namespaces',
  'nodePools',
  'schedulerConfig',
  'nodes',
  'jobs',
  'jobVersions',
  'jobSummaries',
  'jobSubmissions',
  'scalingPolicies',
  'scalingEvents',
  'periodicLaunches',
  'evals',
  'deployments',
  'allocs',
] as const satisfies readonly TableName[];

export function isTableName(name: string): name is TableName {
  return (tableNames as readonly string[]).includes(name);
}

export function jobVersionOf(job: Job, stable: boolean = job.Stable): JobVersion {
  return { Job: job, Stable: stable, view: stable === job.Stable ? job : { ...job, Stable: stable } };
}
