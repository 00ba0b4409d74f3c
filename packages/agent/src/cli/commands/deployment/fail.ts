// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findDeployment } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';
import { shortId } from '../../output/format.ts';

export const command: Command = {
  usage: 'deployment fail [options] <deployment>',
  help: 'Fails a deployment: nothing more is updated, and the job goes back where its auto_revert says so.',
  flags: { ...verboseFlag, ...detachFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the deployment');
    const api = connect(context, flags);
    const { ID: id } = await findDeployment(api, args[0] ?? '');
    const answer = await attempting(
      'Error failing deployment',
      api.client.value(routes.deployments.fail, { params: { id }, body: { DeploymentID: id } }),
    );
    context.ui.output(
      answer.RevertedJobVersion === null
        ? `Deployment ${JSON.stringify(shortId(id, flags.bool('verbose')))} failed`
        : `Deployment ${JSON.stringify(shortId(id, flags.bool('verbose')))} failed. Auto-reverted to job version ${answer.RevertedJobVersion}.`,
    );
    return followUnlessDetached(api, context, { flags, evalId: answer.EvalID });
  },
};
