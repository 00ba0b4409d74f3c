// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { jsonFlag, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findDeployment } from '../../connection/find.ts';
import type { Flags } from '../../flags.ts';
import { DeploymentMonitor } from '../../monitor/deployment-monitor.ts';
import { monitorExit } from '../../monitor/evaluation-monitor.ts';
import { hintIfInterrupted } from '../../monitor/interrupted.ts';
import { formatJson } from '../../output/format.ts';
import { allocationsText } from '../job/sections.ts';
import { command as list } from './list.ts';
import { deploymentText } from './sections.ts';

export const command: Command = {
  usage: 'deployment status [options] [deployment]',
  help: `
Shows a deployment: how many allocations of each group are placed and healthy. With -monitor it is followed to its end;
then the exit code is 1 when it fails. Without a deployment: the list of them.`,
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    monitor: { kind: 'bool', help: 'Follow the deployment until it is over.' },
    filter: { kind: 'text', hint: 'expression', help: 'In the list: only what this expression matches.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1)
      throw new UsageError('this command takes either no arguments or one: the deployment');
    const [given] = args;
    if (given === undefined) return list.run(context, flags, []);
    const api = connect(context, flags);
    const { ID: id } = await findDeployment(api, given);
    if (!flags.bool('monitor')) return show(api, context, { flags, id });
    const monitor = new DeploymentMonitor(api, context, { verbose: flags.bool('verbose') });
    const following = monitor.follow(id).then((ok) => (ok ? monitorExit.ok : monitorExit.error));
    return hintIfInterrupted(context, 'the deployment goes on.', following);
  },
};

async function show(api: Api, context: CommandContext, of: { flags: Flags; id: string }): Promise<number> {
  const { ui, clock } = context;
  const params = { id: of.id };
  const deployment = await api.client.value(routes.deployments.get, { params });
  if (of.flags.bool('json')) {
    ui.output(formatJson(deployment));
    return 0;
  }
  const shown = { verbose: of.flags.bool('verbose'), ui, nowMs: clock.nowMs() };
  ui.output(deploymentText(deployment, shown));
  if (!shown.verbose) return 0;
  const allocs = (await api.client.value(routes.deployments.allocations, { params })) ?? [];
  ui.output(`\n${allocationsText(allocs, shown)}`);
  return 0;
}
