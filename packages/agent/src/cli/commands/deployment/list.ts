// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { formatJson } from '../../output/format.ts';
import { deploymentTable } from './sections.ts';

export const command: Command = {
  usage: 'deployment list [options]',
  help: 'Lists the deployments of the namespace, newest first.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    filter: { kind: 'text', hint: 'expression', help: 'Only what this filter expression matches.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const { client } = connect(context, flags);
    const filter = flags.text('filter');
    const options = filter === '' ? {} : { options: { filter } };
    const found = (await client.value(routes.deployments.list, options)) ?? [];
    const deployments = found.toSorted((a, b) => b.CreateIndex - a.CreateIndex);
    if (flags.bool('json')) context.ui.output(formatJson(deployments));
    else if (deployments.length === 0) context.ui.output('No deployments found');
    else context.ui.output(deploymentTable(deployments, { verbose: flags.bool('verbose'), withJob: true }));
    return 0;
  },
};
