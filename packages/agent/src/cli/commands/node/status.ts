// SPDX-License-Identifier: MPL-2.0

import {
  type Allocation,
  ApiError,
  type HostStats,
  type NodeListStub,
  type ResponseOf,
  routes,
} from '@serai/api';
import { systemClock } from '#base';
import { allocResourcesTotal, isTerminal, nodeAvailableResources } from '#model';
import { type Api, connect, findNode } from '../../connection/api.ts';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { jsonFlag, verboseFlag } from '../../common-flags.ts';
import type { Flags } from '../../flags.ts';
import { formatAge, formatBytes, formatJson, formatTime, shortId, yesNo } from '../../output/format.ts';
import { formatKeyValue, formatList, paint, type Ui } from '../../output/ui.ts';

type Node = ResponseOf<typeof routes.nodes.get>;

export const command: Command = {
  usage: 'node status [options] [node]',
  help: 'Lists the nodes, or shows one: its drivers, events, resources and allocations.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    self: { kind: 'bool', help: 'The node of the agent that answers.' },
    stats: { kind: 'bool', help: 'Also detailed resource usage of the host.' },
    short: { kind: 'bool', help: 'Only the basic facts.' },
    allocs: { kind: 'bool', help: 'In the list: the number of running allocations of each node.' },
    os: { kind: 'bool', help: 'In the list: the operating system.' },
    quiet: { kind: 'bool', help: 'In the list: only the ids.' },
    filter: { kind: 'text', help: 'In the list: only nodes that this expression matches.' },
    'per-page': { kind: 'int', help: 'In the list: nodes on a page.' },
    'page-token': { kind: 'text', help: 'In the list: where the page starts.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes either no arguments or one: the node');
    const api = connect(context, flags);
    const given = flags.bool('self') ? await ownNode(api) : args[0];
    if (given === undefined) return listNodes(api, context, flags);
    return showNode(api, context, { flags, id: (await findNode(api, given)).ID });
  },
};

async function ownNode(api: Api): Promise<string> {
  const self = await api.client.value(routes.agent.self, {});
  const stats = self.stats as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const id = stats['client']?.['node_id'];
  if (!id) throw new Error('the agent that answers runs no client: name a node');
  return id;
}

async function listNodes(api: Api, { ui }: CommandContext, flags: Flags): Promise<number> {
  const { value, meta } = await api.client.request(routes.nodes.list, {
    query: { os: flags.bool('os') },
    options: {
      ...(flags.has('filter') ? { filter: flags.text('filter') } : {}),
      ...(flags.has('per-page') ? { perPage: flags.int('per-page') } : {}),
      ...(flags.has('page-token') ? { nextToken: flags.text('page-token') } : {}),
    },
  });
  const nodes = value ?? [];
  if (flags.bool('json')) ui.output(formatJson(nodes));
  else if (flags.bool('quiet')) ui.output(nodes.map((node) => node.ID).join('\n'));
  else ui.output(nodes.length === 0 ? 'No nodes' : await nodeTable(api, nodes, flags));
  if (meta.NextToken !== '')
    ui.output(
      `\nResults have been paginated. To get the next page run:\n\nserai node status -page-token=${meta.NextToken}`,
    );
  return 0;
}

async function nodeTable(api: Api, nodes: readonly NodeListStub[], flags: Flags): Promise<string> {
  const verbose = flags.bool('verbose');
  const running = flags.bool('allocs') ? await runningAllocs(api) : undefined;
  const head = [
    'ID',
    'Node Pool',
    'DC',
    'Name',
    'Class',
    ...(flags.bool('os') ? ['OS'] : []),
    ...(verbose ? ['Address', 'Version'] : []),
    'Drain',
    'Eligibility',
    'Status',
    ...(running ? ['Running Allocs'] : []),
  ];
  const rows = nodes.map((node) => [
    shortId(node.ID, verbose),
    node.NodePool,
    node.Datacenter,
    node.Name,
    node.NodeClass,
    ...(flags.bool('os') ? [node.Attributes?.['os.name'] ?? ''] : []),
    ...(verbose ? [node.Address, node.Version] : []),
    yesNo(node.Drain),
    node.SchedulingEligibility,
    node.Status,
    ...(running ? [String(running.get(node.ID) ?? 0)] : []),
  ]);
  return formatList([head, ...rows]);
}

async function runningAllocs(api: Api): Promise<Map<string, number>> {
  const allocs = (await api.client.value(routes.allocations.list, { options: { namespace: '*' } })) ?? [];
  const counts = new Map<string, number>();
  for (const alloc of allocs) {
    if (alloc.ClientStatus === 'running') counts.set(alloc.NodeID, (counts.get(alloc.NodeID) ?? 0) + 1);
  }
  return counts;
}

async function showNode(api: Api, { ui }: CommandContext, of: { flags: Flags; id: string }): Promise<number> {
  const { flags, id } = of;
  const node = await api.client.value(routes.nodes.get, { params: { id } });
  if (flags.bool('json')) {
    ui.output(formatJson(node));
    return 0;
  }
  const stats = flags.bool('short') ? undefined : await hostStats(api, id);
  ui.output(basics(node, stats));
  if (flags.bool('short')) return 0;
  const allocs = (await api.client.value(routes.nodes.allocations, { params: { id } })) ?? [];
  const sections = [
    flags.bool('verbose') ? driversText(node, ui) : '',
    eventsText(node, ui, flags.bool('verbose')),
    resourcesText(node, allocs, ui),
    stats ? hostText(stats, ui) : '',
    allocsText(allocs, ui, flags.bool('verbose')),
    flags.bool('verbose') ? mapText('Attributes', node.Attributes, ui) : '',
    flags.bool('verbose') ? mapText('Meta', node.Meta, ui) : '',
  ];
  for (const section of sections) if (section !== '') ui.output(`\n${section}`);
  return 0;
}

/** A node that can't be reached shows no statistics. */
async function hostStats(api: Api, id: string): Promise<HostStats | undefined> {
  try {
    return await api.client.value(routes.client.stats, { query: { node_id: id } });
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function basics(node: Node, stats: HostStats | undefined): string {
  const healthy = Object.entries(node.Drivers ?? {})
    .filter(([, driver]) => driver.Detected)
    .map(([name, driver]) => (driver.Healthy ? name : `${name} (unhealthy)`))
    .sort();
  const pairs: [string, string][] = [
    ['ID', node.ID],
    ['Name', node.Name],
    ['Node Pool', node.NodePool],
    ['Class', node.NodeClass],
    ['DC', node.Datacenter],
    ['Drain', node.DrainStrategy ? 'true' : 'false'],
    ['Eligibility', node.SchedulingEligibility],
    ['Status', node.Status],
    [
      'Host Volumes',
      Object.keys(node.HostVolumes ?? {})
        .sort()
        .join(','),
    ],
    [
      'Host Networks',
      Object.keys(node.HostNetworks ?? {})
        .sort()
        .join(','),
    ],
    ['Driver Status', healthy.join(',')],
  ];
  if (stats)
    pairs.push([
      'Uptime',
      formatAge(systemClock.nowMs() - stats.Uptime * 1000, systemClock.nowMs()).replace(' ago', ''),
    ]);
  return formatKeyValue(pairs);
}

function driversText(node: Node, ui: Ui): string {
  const rows = Object.entries(node.Drivers ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, driver]) => [
      name,
      yesNo(driver.Detected),
      yesNo(driver.Healthy),
      driver.HealthDescription,
      formatTime(Date.parse(driver.UpdateTime)),
    ]);
  return `${paint(ui, 'bold', 'Drivers')}\n${formatList([['Driver', 'Detected', 'Healthy', 'Message', 'Time'], ...rows])}`;
}

function eventsText(node: Node, ui: Ui, verbose: boolean): string {
  const rows = (node.Events ?? []).toReversed().map((event) => [
    formatTime(Date.parse(event.Timestamp)),
    event.Subsystem,
    event.Message,
    ...(verbose
      ? [
          Object.entries(event.Details ?? {})
            .map(([k, v]) => `${k} : ${v}`)
            .join(', '),
        ]
      : []),
  ]);
  const head = ['Time', 'Subsystem', 'Message', ...(verbose ? ['Details'] : [])];
  return `${paint(ui, 'bold', 'Node Events')}\n${formatList([head, ...rows])}`;
}

function resourcesText(node: Node, allocs: readonly Allocation[], ui: Ui): string {
  const total = nodeAvailableResources(node);
  let [cpu, memory, disk] = [0, 0, 0];
  for (const alloc of allocs) {
    if (isTerminal(alloc)) continue;
    const used = allocResourcesTotal(alloc);
    cpu += used.cpuShares;
    memory += used.memoryMb;
    disk += used.diskMb;
  }
  const mib = (value: number): string => formatBytes(value * 1024 * 1024);
  const rows = [
    ['CPU', 'Memory', 'Disk'],
    [
      `${cpu}/${total.cpuShares} MHz`,
      `${mib(memory)}/${mib(total.memoryMb)}`,
      `${mib(disk)}/${mib(total.diskMb)}`,
    ],
  ];
  return `${paint(ui, 'bold', 'Allocated Resources')}\n${formatList(rows)}`;
}

function hostText(stats: HostStats, ui: Ui): string {
  const memory = stats.Memory
    ? `${formatBytes(stats.Memory.Used)}/${formatBytes(stats.Memory.Total)}`
    : 'unknown';
  const disk = stats.AllocDirStats
    ? `${formatBytes(stats.AllocDirStats.Used)}/${formatBytes(stats.AllocDirStats.Size)}`
    : 'unknown';
  const rows = [
    ['CPU', 'Memory', 'Disk'],
    [`${Math.round(stats.CPUTicksConsumed)} MHz`, memory, disk],
  ];
  return `${paint(ui, 'bold', 'Host Resource Utilization')}\n${formatList(rows)}`;
}

function allocsText(allocs: readonly Allocation[], ui: Ui, verbose: boolean): string {
  const title = paint(ui, 'bold', 'Allocations');
  if (allocs.length === 0) return `${title}\nNo allocations placed`;
  const now = systemClock.nowMs();
  const rows = allocs
    .toSorted((a, b) => b.CreateIndex - a.CreateIndex)
    .map((alloc) => [
      shortId(alloc.ID, verbose),
      shortId(alloc.NodeID, verbose),
      alloc.TaskGroup,
      String(alloc.Job?.Version ?? 0),
      alloc.DesiredStatus,
      alloc.ClientStatus,
      formatAge(alloc.CreateTime / 1e6, now),
      formatAge(alloc.ModifyTime / 1e6, now),
    ]);
  const head = ['ID', 'Node ID', 'Task Group', 'Version', 'Desired', 'Status', 'Created', 'Modified'];
  return `${title}\n${formatList([head, ...rows])}`;
}

function mapText(title: string, map: Readonly<Record<string, string>> | null, ui: Ui): string {
  const pairs = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${paint(ui, 'bold', title)}\n${formatKeyValue(pairs)}`;
}
