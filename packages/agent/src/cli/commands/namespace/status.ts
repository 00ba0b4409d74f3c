// SPDX-License-Identifier: MPL-2.0

import { type Namespace, routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { formatJson } from '../../output/format.ts';
import { formatKeyValue, type Ui } from '../../output/ui.ts';
import { heading } from '../job/sections.ts';

export const command: Command = {
  usage: 'namespace status [options] <namespace>',
  help: 'Shows a namespace: its description, and what its jobs may use.',
  flags: { ...jsonFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the namespace');
    const { client } = connect(context, flags);
    const namespace = await client.value(routes.namespaces.get, { params: { name: args[0] ?? '' } });
    context.ui.output(flags.bool('json') ? formatJson(namespace) : text(namespace, context.ui));
    return 0;
  },
};

function text(namespace: Namespace, ui: Ui): string {
  const { Capabilities: capabilities, NodePoolConfiguration: pools, Meta: meta } = namespace;
  const list = (names: readonly string[] | null | undefined, none: string): string =>
    names && names.length > 0 ? names.join(',') : none;
  const parts = [
    formatKeyValue([
      ['Name', namespace.Name],
      ['Description', namespace.Description],
      ['Quota', namespace.Quota],
      ['EnabledDrivers', list(capabilities?.EnabledTaskDrivers, '*')],
      ['DisabledDrivers', list(capabilities?.DisabledTaskDrivers, '')],
    ]),
  ];
  const pairs = Object.entries(meta ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.length > 0) parts.push(`${heading(ui, 'Metadata')}\n${formatKeyValue(pairs)}`);
  if (pools) {
    const rows: [string, string][] = [['Default', pools.Default]];
    if (pools.Allowed) rows.push(['Allowed', list(pools.Allowed, '')]);
    if (pools.Denied) rows.push(['Denied', list(pools.Denied, '')]);
    parts.push(`${heading(ui, 'Node Pool Configuration')}\n${formatKeyValue(rows)}`);
  }
  return parts.join('\n\n');
}
