// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';

export const command: Command = {
  usage: 'job eval [options] <job>',
  help: 'Evaluates a job anew, as if something about it had changed, and follows the evaluation.',
  flags: {
    ...verboseFlag,
    ...detachFlag,
    'force-reschedule': { kind: 'bool', help: 'Reschedule failed allocations now, without their delay.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const api = connect(context, flags);
    const job = await findJob(api, args[0] ?? '');
    const answer = await attempting(
      'Error evaluating job',
      api.client.value(routes.jobs.evaluate, {
        ...jobTarget(api, job),
        body: { JobID: job.ID, EvalOptions: { ForceReschedule: flags.bool('force-reschedule') } },
      }),
    );
    return followUnlessDetached(api, context, {
      flags,
      evalId: answer.EvalID,
      done: 'Job evaluation created',
    });
  },
};
