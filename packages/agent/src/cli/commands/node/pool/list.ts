// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../../command.ts';
import { exactArgs, jsonFlag, nextPageText, pageFlags, pageOptions } from '../../../common-flags.ts';
import { connect } from '../../../connection/api.ts';
import { formatJson } from '../../../output/format.ts';
import { formatList } from '../../../output/ui.ts';

export const command: Command = {
  usage: 'node pool list [options]',
  help: 'Lists the node pools.',
  flags: { ...jsonFlag, ...pageFlags },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const { client } = connect(context, flags);
    const { value, meta } = await client.request(routes.nodePools.list, { options: pageOptions(flags) });
    const pools = value ?? [];
    if (flags.bool('json')) {
      context.ui.output(formatJson(pools));
      return 0;
    }
    const rows = pools.map(({ Name, Description }) => [Name, Description]);
    context.ui.output(rows.length === 0 ? 'No node pools' : formatList([['Name', 'Description'], ...rows]));
    if (meta.NextToken !== '') context.ui.output(nextPageText('node pool list', meta.NextToken));
    return 0;
  },
};
