// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { formatJson } from '../../output/format.ts';
import { formatList } from '../../output/ui.ts';

export const command: Command = {
  usage: 'namespace list [options]',
  help: 'Lists the namespaces.',
  flags: { ...jsonFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const namespaces = (await connect(context, flags).client.value(routes.namespaces.list, {})) ?? [];
    if (flags.bool('json')) {
      context.ui.output(formatJson(namespaces));
      return 0;
    }
    const rows = namespaces.map(({ Name, Description }) => [Name, Description]);
    context.ui.output(
      rows.length === 0 ? 'No namespaces found' : formatList([['Name', 'Description'], ...rows]),
    );
    return 0;
  },
};
