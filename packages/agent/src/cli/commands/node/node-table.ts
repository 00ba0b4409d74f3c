// SPDX-License-Identifier: MPL-2.0
// The list of nodes.

import { type NodeListStub, routes } from '@serai/api';
import type { Api } from '../../connection/api.ts';
import type { Flags } from '../../flags.ts';
import { shortId, yesNo } from '../../output/format.ts';
import { formatList } from '../../output/ui.ts';

interface Column {
  readonly name: string;
  readonly shown: boolean;
  readonly cell: (node: NodeListStub) => string;
}

/** Flags: -verbose, -os, -allocs. */
export async function nodeTable(api: Api, nodes: readonly NodeListStub[], flags: Flags): Promise<string> {
  const verbose = flags.bool('verbose');
  const allocs = flags.bool('allocs');
  const running = allocs ? await runningAllocs(api) : new Map<string, number>();
  const columns: readonly Column[] = [
    { name: 'ID', shown: true, cell: (node) => shortId(node.ID, verbose) },
    { name: 'Node Pool', shown: true, cell: (node) => node.NodePool },
    { name: 'DC', shown: true, cell: (node) => node.Datacenter },
    { name: 'Name', shown: true, cell: (node) => node.Name },
    { name: 'Class', shown: true, cell: (node) => node.NodeClass },
    { name: 'OS', shown: flags.bool('os'), cell: (node) => node.Attributes?.['os.name'] ?? '' },
    { name: 'Address', shown: verbose, cell: (node) => node.Address },
    { name: 'Version', shown: verbose, cell: (node) => node.Version },
    { name: 'Drain', shown: true, cell: (node) => yesNo(node.Drain) },
    { name: 'Eligibility', shown: true, cell: (node) => node.SchedulingEligibility },
    { name: 'Status', shown: true, cell: (node) => node.Status },
    { name: 'Running Allocs', shown: allocs, cell: (node) => String(running.get(node.ID) ?? 0) },
  ];
  const shown = columns.filter((column) => column.shown);
  return formatList([
    shown.map(({ name }) => name),
    ...nodes.map((node) => shown.map(({ cell }) => cell(node))),
  ]);
}

async function runningAllocs(api: Api): Promise<ReadonlyMap<string, number>> {
  const allocs = (await api.client.value(routes.allocations.list, { options: { namespace: '*' } })) ?? [];
  const counts = new Map<string, number>();
  for (const alloc of allocs) {
    if (alloc.ClientStatus === 'running') counts.set(alloc.NodeID, (counts.get(alloc.NodeID) ?? 0) + 1);
  }
  return counts;
}
