// SPDX-License-Identifier: MPL-2.0

import { type JobListStub, routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { detachFlag, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import type { Flags } from '../../flags.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';

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
    yes: { kind: 'bool', help: 'Do not ask, also when only the beginning of the id was given.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length === 0) throw new UsageError('this command takes at least one argument: the job to stop');
    const api = connect(context, flags);
    let worst = 0;
    for (const given of args) {
      const job = await findJob(api, given);
      if (job.ID !== given && !flags.bool('yes')) await confirmStop(context, job.ID);
      worst = Math.max(worst, await stop(api, context, { flags, job }));
    }
    return worst;
  },
};

async function confirmStop({ ask }: CommandContext, id: string): Promise<void> {
  const name = JSON.stringify(id);
  if (!ask) throw new Error(`the job is called ${name}: name it in full, or give -yes`);
  const answer = await ask(`Are you sure you want to stop job ${name}? [y/N]`);
  if (!['y', 'yes'].includes(answer.toLowerCase())) throw new Error('Cancelling job stop');
}

async function stop(
  api: Api,
  context: CommandContext,
  of: { readonly flags: Flags; readonly job: JobListStub },
): Promise<number> {
  const { flags, job } = of;
  const answer = await attempting(
    'Error deregistering job',
    api.client.value(routes.jobs.deregister, {
      ...jobTarget(api, job),
      query: {
        purge: flags.bool('purge'),
        global: flags.bool('global'),
        no_shutdown_delay: flags.bool('no-shutdown-delay'),
        ...(flags.has('eval-priority') ? { eval_priority: flags.int('eval-priority') } : {}),
      },
    }),
  );
  if (answer.EvalID !== '') return followUnlessDetached(api, context, { flags, evalId: answer.EvalID });
  context.ui.output(`Job ${JSON.stringify(job.ID)} stopped`);
  return 0;
}
