// SPDX-License-Identifier: MPL-2.0

import {
  type Allocation,
  type AllocResourceUsage,
  ApiError,
  routes,
  type TaskEvent,
  type TaskState,
} from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { jsonFlag, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findAlloc } from '../../connection/find.ts';
import type { Flags } from '../../flags.ts';
import {
  formatAge,
  formatBytes,
  formatJson,
  formatTime,
  formatUnixNano,
  shortId,
  yesNo,
} from '../../output/format.ts';
import { formatKeyValue, formatList, paint } from '../../output/ui.ts';
import { allocationTable } from '../job/sections.ts';

export const command: Command = {
  usage: 'alloc status [options] <allocation>',
  help: 'Shows an allocation: where it runs, its addresses, the state of its tasks and what happened to them last.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    short: { kind: 'bool', help: 'One line per task instead of sections.' },
    stats: { kind: 'bool', help: 'Also show detailed resource usage.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes one argument: the allocation');
    const api = connect(context, flags);
    if (args[0] === undefined) return listAllocs(api, context, flags);
    const stub = await findAlloc(api, args[0]);
    const alloc = await api.client.value(routes.allocations.get, { params: { id: stub.ID } });
    if (flags.bool('json')) {
      context.ui.output(formatJson(alloc));
      return 0;
    }
    const usage = flags.bool('short') ? undefined : await usageOf(api, alloc);
    context.ui.output(basics(alloc, { verbose: flags.bool('verbose'), nowMs: context.clock.nowMs() }));
    const addresses = addressText(alloc, context);
    if (addresses !== '') context.ui.output(`\n${addresses}`);
    if (flags.bool('short')) context.ui.output(`\n${shortTasks(alloc, context)}`);
    else for (const text of taskSections(alloc, { context, usage, flags })) context.ui.output(`\n${text}`);
    if (flags.bool('verbose')) context.ui.output(`\n${placement(alloc, context)}`);
    return 0;
  },
};

async function listAllocs(api: Api, { ui, clock }: CommandContext, flags: Flags): Promise<number> {
  const allocs =
    (await api.client.value(routes.allocations.list, { options: { namespace: api.namespace } })) ?? [];
  if (flags.bool('json')) ui.output(formatJson(allocs));
  else if (allocs.length === 0) ui.output('No allocations');
  else ui.output(allocationTable(allocs, { verbose: flags.bool('verbose'), nowMs: clock.nowMs() }));
  return 0;
}

/** A terminal allocation, or one on a node that can't be reached, has none. */
async function usageOf(api: Api, alloc: Allocation): Promise<AllocResourceUsage | undefined> {
  if (alloc.ClientStatus !== 'running') return undefined;
  try {
    return await api.client.value(routes.client.allocStats, { params: { id: alloc.ID } });
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function basics(
  alloc: Allocation,
  { verbose, nowMs }: { readonly verbose: boolean; readonly nowMs: number },
): string {
  const time = (ns: number): string => (verbose ? formatUnixNano(ns) : formatAge(ns / 1e6, nowMs));
  const pairs: [string, string][] = [
    ['ID', alloc.ID],
    ['Eval ID', shortId(alloc.EvalID, verbose)],
    ['Name', alloc.Name],
    ['Node ID', shortId(alloc.NodeID, verbose)],
    ['Node Name', alloc.NodeName],
    ['Job ID', alloc.JobID],
    ['Job Version', String(alloc.Job?.Version ?? 0)],
    ['Client Status', alloc.ClientStatus],
    ['Client Description', alloc.ClientDescription],
    ['Desired Status', alloc.DesiredStatus],
    ['Desired Description', alloc.DesiredDescription],
    ['Created', time(alloc.CreateTime)],
    ['Modified', time(alloc.ModifyTime)],
  ];
  if (alloc.DeploymentID !== '') {
    const healthy = alloc.DeploymentStatus?.Healthy ?? null;
    pairs.push(['Deployment ID', shortId(alloc.DeploymentID, verbose)]);
    pairs.push(['Deployment Health', healthy === null ? 'unset' : healthy ? 'healthy' : 'unhealthy']);
    if (alloc.DeploymentStatus?.Canary) pairs.push(['Canary', 'true']);
  }
  const attempts = alloc.RescheduleTracker?.Events?.length ?? 0;
  if (attempts > 0) pairs.push(['Reschedule Attempts', String(attempts)]);
  if (alloc.NextAllocation !== '')
    pairs.push(['Replacement Alloc ID', shortId(alloc.NextAllocation, verbose)]);
  return formatKeyValue(pairs);
}

function addressText(alloc: Allocation, { ui }: CommandContext): string {
  const shared = alloc.AllocatedResources?.Shared;
  const dynamic = new Set(
    (shared?.Networks ?? []).flatMap((n) => (n.DynamicPorts ?? []).map((p) => p.Label)),
  );
  const rows = (shared?.Ports ?? []).map((port) => [
    `*${port.Label}`,
    dynamic.has(port.Label) ? 'yes' : 'no',
    `${port.HostIP}:${port.Value}${port.To > 0 ? ` -> ${port.To}` : ''}`,
  ]);
  if (rows.length === 0) return '';
  return `${paint(ui, 'bold', 'Allocation Addresses:')}\n${formatList([['Label', 'Dynamic', 'Address'], ...rows])}`;
}

function tasksOf(alloc: Allocation): { name: string; state: TaskState; lifecycle: string }[] {
  const group = alloc.Job?.TaskGroups?.find((g) => g.Name === alloc.TaskGroup);
  return Object.entries(alloc.TaskStates ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, state]) => {
      const lifecycle = group?.Tasks?.find((task) => task.Name === name)?.Lifecycle ?? null;
      return {
        name,
        state,
        lifecycle: lifecycle ? `${lifecycle.Hook}${lifecycle.Sidecar ? ' sidecar' : ''}` : 'main',
      };
    });
}

function shortTasks(alloc: Allocation, { ui }: CommandContext): string {
  const rows = tasksOf(alloc).map(({ name, state, lifecycle }) => {
    const last = state.Events?.at(-1);
    return [name, state.State, last ? last.Type : '', last ? formatUnixNano(last.Time) : '', lifecycle];
  });
  return `${paint(ui, 'bold', 'Tasks')}\n${formatList([['Name', 'State', 'Last Event', 'Time', 'Lifecycle'], ...rows])}`;
}

interface SectionInput {
  readonly context: CommandContext;
  readonly usage: AllocResourceUsage | undefined;
  readonly flags: Flags;
}

function taskSections(alloc: Allocation, input: SectionInput): string[] {
  const { ui } = input.context;
  return tasksOf(alloc).map(({ name, state, lifecycle }) => {
    const kind = lifecycle === 'main' ? '' : ` (${lifecycle})`;
    return [
      paint(ui, 'bold', `Task ${JSON.stringify(name)}${kind} is ${JSON.stringify(state.State)}`),
      resourcesText(alloc, name, input),
      '',
      'Task Events:',
      formatKeyValue([
        ['Started At', timeOr(state.StartedAt)],
        ['Finished At', timeOr(state.FinishedAt)],
        ['Total Restarts', String(state.Restarts)],
        ['Last Restart', timeOr(state.LastRestart)],
      ]),
      '',
      'Recent Events:',
      eventTable(state.Events ?? []),
    ].join('\n');
  });
}

function timeOr(time: string): string {
  const ms = Date.parse(time);
  return ms > 0 ? formatTime(ms) : 'N/A';
}

function eventTable(events: readonly TaskEvent[]): string {
  const rows = events
    .toReversed()
    .map((event) => [
      formatUnixNano(event.Time),
      event.Type,
      event.DisplayMessage === '' ? event.Message : event.DisplayMessage,
    ]);
  return formatList([['Time', 'Type', 'Description'], ...rows]);
}

function resourcesText(alloc: Allocation, task: string, { usage, flags }: SectionInput): string {
  const allocated = alloc.AllocatedResources?.Tasks?.[task];
  if (!allocated) return 'Task Resources: unknown';
  const used = usage?.Tasks?.[task]?.ResourceUsage;
  const cpu = used?.CpuStats
    ? `${Math.round(used.CpuStats.TotalTicks)}/${allocated.Cpu.CpuShares} MHz`
    : `${allocated.Cpu.CpuShares} MHz`;
  const bytes = used?.MemoryStats ? used.MemoryStats.Usage || used.MemoryStats.RSS : undefined;
  const memory = `${bytes === undefined ? '' : `${formatBytes(bytes)}/`}${allocated.Memory.MemoryMB} MiB`;
  const disk = `${alloc.AllocatedResources?.Shared.DiskMB ?? 0} MiB`;
  const table = formatList([
    ['CPU', 'Memory', 'Disk'],
    [cpu, memory, disk],
  ]);
  const detail = flags.bool('stats') && used ? `\n\n${statsText(used)}` : '';
  return `Task Resources:\n${table}${detail}`;
}

function statsText(
  used: NonNullable<NonNullable<AllocResourceUsage['Tasks']>[string]['ResourceUsage']>,
): string {
  const parts: string[] = [];
  const { MemoryStats: memory, CpuStats: cpu } = used;
  if (memory) {
    const names = memory.Measured ?? ['RSS'];
    const values = memory as unknown as Record<string, number>;
    const cells = names.map((name) => formatBytes(values[name.replaceAll(' ', '')] ?? 0));
    parts.push(`Memory Stats\n${formatList([names, cells])}`);
  }
  if (cpu) {
    parts.push(
      `CPU Stats\n${formatList([
        ['Percent', 'System Mode', 'User Mode'],
        [`${cpu.Percent.toFixed(2)}%`, `${cpu.SystemMode.toFixed(2)}%`, `${cpu.UserMode.toFixed(2)}%`],
      ])}`,
    );
  }
  return parts.join('\n\n');
}

function placement(alloc: Allocation, { ui }: CommandContext): string {
  const metrics = alloc.Metrics;
  if (!metrics) return '';
  const pairs: [string, string][] = [
    ['Evaluated Nodes', String(metrics.NodesEvaluated)],
    ['Filtered Nodes', String(metrics.NodesFiltered)],
    ['Exhausted Nodes', String(metrics.NodesExhausted)],
    ['Allocation Time', `${metrics.AllocationTime / 1000} µs`],
    ['Failures', yesNo(metrics.CoalescedFailures > 0)],
  ];
  const names = [
    ...new Set((metrics.ScoreMetaData ?? []).flatMap((meta) => Object.keys(meta.Scores ?? {}))),
  ].sort();
  const rows = (metrics.ScoreMetaData ?? []).map((meta) => [
    shortId(meta.NodeID, true),
    ...names.map((name) => String(Number((meta.Scores?.[name] ?? 0).toPrecision(3)))),
    String(Number(meta.NormScore.toPrecision(3))),
  ]);
  const scores = rows.length > 0 ? `\n${formatList([['Node', ...names, 'final score'], ...rows])}` : '';
  return `${paint(ui, 'bold', 'Placement Metrics')}\n${formatKeyValue(pairs)}${scores}`;
}
