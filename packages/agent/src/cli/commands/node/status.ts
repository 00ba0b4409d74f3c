// SPDX-License-Identifier: MPL-2.0

import { type Allocation, routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { jsonFlag, nextPageText, pageFlags, pageOptions, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findNode } from '../../connection/find.ts';
import type { Flags } from '../../flags.ts';
import { formatJson } from '../../output/format.ts';
import { allocationTable, heading, type Shown } from '../job/sections.ts';
import { nodeTable } from './node-table.ts';
import { basicsText, driversText, eventsText, mapText } from './sections.ts';
import { ownNode } from './target.ts';
import { allocatedText, allocUsageText, hostDetailText, hostStats, hostText } from './usage.ts';

export const command: Command = {
  usage: 'node status [options] [node]',
  help: 'Lists the nodes, or shows one: its drivers, events, resources and allocations.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    ...pageFlags,
    self: { kind: 'bool', help: 'The node of the agent that answers.' },
    stats: { kind: 'bool', help: 'Also detailed resource usage of the host.' },
    short: { kind: 'bool', help: 'Only the basic facts and the allocations.' },
    allocs: { kind: 'bool', help: 'In the list: the number of running allocations of each node.' },
    os: { kind: 'bool', help: 'In the list: the operating system.' },
    quiet: { kind: 'bool', help: 'In the list: only the ids.' },
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

async function listNodes(api: Api, { ui }: CommandContext, flags: Flags): Promise<number> {
  if (flags.bool('quiet') && flags.bool('json'))
    throw new UsageError('give either -quiet or -json, not both');
  const { value, meta } = await api.client.request(routes.nodes.list, {
    query: { os: flags.bool('os') },
    options: pageOptions(flags),
  });
  const nodes = value ?? [];
  if (flags.bool('json')) ui.output(formatJson(nodes));
  else if (flags.bool('quiet')) for (const node of nodes) ui.output(node.ID);
  else ui.output(nodes.length === 0 ? 'No nodes' : await nodeTable(api, nodes, flags));
  if (meta.NextToken !== '' && !flags.bool('json') && !flags.bool('quiet'))
    ui.output(nextPageText('node status', meta.NextToken));
  return 0;
}

async function showNode(
  api: Api,
  { ui, clock }: CommandContext,
  of: { readonly flags: Flags; readonly id: string },
): Promise<number> {
  const { flags, id } = of;
  const node = await api.client.value(routes.nodes.get, { params: { id } });
  if (flags.bool('json')) {
    ui.output(formatJson(node));
    return 0;
  }
  const verbose = flags.bool('verbose');
  const short = flags.bool('short');
  const allocs = (await api.client.value(routes.nodes.allocations, { params: { id } })) ?? [];
  const stats = short ? undefined : await hostStats(api, id);
  const full = short
    ? []
    : [
        verbose ? driversText(node, ui) : '',
        eventsText(node, { ui, verbose }),
        await allocatedText(node, allocs, ui),
        stats ? await allocUsageText(api, { node, allocs, ui }) : '',
        stats ? hostText(stats, ui) : '',
        stats && flags.bool('stats') ? hostDetailText(stats, ui) : '',
      ];
  const sections = [
    ...full,
    allocsText(allocs, { verbose, ui, nowMs: clock.nowMs() }),
    verbose ? mapText('Attributes', node.Attributes, ui) : '',
    verbose ? mapText('Meta', node.Meta, ui) : '',
  ];
  ui.output(basicsText(node, stats, clock.nowMs()));
  for (const section of sections) if (section !== '') ui.output(`\n${section}`);
  return 0;
}

function allocsText(allocs: readonly Allocation[], shown: Shown): string {
  const title = heading(shown.ui, 'Allocations');
  if (allocs.length === 0) return `${title}\nNo allocations placed`;
  const rows = allocs.map((alloc) => ({ ...alloc, JobVersion: alloc.Job?.Version ?? 0 }));
  return `${title}\n${allocationTable(rows, shown)}`;
}
