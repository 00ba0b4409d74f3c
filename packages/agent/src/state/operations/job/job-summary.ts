// SPDX-License-Identifier: MPL-2.0
// Counts of allocations per task group and client status, kept up to date change by change. Deleting an allocation
// leaves its count (as in Nomad); `reconcileSummaries` counts anew.

import type { Allocation, Evaluation, Job, JobSummary, TaskGroupSummary } from '@serai/api';
import { isParameterized, isPeriodic, jobSummaryFor, summaryCounter } from '#model';
import { jobKey } from '../../tables/keys.ts';
import type { Tx } from '../../tx.ts';

const noCounts: TaskGroupSummary = {
  Queued: 0,
  Complete: 0,
  Failed: 0,
  Running: 0,
  Starting: 0,
  Lost: 0,
  Unknown: 0,
};

type Counts = { -readonly [K in keyof TaskGroupSummary]: number };

/** Collects what the allocations of one operation change in the summaries, so that each summary is written once. */
export class SummaryChanges {
  readonly #tx: Tx;
  /** job key → task group → difference */
  readonly #jobs = new Map<string, Map<string, Counts>>();

  constructor(tx: Tx) {
    this.#tx = tx;
  }

  /** Only allocations of the job that is registered now count, not those of one that was purged before. */
  add(before: Allocation | undefined, after: Allocation): void {
    const key = jobKey(after.Namespace, after.JobID);
    const summary = this.#tx.get('jobSummaries', key);
    if (!summary || summary.CreateIndex !== (after.Job?.CreateIndex ?? summary.CreateIndex)) return;
    const from = before && summaryCounter(before);
    const to = summaryCounter(after);
    if (from === to) return;
    const counts = this.#countsOf(key, after.TaskGroup);
    if (from) counts[from] -= 1;
    if (to) counts[to] += 1;
  }

  #countsOf(key: string, group: string): Counts {
    let groups = this.#jobs.get(key);
    if (!groups) {
      groups = new Map();
      this.#jobs.set(key, groups);
    }
    let counts = groups.get(group);
    if (!counts) {
      counts = { ...noCounts };
      groups.set(group, counts);
    }
    return counts;
  }

  apply(): void {
    for (const [key, groups] of this.#jobs) {
      const summary = this.#tx.get('jobSummaries', key);
      if (!summary) continue;
      const next: Record<string, TaskGroupSummary> = { ...summary.Summary };
      for (const [group, counts] of groups) next[group] = sum(next[group] ?? noCounts, counts);
      this.#tx.put('jobSummaries', { ...summary, Summary: next, ModifyIndex: this.#tx.index });
    }
    this.#jobs.clear();
  }
}

/** A count can't fall below zero: then a summary written by something older was wrong. */
function sum(a: TaskGroupSummary, b: TaskGroupSummary): TaskGroupSummary {
  const add = (counter: keyof TaskGroupSummary): number => Math.max(0, a[counter] + b[counter]);
  return {
    Queued: add('Queued'),
    Complete: add('Complete'),
    Failed: add('Failed'),
    Running: add('Running'),
    Starting: add('Starting'),
    Lost: add('Lost'),
    Unknown: add('Unknown'),
  };
}

/** At registration: a counter for every group; nothing is queued for a stopped job. */
export function ensureSummary(tx: Tx, job: Job): void {
  const existing = tx.jobSummary(job.Namespace, job.ID);
  const groups: Record<string, TaskGroupSummary> = { ...existing?.Summary };
  let different = !existing;
  for (const { Name } of job.TaskGroups ?? []) {
    if (groups[Name]) continue;
    groups[Name] = noCounts;
    different = true;
  }
  for (const [name, counts] of Object.entries(groups)) {
    if (!job.Stop || counts.Queued === 0) continue;
    groups[name] = { ...counts, Queued: 0 };
    different = true;
  }
  if (!different) return;
  const hasChildren = isPeriodic(job) || isParameterized(job);
  const summary: JobSummary = {
    JobID: job.ID,
    Namespace: job.Namespace,
    Summary: groups,
    Children: existing?.Children ?? (hasChildren ? { Pending: 0, Running: 0, Dead: 0 } : null),
    CreateIndex: existing?.CreateIndex ?? job.CreateIndex,
    ModifyIndex: tx.index,
  };
  tx.put('jobSummaries', summary);
}

/** What an evaluation could not place. */
export function setQueued(tx: Tx, evaluation: Evaluation): void {
  const queued = Object.entries(evaluation.QueuedAllocations ?? {});
  const summary = tx.jobSummary(evaluation.Namespace, evaluation.JobID);
  if (queued.length === 0 || !summary) return;
  const groups: Record<string, TaskGroupSummary> = { ...summary.Summary };
  let different = false;
  for (const [name, count] of queued) {
    const group = groups[name];
    if (!group || group.Queued === count) continue;
    groups[name] = { ...group, Queued: count };
    different = true;
  }
  if (different) tx.put('jobSummaries', { ...summary, Summary: groups, ModifyIndex: tx.index });
}

/** A child of a periodic or parameterized job changed its status; `to` undefined: it was purged and counts as dead. */
export function moveChild(tx: Tx, parent: { namespace: string; id: string }, move: ChildMove): void {
  const summary = tx.jobSummary(parent.namespace, parent.id);
  if (!summary?.Children) return;
  const children = { ...summary.Children };
  const from = childCounter(move.from);
  const to = childCounter(move.to ?? 'dead');
  if (from === to) return;
  if (from) children[from] = Math.max(0, children[from] - 1);
  if (to) children[to] += 1;
  tx.put('jobSummaries', { ...summary, Children: children, ModifyIndex: tx.index });
}

export interface ChildMove {
  /** undefined: it is new */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

function childCounter(status: string | undefined): 'Pending' | 'Running' | 'Dead' | undefined {
  switch (status) {
    case 'pending':
      return 'Pending';
    case 'running':
      return 'Running';
    case 'dead':
      return 'Dead';
    default:
      return undefined;
  }
}

/** Counts every summary anew from the allocations and children that are there. */
export function reconcileSummaries(tx: Tx): void {
  for (const job of [...tx.jobs()]) {
    const existing = tx.jobSummary(job.Namespace, job.ID);
    const queued: Record<string, number> = {};
    for (const [name, counts] of Object.entries(existing?.Summary ?? {})) queued[name] = counts.Queued;
    const summary = jobSummaryFor({
      job,
      allocs: tx
        .allocsByJob(job.Namespace, job.ID)
        .filter((alloc) => (alloc.Job?.CreateIndex ?? job.CreateIndex) === job.CreateIndex),
      queued,
      childStatuses: tx.jobsByParent(job.Namespace, job.ID).map(({ Status }) => Status),
      createIndex: job.CreateIndex,
      modifyIndex: tx.index,
    });
    tx.put('jobSummaries', summary);
  }
}
