// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { groupFlag, promote } from '../deployment/promote.ts';

export const command: Command = {
  usage: 'job promote [options] <job>',
  help: 'Promotes the canaries of the newest deployment of a job; the other allocations follow.',
  flags: { ...verboseFlag, ...detachFlag, ...groupFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const api = connect(context, flags);
    const job = await findJob(api, args[0] ?? '');
    const deployment = await api.client.value(routes.jobs.deployment, jobTarget(api, job));
    if (!deployment) throw new Error(`Job ${JSON.stringify(job.ID)} has no deployment to promote`);
    return promote(api, context, { flags, deploymentId: deployment.ID });
  },
};
