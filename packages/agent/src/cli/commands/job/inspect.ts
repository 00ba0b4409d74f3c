// SPDX-License-Identifier: MPL-2.0

import { type Job, type JobListStub, routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import type { Flags } from '../../flags.ts';
import { formatJson } from '../../output/format.ts';

export const command: Command = {
  usage: 'job inspect [options] <job>',
  help: 'Prints a job as JSON, in the form in which the HTTP API takes it; with -json the job alone.',
  flags: {
    json: { kind: 'bool', help: 'The job itself, not wrapped in "Job".' },
    version: { kind: 'int', help: 'Show this version instead of the newest.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const api = connect(context, flags);
    const job = await read(api, await findJob(api, args[0] ?? ''), flags);
    context.ui.output(formatJson(flags.bool('json') ? job : { Job: job }));
    return 0;
  },
};

async function read(api: Api, stub: JobListStub, flags: Flags): Promise<Job> {
  const target = jobTarget(api, stub);
  if (!flags.has('version')) return api.client.value(routes.jobs.get, target);
  const wanted = flags.int('version');
  const { Versions } = await api.client.value(routes.jobs.versions, target);
  const version = (Versions ?? []).find((job) => job.Version === wanted);
  if (version) return version;
  const known = (Versions ?? []).map((job) => job.Version).join(', ');
  throw new Error(`job ${JSON.stringify(stub.ID)} has no version ${wanted}; known are ${known}`);
}
