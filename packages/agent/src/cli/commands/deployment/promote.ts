// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command, CommandContext } from '../../command.ts';
import { detachFlag, exactArgs, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findDeployment } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import type { FlagSpecs, Flags } from '../../flags.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';

export const groupFlag: FlagSpecs = {
  group: { kind: 'list', hint: 'group', help: 'Only this task group. Without it: all of them.' },
};

export const command: Command = {
  usage: 'deployment promote [options] <deployment>',
  help: 'Promotes the canaries of a deployment; the other allocations follow.',
  flags: { ...verboseFlag, ...detachFlag, ...groupFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the deployment');
    const api = connect(context, flags);
    const { ID } = await findDeployment(api, args[0] ?? '');
    return promote(api, context, { flags, deploymentId: ID });
  },
};

export async function promote(
  api: Api,
  context: CommandContext,
  of: { readonly flags: Flags; readonly deploymentId: string },
): Promise<number> {
  const { flags, deploymentId } = of;
  const groups = flags.list('group');
  const answer = await attempting(
    'Error promoting deployment',
    api.client.value(routes.deployments.promote, {
      params: { id: deploymentId },
      body: { DeploymentID: deploymentId, All: groups.length === 0, Groups: groups },
    }),
  );
  return followUnlessDetached(api, context, { flags, evalId: answer.EvalID });
}
