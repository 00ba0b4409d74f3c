// SPDX-License-Identifier: MPL-2.0

import { type Evaluation, routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findEval } from '../../connection/find.ts';
import { EvaluationMonitor } from '../../monitor/evaluation-monitor.ts';
import { failedGroups } from '../../monitor/placement-failures.ts';
import { formatJson, formatUnixNano, shortId, yesNo } from '../../output/format.ts';
import { formatKeyValue, paint } from '../../output/ui.ts';

export const command: Command = {
  usage: 'eval status [options] <evaluation>',
  help: `
Shows an evaluation: what asked for it, how far it is, and what it could not place. With -monitor it is followed; then
the exit code is 2 when something could not be placed.`,
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    monitor: { kind: 'bool', help: 'Follow the evaluation until it is over.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the evaluation');
    const api = connect(context, flags);
    const { ID: id } = await findEval(api, args[0] ?? '');
    if (flags.bool('monitor')) {
      return new EvaluationMonitor(api, context, { verbose: flags.bool('verbose') }).follow(id);
    }
    const evaluation = await api.client.value(routes.evaluations.get, {
      params: { id },
      query: { related: true },
    });
    if (flags.bool('json')) {
      context.ui.output(formatJson(evaluation));
      return 0;
    }
    context.ui.output(basics(evaluation, flags.bool('verbose')));
    const failed = failedGroups(evaluation.FailedTGAllocs);
    if (failed.length === 0) return 0;
    context.ui.output(`\n${paint(context.ui, 'bold', 'Failed Placements')}`);
    for (const { title, reasons } of failed) {
      context.ui.output(title);
      for (const reason of reasons) context.ui.output(`  ${reason}`);
    }
    if (evaluation.BlockedEval !== '') {
      const blocked = JSON.stringify(shortId(evaluation.BlockedEval, flags.bool('verbose')));
      context.ui.output(`\nEvaluation ${blocked} waiting for additional capacity to place remainder`);
    }
    return 0;
  },
};

function basics(evaluation: Evaluation, verbose: boolean): string {
  const failures = Object.keys(evaluation.FailedTGAllocs ?? {}).length > 0;
  const inProgress = evaluation.Status === 'blocked' || evaluation.Status === 'pending';
  const pairs: [string, string][] = [
    ['ID', shortId(evaluation.ID, verbose)],
    ['Create Time', formatUnixNano(evaluation.CreateTime)],
    ['Modify Time', formatUnixNano(evaluation.ModifyTime)],
    ['Status', evaluation.Status],
    [
      'Status Description',
      evaluation.StatusDescription === '' ? evaluation.Status : evaluation.StatusDescription,
    ],
    ['Type', evaluation.Type],
    ['TriggeredBy', evaluation.TriggeredBy],
    ['Job ID', evaluation.JobID],
    ['Namespace', evaluation.Namespace],
    ['Priority', String(evaluation.Priority)],
    ['Placement Failures', inProgress && !failures ? 'N/A - In Progress' : yesNo(failures)],
  ];
  if (verbose) {
    pairs.push(
      ['Previous Eval', evaluation.PreviousEval],
      ['Next Eval', evaluation.NextEval],
      ['Blocked Eval', evaluation.BlockedEval],
    );
  }
  return formatKeyValue(pairs);
}
