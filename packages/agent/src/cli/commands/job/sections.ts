// SPDX-License-Identifier: MPL-2.0
// Parts of what commands show about jobs.

import type { AllocListStub, Evaluation, JobListStub } from '@serai/api';
import { failedGroups, hasFailures } from '../../monitor/placement-failures.ts';
import { formatAge, formatUnixNano, formatUntil, shortId } from '../../output/format.ts';
import { formatList, paint, type Ui } from '../../output/ui.ts';

export interface Shown {
  readonly verbose: boolean;
  readonly ui: Pick<Ui, 'color'>;
  readonly nowMs: number;
}

export function heading(ui: Pick<Ui, 'color'>, text: string): string {
  return paint(ui, 'bold', text);
}

export function jobTable(jobs: readonly JobListStub[], allNamespaces: boolean): string {
  const rows = jobs.map((job) => [
    job.ID,
    ...(allNamespaces ? [job.Namespace ?? ''] : []),
    jobType(job),
    String(job.Priority),
    jobStatus(job),
    formatUnixNano(job.SubmitTime),
  ]);
  const head = ['ID', ...(allNamespaces ? ['Namespace'] : []), 'Type', 'Priority', 'Status', 'Submit Date'];
  return formatList([head, ...rows]);
}

function jobType(job: Pick<JobListStub, 'Type' | 'Periodic' | 'ParameterizedJob'>): string {
  const parts = [job.Type];
  if (job.Periodic) parts.push('periodic');
  if (job.ParameterizedJob) parts.push('parameterized');
  return parts.join('/');
}

export function jobStatus(job: { readonly Status: string; readonly Stop: boolean }): string {
  return job.Stop ? `${job.Status} (stopped)` : job.Status;
}

export function summaryText(stub: JobListStub, ui: Pick<Ui, 'color'>): string {
  const { JobSummary: summary } = stub;
  if (!summary) return '';
  const children = summary.Children;
  if (children && (stub.Periodic || stub.ParameterizedJob)) {
    const row = [children.Pending, children.Running, children.Dead].map(String);
    return `${heading(ui, 'Children Job Summary')}\n${formatList([['Pending', 'Running', 'Dead'], row])}`;
  }
  const rows = Object.entries(summary.Summary ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, s]) => [
      name,
      ...[s.Queued, s.Starting, s.Running, s.Failed, s.Complete, s.Lost, s.Unknown].map(String),
    ]);
  const head = ['Task Group', 'Queued', 'Starting', 'Running', 'Failed', 'Complete', 'Lost', 'Unknown'];
  return `${heading(ui, 'Summary')}\n${formatList([head, ...rows])}`;
}

/** Whether something could not be placed, in the words of Nomad's lists. */
export function failureText(evaluation: Evaluation): string {
  if (hasFailures(evaluation)) return 'true';
  return evaluation.Status === 'blocked' ? 'N/A - In Progress' : 'false';
}

export function evaluationsText(evals: readonly Evaluation[], { verbose, ui }: Shown): string {
  if (evals.length === 0) return '';
  const rows = evals.map((e) => [
    shortId(e.ID, verbose),
    String(e.Priority),
    e.TriggeredBy,
    e.Status,
    failureText(e),
  ]);
  const head = ['ID', 'Priority', 'Triggered By', 'Status', 'Placement Failures'];
  return `${heading(ui, 'Evaluations')}\n${formatList([head, ...rows])}`;
}

/** Of the newest evaluation that failed to place something, while something waits for capacity. */
export function placementFailureText(evals: readonly Evaluation[], { ui }: Shown): string {
  const blocked = evals.some((e) => e.Status === 'blocked');
  const latest = evals.find(hasFailures);
  if (!blocked || !latest) return '';
  const lines = failedGroups(latest.FailedTGAllocs).flatMap(({ title, reasons }) => [
    title,
    ...reasons.map((reason) => `  ${reason}`),
  ]);
  return [heading(ui, 'Placement Failure'), ...lines].join('\n');
}

export function reschedulingText(evals: readonly Evaluation[], { verbose, ui, nowMs }: Shown): string {
  const waiting = evals.filter((e) => e.Status === 'pending' && Date.parse(e.WaitUntil) > nowMs);
  if (waiting.length === 0) return '';
  const rows = waiting.map((e) => [
    Object.keys(e.QueuedAllocations ?? {}).join(',') || 'all',
    shortId(e.ID, verbose),
    formatUntil(Date.parse(e.WaitUntil), nowMs),
  ]);
  return `${heading(ui, 'Future Rescheduling Attempts')}\n${formatList([['Task Group', 'Eval ID', 'Eval Time'], ...rows])}`;
}

export function allocationsText(allocs: readonly AllocListStub[], shown: Shown): string {
  const text = allocs.length === 0 ? 'No allocations placed' : allocationTable(allocs, shown);
  return `${heading(shown.ui, 'Allocations')}\n${text}`;
}

export type AllocRow = Pick<
  AllocListStub,
  | 'ID'
  | 'EvalID'
  | 'NodeID'
  | 'NodeName'
  | 'Name'
  | 'TaskGroup'
  | 'JobVersion'
  | 'DesiredStatus'
  | 'ClientStatus'
  | 'CreateIndex'
  | 'CreateTime'
  | 'ModifyTime'
>;

/** Newest first. */
export function allocationTable(
  allocs: readonly AllocRow[],
  { verbose, nowMs }: Pick<Shown, 'verbose' | 'nowMs'>,
): string {
  const time = (ns: number): string => (verbose ? formatUnixNano(ns) : formatAge(ns / 1e6, nowMs));
  const rows = allocs
    .toSorted((a, b) => b.CreateIndex - a.CreateIndex || (a.Name < b.Name ? -1 : 1))
    .map((alloc) => [
      shortId(alloc.ID, verbose),
      ...(verbose ? [shortId(alloc.EvalID, true)] : []),
      shortId(alloc.NodeID, verbose),
      ...(verbose ? [alloc.NodeName] : []),
      alloc.TaskGroup,
      String(alloc.JobVersion),
      alloc.DesiredStatus,
      alloc.ClientStatus,
      time(alloc.CreateTime),
      time(alloc.ModifyTime),
    ]);
  const head = [
    'ID',
    ...(verbose ? ['Eval ID'] : []),
    'Node ID',
    ...(verbose ? ['Node Name'] : []),
    'Task Group',
    'Version',
    'Desired',
    'Status',
    'Created',
    'Modified',
  ];
  return formatList([head, ...rows]);
}
