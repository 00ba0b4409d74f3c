// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findAlloc } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { taskFlag } from './target.ts';

export const command: Command = {
  usage: 'alloc restart [options] <allocation> [task]',
  help: 'Restarts the running tasks of an allocation, or one of them, where they are.',
  flags: {
    ...verboseFlag,
    ...taskFlag,
    'all-tasks': { kind: 'bool', help: 'Also tasks that have ended, in the order of their lifecycle.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length < 1 || args.length > 2) {
      throw new UsageError('this command takes one or two arguments: the allocation and its task');
    }
    const task = args[1] ?? flags.text('task');
    if (flags.bool('all-tasks') && task !== '')
      throw new UsageError('give either a task or -all-tasks, not both');
    const api = connect(context, flags);
    const alloc = await findAlloc(api, args[0] ?? '');
    await attempting(
      'Failed to restart allocation',
      api.client.value(routes.client.allocRestart, {
        params: { id: alloc.ID },
        body: { TaskName: task, AllTasks: flags.bool('all-tasks') },
      }),
    );
    return 0;
  },
};
