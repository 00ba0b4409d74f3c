// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';
import { paint } from '../../output/ui.ts';

export const command: Command = {
  usage: 'job revert [options] <job> <version>',
  help: 'Runs an earlier version of a job again, as a new version, and follows the evaluation. "job history" lists them.',
  flags: {
    ...verboseFlag,
    ...detachFlag,
    'consul-token': { kind: 'text', help: 'Consul token of the submitter.', hidden: true },
    'vault-token': { kind: 'text', help: 'Vault token of the submitter.', hidden: true },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 2, 'the job and the version');
    const version = Number(args[1]);
    if (!/^\d+$/.test(args[1] ?? '') || !Number.isSafeInteger(version))
      throw new UsageError(`the version must be a whole number, not ${JSON.stringify(args[1])}`);
    const api = connect(context, flags);
    const job = await findJob(api, args[0] ?? '');
    const answer = await attempting(
      'Error reverting job',
      api.client.value(routes.jobs.revert, {
        ...jobTarget(api, job),
        body: {
          JobID: job.ID,
          JobVersion: version,
          EnforcePriorVersion: null,
          ConsulToken: flags.text('consul-token'),
          VaultToken: flags.text('vault-token'),
        },
      }),
    );
    if (answer.Warnings !== '')
      context.ui.output(paint(context.ui, 'yellow', `Job Warnings:\n${answer.Warnings}\n`));
    return followUnlessDetached(api, context, {
      flags,
      evalId: answer.EvalID,
      done: 'Job revert successful',
    });
  },
};
