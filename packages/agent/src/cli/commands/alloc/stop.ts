// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { connect, findAlloc } from '../../connection/api.ts';
import type { Command } from '../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../common-flags.ts';
import { EvaluationMonitor } from '../../monitor/evaluation-monitor.ts';

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
    const answer = await api.client.value(routes.allocations.stop, {
      params: { id: alloc.ID },
      query: { no_shutdown_delay: flags.bool('no-shutdown-delay') },
    });
    if (flags.bool('detach')) {
      context.ui.output(answer.EvalID);
      return 0;
    }
    return new EvaluationMonitor(api, context, { verbose: flags.bool('verbose') }).follow(answer.EvalID);
  },
};
