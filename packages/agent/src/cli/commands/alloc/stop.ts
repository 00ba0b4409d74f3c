// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findAlloc } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';

export const command: Command = {
  usage: 'alloc stop [options] <allocation>',
  help: 'Stops an allocation; the scheduler places another one for it where the job still wants it.',
  flags: {
    ...verboseFlag,
    ...detachFlag,
    'no-shutdown-delay': { kind: 'bool', help: 'Stop tasks at once, without their shutdown_delay.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the allocation');
    const api = connect(context, flags);
    const alloc = await findAlloc(api, args[0] ?? '');
    const answer = await attempting(
      'Error stopping allocation',
      api.client.value(routes.allocations.stop, {
        params: { id: alloc.ID },
        query: { no_shutdown_delay: flags.bool('no-shutdown-delay') },
      }),
    );
    return followUnlessDetached(api, context, { flags, evalId: answer.EvalID });
  },
};
