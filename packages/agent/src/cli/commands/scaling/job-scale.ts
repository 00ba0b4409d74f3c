// SPDX-License-Identifier: MPL-2.0

import { type JobListStub, routes } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { detachFlag, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';

export const command: Command = {
  usage: 'job scale [options] <job> [<group>] <count>',
  help: `
Changes how many allocations a task group of a job has. The group may be left out where there is only one. While a
deployment of the job is under way it can't be scaled.`,
  flags: { ...detachFlag, ...verboseFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    const { given, named, count } = wanted(args);
    const api = connect(context, flags);
    const job = await findJob(api, given);
    const group = named ?? (await onlyGroup(api, job));
    const body = {
      Count: count,
      Target: { Group: group },
      Message: 'submitted using the Serai CLI',
      Error: false,
      Meta: null,
      PolicyOverride: false,
    };
    const answer = await attempting(
      'Error submitting scaling request',
      api.client.value(routes.scaling.scaleJob, { ...jobTarget(api, job), body }),
    );
    if (answer.Warnings !== '') context.ui.warn(`Job Warnings:\n${answer.Warnings}\n`);
    const done = `Group ${JSON.stringify(group)} of job ${JSON.stringify(job.ID)} scaled to ${count}`;
    return followUnlessDetached(api, context, { flags, evalId: answer.EvalID, done });
  },
};

function wanted(args: readonly string[]): { given: string; named: string | undefined; count: number } {
  if (args.length < 2 || args.length > 3)
    throw new UsageError('this command takes two or three arguments: job, group where it has several, count');
  const text = args.at(-1) ?? '';
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count)) throw new UsageError(`the count ${JSON.stringify(text)} is no whole number`);
  return { given: args[0] ?? '', named: args.length === 3 ? args[1] : undefined, count };
}

async function onlyGroup(api: Api, job: JobListStub): Promise<string> {
  const found = await api.client.value(routes.jobs.get, jobTarget(api, job));
  const names = (found?.TaskGroups ?? []).map(({ Name }) => Name);
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new UsageError(`job ${JSON.stringify(job.ID)} has several groups, name one of: ${names.join(', ')}`);
}
