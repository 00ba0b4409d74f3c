// SPDX-License-Identifier: MPL-2.0

import { type Job, type JobListStub, routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { jsonFlag, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import type { Flags } from '../../flags.ts';
import { formatJson, formatTime, formatUnixNano, formatUntil, yesNo } from '../../output/format.ts';
import { formatKeyValue, formatList } from '../../output/ui.ts';
import { latestDeploymentText } from '../deployment/sections.ts';
import {
  allocationsText,
  evaluationsText,
  heading,
  jobStatus,
  jobTable,
  placementFailureText,
  reschedulingText,
  type Shown,
  summaryText,
} from './sections.ts';

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
  if (flags.bool('json')) ui.output(formatJson(jobs));
  else ui.output(jobs.length === 0 ? 'No running jobs' : jobTable(jobs, api.namespace === '*'));
  return 0;
}

async function showJob(
  api: Api,
  context: CommandContext,
  of: { flags: Flags; given: string },
): Promise<number> {
  const { flags } = of;
  const { ui, clock } = context;
  const stub = await findJob(api, of.given);
  const job = await api.client.value(routes.jobs.get, jobTarget(api, stub));
  if (flags.bool('json')) {
    ui.output(formatJson(job));
    return 0;
  }
  const shown = { verbose: flags.bool('verbose'), ui, nowMs: clock.nowMs() };
  ui.output(await basics(job, shown.nowMs));
  if (flags.bool('short')) return 0;
  const sections = isParent(stub)
    ? [parameterizedText(job, ui), summaryText(stub, ui), await childrenText(api, stub, shown)]
    : await runningSections(api, stub, { shown, flags });
  for (const section of sections) if (section !== '') ui.output(`\n${section}`);
  return 0;
}

async function runningSections(
  api: Api,
  stub: JobListStub,
  of: { shown: Shown; flags: Flags },
): Promise<readonly string[]> {
  const { shown, flags } = of;
  const target = jobTarget(api, stub);
  const [allocs, evals, deployment] = await Promise.all([
    api.client.value(routes.jobs.allocations, { ...target, query: { all: flags.bool('all-allocs') } }),
    api.client.value(routes.jobs.evaluations, target),
    api.client.value(routes.jobs.deployment, target),
  ]);
  return [
    summaryText(stub, shown.ui),
    flags.bool('evals') || shown.verbose ? evaluationsText(evals ?? [], shown) : '',
    placementFailureText(evals ?? [], shown),
    reschedulingText(evals ?? [], shown),
    deployment ? latestDeploymentText(deployment, shown) : '',
    allocationsText(allocs ?? [], shown),
  ];
}

async function basics(job: Job, nowMs: number): Promise<string> {
  return formatKeyValue([
    ['ID', job.ID],
    ['Name', job.Name],
    ['Submit Date', formatUnixNano(job.SubmitTime)],
    ['Type', job.Type],
    ['Priority', String(job.Priority)],
    ['Datacenters', (job.Datacenters ?? []).join(',')],
    ['Namespace', job.Namespace],
    ['Node Pool', job.NodePool],
    ['Status', jobStatus(job)],
    ['Periodic', yesNo(job.Periodic !== null)],
    ['Parameterized', yesNo(job.ParameterizedJob !== null && !job.Dispatched)],
    ...(job.Periodic?.Enabled && !job.Stop
      ? [['Next Periodic Launch', await nextLaunch(job.Periodic, nowMs)] as const]
      : []),
  ]);
}

type Periodic = NonNullable<Job['Periodic']>;

/** What knows about cron is loaded only for the jobs that need it. */
async function nextLaunch(periodic: Periodic, nowMs: number): Promise<string> {
  const { nextCronTime } = await import('#model');
  const specs = periodic.Specs?.length ? periodic.Specs : [periodic.Spec];
  const next = nextCronTime(specs, { timeZone: periodic.TimeZone || 'UTC', afterMs: nowMs });
  return next === undefined
    ? 'none (job will not launch again)'
    : `${formatTime(next)} (${formatUntil(next, nowMs)})`;
}

function isParent(stub: JobListStub): boolean {
  return stub.Periodic || stub.ParameterizedJob;
}

/** What a dispatch must and may bring along. */
function parameterizedText(job: Job, ui: Shown['ui']): string {
  if (!job.ParameterizedJob || job.Dispatched) return '';
  const { Payload, MetaRequired, MetaOptional } = job.ParameterizedJob;
  const facts = formatKeyValue([
    ['Payload', Payload],
    ['Required Metadata', (MetaRequired ?? []).join(', ')],
    ['Optional Metadata', (MetaOptional ?? []).join(', ')],
  ]);
  return `${heading(ui, 'Parameterized Job')}\n${facts}`;
}

async function childrenText(api: Api, stub: JobListStub, { ui }: Shown): Promise<string> {
  const prefix = `${stub.ID}/${stub.ParameterizedJob ? 'dispatch' : 'periodic'}-`;
  const { options } = jobTarget(api, stub);
  const jobs = (await api.client.value(routes.jobs.list, { options: { ...options, prefix } })) ?? [];
  const rows = jobs.filter((job) => job.ParentID === stub.ID).map((job) => [job.ID, job.Status]);
  const title = stub.ParameterizedJob ? 'Dispatched Jobs' : 'Previously Launched Jobs';
  if (rows.length === 0) {
    const kind = stub.ParameterizedJob ? 'dispatched instances of parameterized' : 'instances of periodic';
    return `${heading(ui, title)}\nNo ${kind} job found`;
  }
  return `${heading(ui, title)}\n${formatList([['ID', 'Status'], ...rows])}`;
}
