// SPDX-License-Identifier: MPL-2.0
// What a job's allocations and evaluations say about the job: status, summary, and what kind of job it is.

import type { Allocation, Evaluation, Job, JobListStub, JobSummary, TaskGroupSummary } from '@serai/api';
import { isClientTerminal, isTerminal } from './alloc.ts';

export const jobTypes = ['service', 'batch', 'system', 'sysbatch'] as const;
export type JobType = (typeof jobTypes)[number];

/** Runs on every feasible node instead of `Count` times. */
export function isSystemLike(type: string): boolean {
  return type === 'system' || type === 'sysbatch';
}

/** A template that is launched by the clock; its children are not periodic themselves. */
export function isPeriodic(job: Pick<Job, 'Periodic'>): boolean {
  return job.Periodic !== null;
}

/** Is launched by the clock now. One that is also parameterized is not: the children dispatched from it are. */
export function isPeriodicActive(
  job: Pick<Job, 'Periodic' | 'Stop' | 'ParameterizedJob' | 'Dispatched'>,
): boolean {
  return job.Periodic?.Enabled === true && !job.Stop && !isParameterized(job);
}

/** A template that is launched by dispatch; the dispatched children are not. */
export function isParameterized(job: Pick<Job, 'ParameterizedJob' | 'Dispatched'>): boolean {
  return job.ParameterizedJob !== null && !job.Dispatched;
}

/** An evaluation that is done with. */
export function isTerminalEval(evaluation: Pick<Evaluation, 'Status'>): boolean {
  return (
    evaluation.Status === 'complete' || evaluation.Status === 'failed' || evaluation.Status === 'canceled'
  );
}

/**
 * Status of a job by its allocations and evaluations.
 * pending: nothing placed yet; running: something runs, or the job is a system, periodic or parameterized one that is
 * not stopped; dead: everything is over. Pass `evalsDeleted` when the last evaluation was just collected.
 */
export function deriveJobStatus(
  job: Pick<Job, 'Type' | 'Stop' | 'Periodic' | 'ParameterizedJob' | 'Dispatched'>,
  allocs: Iterable<Pick<Allocation, 'DesiredStatus' | 'ClientStatus'>>,
  evals: Iterable<Pick<Evaluation, 'Status'>>,
  options: { evalsDeleted?: boolean } = {},
): 'pending' | 'running' | 'dead' {
  if (job.Type === 'system' || isPeriodic(job) || isParameterized(job)) {
    return job.Stop ? 'dead' : 'running';
  }
  let seen = options.evalsDeleted ?? false;
  for (const alloc of allocs) {
    if (!isTerminal(alloc)) return 'running';
    seen = true;
  }
  for (const evaluation of evals) {
    if (!isTerminalEval(evaluation)) return 'pending';
    seen = true;
  }
  return seen ? 'dead' : 'pending';
}

const emptyGroupSummary: TaskGroupSummary = {
  Queued: 0,
  Complete: 0,
  Failed: 0,
  Running: 0,
  Starting: 0,
  Lost: 0,
  Unknown: 0,
};

/** The counter of a summary that an allocation belongs to; undefined for one that the client never saw and will not see. */
export function summaryCounter(
  alloc: Pick<Allocation, 'DesiredStatus' | 'ClientStatus'>,
): Exclude<keyof TaskGroupSummary, 'Queued'> | undefined {
  switch (alloc.ClientStatus) {
    case 'pending':
      return isTerminal(alloc) ? undefined : 'Starting';
    case 'running':
      return 'Running';
    case 'complete':
      return 'Complete';
    case 'failed':
      return 'Failed';
    case 'lost':
      return 'Lost';
    case 'unknown':
      return 'Unknown';
    default:
      return undefined;
  }
}

export interface SummaryInput {
  readonly job: Pick<Job, 'ID' | 'Namespace' | 'TaskGroups' | 'Periodic' | 'ParameterizedJob' | 'Dispatched'>;
  readonly allocs: Iterable<Pick<Allocation, 'TaskGroup' | 'DesiredStatus' | 'ClientStatus'>>;
  /** what the newest evaluation could not place, by task group */
  readonly queued?: Readonly<Record<string, number>> | null;
  /** statuses of the children of a periodic or parameterized job */
  readonly childStatuses?: Iterable<string>;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** The whole summary from scratch: for reconciling summaries and for tests of the incremental one. */
export function jobSummaryFor(input: SummaryInput): JobSummary {
  const summary: Record<string, Record<keyof TaskGroupSummary, number>> = {};
  for (const group of input.job.TaskGroups ?? [])
    summary[group.Name] = { ...emptyGroupSummary, Queued: input.queued?.[group.Name] ?? 0 };
  for (const alloc of input.allocs) {
    const counter = summaryCounter(alloc);
    if (!counter) continue;
    const group = summary[alloc.TaskGroup] ?? { ...emptyGroupSummary };
    summary[alloc.TaskGroup] = { ...group, [counter]: group[counter] + 1 };
  }
  return {
    JobID: input.job.ID,
    Namespace: input.job.Namespace,
    Summary: summary,
    Children: isPeriodic(input.job) || isParameterized(input.job) ? countChildren(input) : null,
    CreateIndex: input.createIndex,
    ModifyIndex: input.modifyIndex,
  };
}

function countChildren(input: SummaryInput): NonNullable<JobSummary['Children']> {
  const count = { Pending: 0, Running: 0, Dead: 0 };
  for (const status of input.childStatuses ?? []) {
    if (status === 'pending') count.Pending += 1;
    else if (status === 'running') count.Running += 1;
    else count.Dead += 1;
  }
  return count;
}

/** The job as lists show it. */
export function jobListStub(job: Job, summary: JobSummary | null): JobListStub {
  return {
    ID: job.ID,
    ParentID: job.ParentID,
    Name: job.Name,
    Namespace: job.Namespace,
    Datacenters: job.Datacenters,
    NodePool: job.NodePool,
    Multiregion: job.Multiregion,
    Type: job.Type,
    Priority: job.Priority,
    Periodic: isPeriodic(job),
    ParameterizedJob: isParameterized(job),
    Stop: job.Stop,
    Status: job.Status,
    StatusDescription: job.StatusDescription,
    JobSummary: summary,
    CreateIndex: job.CreateIndex,
    ModifyIndex: job.ModifyIndex,
    JobModifyIndex: job.JobModifyIndex,
    SubmitTime: job.SubmitTime,
  };
}

/** Every allocation of the job has stopped on its client. */
export function allClientTerminal(allocs: Iterable<Pick<Allocation, 'ClientStatus'>>): boolean {
  for (const alloc of allocs) if (!isClientTerminal(alloc)) return false;
  return true;
}
