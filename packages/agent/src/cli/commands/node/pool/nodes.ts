// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../../command.ts';
import {
  exactArgs,
  jsonFlag,
  nextPageText,
  pageFlags,
  pageOptions,
  verboseFlag,
} from '../../../common-flags.ts';
import { connect } from '../../../connection/api.ts';
import { formatJson, shortId, yesNo } from '../../../output/format.ts';
import { formatList } from '../../../output/ui.ts';

export const command: Command = {
  usage: 'node pool nodes [options] <node-pool>',
  help: 'Lists the nodes of a pool.',
  flags: { ...verboseFlag, ...jsonFlag, ...pageFlags },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the node pool');
    const name = args[0] ?? '';
    const { value, meta } = await connect(context, flags).client.request(routes.nodePools.nodes, {
      params: { name },
      options: pageOptions(flags),
    });
    const nodes = value ?? [];
    if (flags.bool('json')) {
      context.ui.output(formatJson(nodes));
      return 0;
    }
    const rows = nodes.map((node) => [
      shortId(node.ID, flags.bool('verbose')),
      node.Datacenter,
      node.Name,
      node.NodeClass,
      yesNo(node.Drain),
      node.SchedulingEligibility,
      node.Status,
    ]);
    const head = ['ID', 'DC', 'Name', 'Class', 'Drain', 'Eligibility', 'Status'];
    context.ui.output(rows.length === 0 ? 'No nodes' : formatList([head, ...rows]));
    if (meta.NextToken !== '') context.ui.output(nextPageText('node pool nodes', meta.NextToken));
    return 0;
  },
};
