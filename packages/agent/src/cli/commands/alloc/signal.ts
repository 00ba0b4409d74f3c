// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findAlloc } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { taskFlag } from './target.ts';

export const command: Command = {
  usage: 'alloc signal [options] <allocation> [task]',
  help: 'Sends a signal to the tasks of an allocation, or to one of them.',
  flags: {
    ...verboseFlag,
    ...taskFlag,
    s: { kind: 'text', hint: 'signal', default: 'SIGKILL', help: 'Name of the signal.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length < 1 || args.length > 2) {
      throw new UsageError('this command takes one or two arguments: the allocation and its task');
    }
    const api = connect(context, flags);
    const alloc = await findAlloc(api, args[0] ?? '');
    await attempting(
      'Error signalling allocation',
      api.client.value(routes.client.allocSignal, {
        params: { id: alloc.ID },
        body: { Task: args[1] ?? flags.text('task'), Signal: flags.text('s') },
      }),
    );
    return 0;
  },
};
