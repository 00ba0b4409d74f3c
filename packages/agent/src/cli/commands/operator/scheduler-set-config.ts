// SPDX-License-Identifier: MPL-2.0

import { routes, type SchedulerConfiguration } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { attempting } from '../../failure.ts';
import type { FlagSpec, Flags } from '../../flags.ts';

/** Bools here take a value, as in Nomad: `-pause-eval-broker=true`. */
const setting = (help: string): FlagSpec => ({ kind: 'text', hint: 'true|false', help });

export const command: Command = {
  usage: 'operator scheduler set-config [options]',
  help: 'Changes settings of the scheduler. What is not given stays as it is.',
  flags: {
    'check-index': {
      kind: 'text',
      hint: 'index',
      help: 'Change only when the settings have this modify index.',
    },
    'scheduler-algorithm': { kind: 'text', hint: 'binpack|spread', help: 'How nodes are ranked.' },
    'memory-oversubscription': setting('Tasks may use memory_max.'),
    'reject-job-registration': setting('Refuse new jobs and new versions of jobs.'),
    'pause-eval-broker': setting('Evaluations wait until this is false again.'),
    'preempt-batch-scheduler': setting('Batch jobs may displace others of lower priority.'),
    'preempt-service-scheduler': setting('Service jobs may displace others of lower priority.'),
    'preempt-sysbatch-scheduler': setting('Sysbatch jobs may displace others of lower priority.'),
    'preempt-system-scheduler': setting('System jobs may displace others of lower priority.'),
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const cas = checkIndex(flags);
    const { client } = connect(context, flags);
    const { SchedulerConfig: now } = await client.value(routes.operator.schedulerConfiguration, {});
    if (!now) throw new Error('the servers have no settings of the scheduler yet: try again in a moment');
    const answer = await attempting(
      'Error updating scheduler configuration',
      client.value(routes.operator.setSchedulerConfiguration, {
        body: changed(now, flags),
        query: cas === undefined ? {} : { cas },
      }),
    );
    if (!answer.Updated) {
      context.ui.error('Scheduler configuration could not be atomically updated, please try again');
      return 1;
    }
    context.ui.output('Scheduler configuration updated!');
    return 0;
  },
};

function checkIndex(flags: Flags): number | undefined {
  if (!flags.has('check-index')) return undefined;
  const index = Number(flags.text('check-index'));
  if (Number.isSafeInteger(index) && index > 0) return index;
  throw new UsageError(
    `-check-index must be a whole number above 0, not ${JSON.stringify(flags.text('check-index'))}`,
  );
}

function changed(now: SchedulerConfiguration, flags: Flags): SchedulerConfiguration {
  const bool = (name: string, old: boolean): boolean => {
    if (!flags.has(name)) return old;
    const text = flags.text(name);
    if (text === 'true' || text === 'false') return text === 'true';
    throw new UsageError(`-${name} takes true or false, not ${JSON.stringify(text)}`);
  };
  const { PreemptionConfig: preemption } = now;
  return {
    ...now,
    SchedulerAlgorithm: flags.has('scheduler-algorithm')
      ? flags.text('scheduler-algorithm')
      : now.SchedulerAlgorithm,
    MemoryOversubscriptionEnabled: bool('memory-oversubscription', now.MemoryOversubscriptionEnabled),
    RejectJobRegistration: bool('reject-job-registration', now.RejectJobRegistration),
    PauseEvalBroker: bool('pause-eval-broker', now.PauseEvalBroker),
    PreemptionConfig: {
      SystemSchedulerEnabled: bool('preempt-system-scheduler', preemption.SystemSchedulerEnabled),
      ServiceSchedulerEnabled: bool('preempt-service-scheduler', preemption.ServiceSchedulerEnabled),
      BatchSchedulerEnabled: bool('preempt-batch-scheduler', preemption.BatchSchedulerEnabled),
      SysBatchSchedulerEnabled: bool('preempt-sysbatch-scheduler', preemption.SysBatchSchedulerEnabled),
    },
  };
}
