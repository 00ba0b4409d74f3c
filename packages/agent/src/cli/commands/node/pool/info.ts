// SPDX-License-Identifier: MPL-2.0

import { type NodePool, routes } from '@serai/api';
import type { Command } from '../../../command.ts';
import { exactArgs, jsonFlag } from '../../../common-flags.ts';
import { connect } from '../../../connection/api.ts';
import { formatJson, yesNo } from '../../../output/format.ts';
import { formatKeyValue, type Ui } from '../../../output/ui.ts';
import { heading } from '../../job/sections.ts';

export const command: Command = {
  usage: 'node pool info [options] <node-pool>',
  help: 'Shows a node pool: its description, metadata and settings of the scheduler.',
  flags: { ...jsonFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the node pool');
    const { client } = connect(context, flags);
    const pool = await client.value(routes.nodePools.get, { params: { name: args[0] ?? '' } });
    context.ui.output(flags.bool('json') ? formatJson(pool) : text(pool, context.ui));
    return 0;
  },
};

function text(pool: NodePool, ui: Ui): string {
  const basics = formatKeyValue([
    ['Name', pool.Name],
    ['Description', pool.Description],
  ]);
  const meta = Object.entries(pool.Meta ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const settings = pool.SchedulerConfiguration;
  const pairs: [string, string][] = [];
  if (settings?.SchedulerAlgorithm) pairs.push(['Scheduler Algorithm', settings.SchedulerAlgorithm]);
  if (settings && settings.MemoryOversubscriptionEnabled !== null)
    pairs.push(['Memory Oversubscription Enabled', yesNo(settings.MemoryOversubscriptionEnabled)]);
  return [
    basics,
    `${heading(ui, 'Metadata')}\n${meta.length === 0 ? 'No metadata' : formatKeyValue(meta)}`,
    `${heading(ui, 'Scheduler Configuration')}\n${pairs.length === 0 ? 'No scheduler configuration' : formatKeyValue(pairs)}`,
  ].join('\n\n');
}
