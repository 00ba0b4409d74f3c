// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';

export const command: Command = {
  usage: 'system gc [options]',
  help: 'Removes everything that is over from the servers now: dead jobs, their evaluations and allocations, gone nodes.',
  flags: {},
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    await connect(context, flags).client.value(routes.system.gc, {});
    return 0;
  },
};
