// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../../command.ts';
import { exactArgs, jsonFlag, nextPageText, pageFlags, pageOptions } from '../../../common-flags.ts';
import { connect } from '../../../connection/api.ts';
import { formatJson } from '../../../output/format.ts';
import { jobTable } from '../../job/sections.ts';

export const command: Command = {
  usage: 'node pool jobs [options] <node-pool>',
  help: 'Lists the jobs of a node pool.',
  flags: { ...jsonFlag, ...pageFlags },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the node pool');
    const api = connect(context, flags);
    const { value, meta } = await api.client.request(routes.nodePools.jobs, {
      params: { name: args[0] ?? '' },
      options: { namespace: api.namespace, ...pageOptions(flags) },
    });
    const jobs = value ?? [];
    if (flags.bool('json')) {
      context.ui.output(formatJson(jobs));
      return 0;
    }
    context.ui.output(jobs.length === 0 ? 'No jobs' : jobTable(jobs, api.namespace === '*'));
    if (meta.NextToken !== '') context.ui.output(nextPageText('node pool jobs', meta.NextToken));
    return 0;
  },
};
