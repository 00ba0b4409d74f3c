// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';

export const command: Command = {
  usage: 'system reconcile summaries [options]',
  help: 'Counts the summaries of all jobs again from their allocations.',
  flags: {},
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    await connect(context, flags).client.value(routes.system.reconcileSummaries, {});
    return 0;
  },
};
