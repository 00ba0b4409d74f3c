// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { formatJson } from '../../output/format.ts';

export const command: Command = {
  usage: 'namespace inspect [options] <namespace>',
  help: 'Prints a namespace as JSON.',
  flags: {},
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the namespace');
    const { client } = connect(context, flags);
    context.ui.output(
      formatJson(await client.value(routes.namespaces.get, { params: { name: args[0] ?? '' } })),
    );
    return 0;
  },
};
