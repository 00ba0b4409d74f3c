// SPDX-License-Identifier: MPL-2.0

import { routes, type SchedulerConfiguration } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { formatJson, yesNo } from '../../output/format.ts';
import { formatKeyValue } from '../../output/ui.ts';

export const command: Command = {
  usage: 'operator scheduler get-config [options]',
  help: 'Shows the settings of the scheduler.',
  flags: { ...jsonFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const answer = await connect(context, flags).client.value(routes.operator.schedulerConfiguration, {});
    if (flags.bool('json')) context.ui.output(formatJson(answer));
    else if (!answer.SchedulerConfig) context.ui.output('No scheduler configuration found');
    else context.ui.output(text(answer.SchedulerConfig));
    return 0;
  },
};

function text(config: SchedulerConfiguration): string {
  const { PreemptionConfig: preemption } = config;
  return formatKeyValue([
    ['Scheduler Algorithm', config.SchedulerAlgorithm],
    ['Memory Oversubscription', yesNo(config.MemoryOversubscriptionEnabled)],
    ['Reject Job Registration', yesNo(config.RejectJobRegistration)],
    ['Pause Eval Broker', yesNo(config.PauseEvalBroker)],
    ['Preemption System Scheduler', yesNo(preemption.SystemSchedulerEnabled)],
    ['Preemption Service Scheduler', yesNo(preemption.ServiceSchedulerEnabled)],
    ['Preemption Batch Scheduler', yesNo(preemption.BatchSchedulerEnabled)],
    ['Preemption SysBatch Scheduler', yesNo(preemption.SysBatchSchedulerEnabled)],
    ['Modify Index', String(config.ModifyIndex)],
  ]);
}
