// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findDeployment } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';

import { shortId } from '../../output/format.ts';

export const command: Command = {
  usage: 'deployment pause [options] <deployment>',
  help: 'Pauses a deployment: nothing more is placed for it until it is resumed.',
  flags: { ...verboseFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the deployment');
    const api = connect(context, flags);
    const { ID: id } = await findDeployment(api, args[0] ?? '');
    await attempting(
      'Error pausing deployment',
      api.client.value(routes.deployments.pause, { params: { id }, body: { DeploymentID: id, Pause: true } }),
    );
    context.ui.output(`Deployment ${JSON.stringify(shortId(id, flags.bool('verbose')))} paused`);
    return 0;
  },
};
