// SPDX-License-Identifier: MPL-2.0

import { type Deployment, routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { formatJson } from '../../output/format.ts';
import { deploymentTable, deploymentText } from '../deployment/sections.ts';

export const command: Command = {
  usage: 'job deployments [options] <job>',
  help: 'Lists the deployments of a job, newest first.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    latest: { kind: 'bool', help: 'Only the newest one, with its groups.' },
    all: { kind: 'bool', help: 'Also deployments of an earlier job of the same name.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const { ui, clock } = context;
    const api = connect(context, flags);
    const target = jobTarget(api, await findJob(api, args[0] ?? ''));
    const verbose = flags.bool('verbose');
    if (flags.bool('latest')) {
      const latest = await api.client.value(routes.jobs.deployment, target);
      if (flags.bool('json')) ui.output(formatJson(latest));
      else if (!latest) ui.output('No deployment found');
      else ui.output(deploymentText(latest, { verbose, ui, nowMs: clock.nowMs() }));
      return 0;
    }
    const deployments = await list(api, target, flags.bool('all'));
    if (flags.bool('json')) ui.output(formatJson(deployments));
    else if (deployments.length === 0) ui.output('No deployments found');
    else ui.output(deploymentTable(deployments, { verbose, withJob: false }));
    return 0;
  },
};

async function list(
  api: Api,
  target: ReturnType<typeof jobTarget>,
  all: boolean,
): Promise<readonly Deployment[]> {
  const found = (await api.client.value(routes.jobs.deployments, { ...target, query: { all } })) ?? [];
  return found.toSorted((a, b) => b.CreateIndex - a.CreateIndex);
}
