// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../../common-flags.ts';
import { connect } from '../../../connection/api.ts';
import { findJob, jobTarget } from '../../../connection/find.ts';
import { attempting } from '../../../failure.ts';
import { followUnlessDetached } from '../../../monitor/follow.ts';

export const command: Command = {
  usage: 'job periodic force [options] <job>',
  help: `
Launches a periodic job now and follows the evaluation, also while an earlier instance still runs and the job prohibits
overlap.`,
  flags: { ...detachFlag, ...verboseFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the periodic job');
    const api = connect(context, flags);
    const job = await findJob(api, args[0] ?? '', (stub) => stub.Periodic);
    const answer = await attempting(
      `Error forcing periodic job ${JSON.stringify(job.ID)}`,
      api.client.value(routes.jobs.periodicForce, jobTarget(api, job)),
    );
    return followUnlessDetached(api, context, {
      flags,
      evalId: answer.EvalID,
      done: 'Force periodic successful',
    });
  },
};
