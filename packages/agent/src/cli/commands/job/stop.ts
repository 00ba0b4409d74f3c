// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { connect, findJob } from '../../connection/api.ts';
import type { Command } from '../../command.ts';
import { UsageError } from '../../command.ts';
import { detachFlag, verboseFlag } from '../../common-flags.ts';
import { EvaluationMonitor } from '../../monitor/evaluation-monitor.ts';

export const command: Command = {
  usage: 'job stop [options] <job> [<job>...]',
  help: `
Stops jobs: their allocations are stopped, the job stays to be seen and can be run again. With -purge it is forgotten.`,
  flags: {
    ...detachFlag,
    ...verboseFlag,
    purge: { kind: 'bool', help: 'Forget the job and its history.' },
    global: { kind: 'bool', help: 'Stop a multiregion job in all its regions.' },
    'eval-priority': { kind: 'int', help: 'Priority of the evaluation, 1 to 100, instead of the job’s.' },
    'no-shutdown-delay': { kind: 'bool', help: 'Stop tasks at once, without their shutdown_delay.' },
    yes: { kind: 'bool', help: 'Do not ask.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length === 0) throw new UsageError('this command takes at least one argument: the job to stop');
    const api = connect(context, flags);
    let worst = 0;
    for (const given of args) {
      const job = await findJob(api, given);
      if (job.ID !== given && !flags.bool('yes')) {
        throw new Error(`the job is called ${JSON.stringify(job.ID)}: name it in full, or give -yes`);
      }
      const answer = await api.client.value(routes.jobs.deregister, {
        params: { id: job.ID },
        query: {
          purge: flags.bool('purge'),
          global: flags.bool('global'),
          no_shutdown_delay: flags.bool('no-shutdown-delay'),
          ...(flags.has('eval-priority') ? { eval_priority: flags.int('eval-priority') } : {}),
        },
        options: { namespace: job.Namespace ?? api.namespace },
      });
      if (answer.EvalID === '') {
        context.ui.output(`Job ${JSON.stringify(job.ID)} stopped`);
        continue;
      }
      if (flags.bool('detach')) {
        context.ui.output(answer.EvalID);
        continue;
      }
      const monitor = new EvaluationMonitor(api, context, { verbose: flags.bool('verbose') });
      worst = Math.max(worst, await monitor.follow(answer.EvalID));
    }
    return worst;
  },
};
