// SPDX-License-Identifier: MPL-2.0

import { type Evaluation, routes } from '@serai/api';
import type { Command } from '../../command.ts';
import {
  exactArgs,
  jsonFlag,
  nextPageText,
  pageFlags,
  pageOptions,
  verboseFlag,
} from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { formatJson, shortId } from '../../output/format.ts';
import { formatList } from '../../output/ui.ts';
import { failureText } from '../job/sections.ts';

export const command: Command = {
  usage: 'eval list [options]',
  help: 'Lists the evaluations of the namespace.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    ...pageFlags,
    job: { kind: 'text', hint: 'job', help: 'Only those of this job.' },
    status: { kind: 'text', hint: 'status', help: 'Only those with this status.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const api = connect(context, flags);
    const { value, meta } = await api.client.request(routes.evaluations.list, {
      query: { job: flags.text('job'), status: flags.text('status') },
      options: { namespace: api.namespace, ...pageOptions(flags) },
    });
    const evals = value ?? [];
    if (flags.bool('json')) {
      context.ui.output(formatJson(evals));
      return 0;
    }
    context.ui.output(evals.length === 0 ? 'No evals found' : evalTable(evals, flags.bool('verbose')));
    if (meta.NextToken !== '') context.ui.output(nextPageText('eval list', meta.NextToken));
    return 0;
  },
};

function evalTable(evals: readonly Evaluation[], verbose: boolean): string {
  const rows = evals.map((e) => [
    shortId(e.ID, verbose),
    String(e.Priority),
    e.TriggeredBy,
    e.JobID,
    e.Namespace,
    shortId(e.NodeID, verbose),
    e.Status,
    failureText(e),
  ]);
  const head = [
    'ID',
    'Priority',
    'Triggered By',
    'Job ID',
    'Namespace',
    'Node ID',
    'Status',
    'Placement Failures',
  ];
  return formatList([head, ...rows]);
}
