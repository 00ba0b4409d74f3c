// SPDX-License-Identifier: MPL-2.0

import {
  type AllocListStub,
  type Deployment,
  type Evaluation,
  type Job,
  type JobListStub,
  routes,
} from '@serai/api';
import { systemClock } from '#base';
import { type Api, connect, findJob } from '../../connection/api.ts';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { jsonFlag, verboseFlag } from '../../common-flags.ts';
import type { Flags } from '../../flags.ts';
import { formatAge, formatJson, formatTime, formatUnixNano, shortId, yesNo } from '../../output/format.ts';
import { placementFailures } from '../../monitor/placement-failures.ts';
import { formatKeyValue, formatList, paint, type Ui } from '../../output/ui.ts';

export const command: Command = {
  usage: 'job status [options] [job]',
  help: 'Lists the jobs, or shows one: summary, latest deployment, allocations, and why something could not be placed.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    short: { kind: 'bool', help: 'Only the basic facts of the job.' },
    evals: { kind: 'bool', help: 'Also show the evaluations of the job.' },
    'all-allocs': { kind: 'bool', help: 'Also allocations of an earlier job of the same name.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes either no arguments or one: the job');
    const api = connect(context, flags);
    return args[0] === undefined
      ? listJobs(api, context, flags)
      : showJob(api, context, { flags, given: args[0] });
  },
};

async function listJobs(api: Api, { ui }: CommandContext, flags: Flags): Promise<number> {
  const jobs = (await api.client.value(routes.jobs.list, { options: { namespace: api.namespace } })) ?? [];
  if (flags.bool('json')) {
    ui.output(formatJson(jobs));
    return 0;
  }
  ui.output(jobs.length === 0 ? 'No running jobs' : jobTable(jobs, api.namespace === '*'));
  return 0;
}

export function jobTable(jobs: readonly JobListStub[], allNamespaces: boolean): string {
  const rows = jobs.map((job) => [
    job.ID,
    ...(allNamespaces ? [job.Namespace ?? ''] : []),
    typeOf(job),
    String(job.Priority),
    statusOf(job.Status, job.Stop),
    formatUnixNano(job.SubmitTime),
  ]);
  const head = ['ID', ...(allNamespaces ? ['Namespace'] : []), 'Type', 'Priority', 'Status', 'Submit Date'];
  return formatList([head, ...rows]);
}

function typeOf(job: Pick<JobListStub, 'Type' | 'Periodic' | 'ParameterizedJob'>): string {
  if (job.Periodic)
    return job.ParameterizedJob ? `${job.Type}/periodic/parameterized` : `${job.Type}/periodic`;
  return job.ParameterizedJob ? `${job.Type}/parameterized` : job.Type;
}

function statusOf(status: string, stop: boolean): string {
  return stop ? `${status} (stopped)` : status;
}

async function showJob(
  api: Api,
  context: CommandContext,
  of: { flags: Flags; given: string },
): Promise<number> {
  const { flags } = of;
  const stub = await findJob(api, of.given);
  const target = { params: { id: stub.ID }, options: { namespace: stub.Namespace ?? api.namespace } };
  const job = await api.client.value(routes.jobs.get, target);
  if (flags.bool('json')) {
    context.ui.output(formatJson(job));
    return 0;
  }
  context.ui.output(basics(job));
  if (flags.bool('short')) return 0;
  const [allocs, evals, deployment] = await Promise.all([
    api.client.value(routes.jobs.allocations, { ...target, query: { all: flags.bool('all-allocs') } }),
    api.client.value(routes.jobs.evaluations, target),
    api.client.value(routes.jobs.deployment, target),
  ]);
  const summary = summaryText(stub, context.ui);
  const shown = { verbose: flags.bool('verbose'), ui: context.ui };
  for (const section of [
    summary,
    flags.bool('evals') || shown.verbose ? evaluationsText(evals ?? [], shown) : '',
    failuresText(evals ?? [], shown),
    futureText(evals ?? [], shown),
    deployment ? deploymentText(deployment, shown) : '',
    allocationsText(allocs ?? [], shown),
  ]) {
    if (section !== '') context.ui.output(`\n${section}`);
  }
  return 0;
}

function basics(job: Job): string {
  return formatKeyValue([
    ['ID', job.ID],
    ['Name', job.Name],
    ['Submit Date', formatUnixNano(job.SubmitTime)],
    ['Type', job.Type],
    ['Priority', String(job.Priority)],
    ['Datacenters', (job.Datacenters ?? []).join(',')],
    ['Namespace', job.Namespace],
    ['Node Pool', job.NodePool],
    ['Status', statusOf(job.Status, job.Stop)],
    ['Periodic', yesNo(job.Periodic !== null)],
    ['Parameterized', yesNo(job.ParameterizedJob !== null && !job.Dispatched)],
  ]);
}

interface Shown {
  readonly verbose: boolean;
  readonly ui: Ui;
}

function heading(ui: Ui, text: string): string {
  return paint(ui, 'bold', text);
}

function summaryText(stub: JobListStub, ui: Ui): string {
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

function evaluationsText(evals: readonly Evaluation[], { verbose, ui }: Shown): string {
  if (evals.length === 0) return '';
  const rows = evals.map((e) => [
    shortId(e.ID, verbose),
    String(e.Priority),
    e.TriggeredBy,
    e.Status,
    Object.keys(e.FailedTGAllocs ?? {}).length > 0
      ? 'true'
      : e.Status === 'blocked'
        ? 'N/A - In Progress'
        : 'false',
  ]);
  const head = ['ID', 'Priority', 'Triggered By', 'Status', 'Placement Failures'];
  return `${heading(ui, 'Evaluations')}\n${formatList([head, ...rows])}`;
}

/** Of the newest evaluation, when something waits for capacity. */
function failuresText(evals: readonly Evaluation[], { ui }: Shown): string {
  const blocked = evals.find((e) => e.Status === 'blocked');
  const latest = evals.find((e) => Object.keys(e.FailedTGAllocs ?? {}).length > 0);
  if (!blocked || !latest) return '';
  const lines = [heading(ui, 'Placement Failure')];
  for (const [group, metric] of Object.entries(latest.FailedTGAllocs ?? {}).sort()) {
    lines.push(`Task Group ${JSON.stringify(group)}:`);
    for (const reason of placementFailures(metric)) lines.push(`  ${reason}`);
  }
  return lines.join('\n');
}

function futureText(evals: readonly Evaluation[], { verbose, ui }: Shown): string {
  const now = systemClock.nowMs();
  const waiting = evals.filter((e) => e.Status === 'pending' && Date.parse(e.WaitUntil) > now);
  if (waiting.length === 0) return '';
  const rows = waiting.map((e) => [
    Object.keys(e.QueuedAllocations ?? {}).join(',') || 'all',
    shortId(e.ID, verbose),
    `${formatAge(now, Date.parse(e.WaitUntil)).replace(' ago', '')} from now`,
  ]);
  return `${heading(ui, 'Future Rescheduling Attempts')}\n${formatList([['Task Group', 'Eval ID', 'Eval Time'], ...rows])}`;
}

export function deploymentText(deployment: Deployment, { verbose, ui }: Shown): string {
  const groups = Object.entries(deployment.TaskGroups ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const canaries = groups.some(([, g]) => g.DesiredCanaries > 0);
  const rows = groups.map(([name, g]) => [
    name,
    ...(canaries ? [g.DesiredCanaries > 0 ? yesNo(g.Promoted) : 'N/A'] : []),
    String(g.DesiredTotal),
    ...(canaries ? [String(g.DesiredCanaries)] : []),
    String(g.PlacedAllocs),
    String(g.HealthyAllocs),
    String(g.UnhealthyAllocs),
    Date.parse(g.RequireProgressBy) > 0 ? formatTime(Date.parse(g.RequireProgressBy)) : 'N/A',
  ]);
  const head = [
    'Task Group',
    ...(canaries ? ['Promoted'] : []),
    'Desired',
    ...(canaries ? ['Canaries'] : []),
    'Placed',
    'Healthy',
    'Unhealthy',
    'Progress Deadline',
  ];
  return [
    heading(ui, 'Latest Deployment'),
    formatKeyValue([
      ['ID', shortId(deployment.ID, verbose)],
      ['Status', deployment.Status],
      ['Description', deployment.StatusDescription],
    ]),
    '',
    heading(ui, 'Deployed'),
    formatList([head, ...rows]),
  ].join('\n');
}

export function allocationsText(allocs: readonly AllocListStub[], { verbose, ui }: Shown): string {
  if (allocs.length === 0) return `${heading(ui, 'Allocations')}\nNo allocations placed`;
  return `${heading(ui, 'Allocations')}\n${allocationTable(allocs, verbose)}`;
}

/** Newest first. */
export function allocationTable(allocs: readonly AllocListStub[], verbose: boolean): string {
  const now = systemClock.nowMs();
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
      verbose ? formatUnixNano(alloc.CreateTime) : formatAge(alloc.CreateTime / 1e6, now),
      verbose ? formatUnixNano(alloc.ModifyTime) : formatAge(alloc.ModifyTime / 1e6, now),
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
