// SPDX-License-Identifier: MPL-2.0

import { type Job, type JobDiff, type JobListStub, routes } from '@serai/api';
import type { Command, CommandContext } from '../../command.ts';
import { exactArgs, jsonFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import type { Flags } from '../../flags.ts';
import { formatJson, formatUnixNano, yesNo } from '../../output/format.ts';
import { formatJobDiff } from '../../output/job-diff.ts';
import { formatKeyValue } from '../../output/ui.ts';

export const command: Command = {
  usage: 'job history [options] <job>',
  help: 'Lists the versions of a job that are kept, newest first. "job revert" runs one of them again.',
  flags: {
    ...jsonFlag,
    p: { kind: 'bool', help: 'Also what each version changed.' },
    full: { kind: 'bool', help: 'Each version in full, as JSON.' },
    version: { kind: 'int', help: 'Only this version.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const api = connect(context, flags);
    const stub = await findJob(api, args[0] ?? '');
    const versions = await read(api, stub, flags);
    if (flags.bool('json')) {
      const [only] = versions;
      const all = versions.map(({ job }) => job);
      context.ui.output(formatJson(flags.has('version') ? only?.job : all));
    } else {
      context.ui.output(versions.map((version) => text(version, context, flags)).join('\n\n'));
    }
    return 0;
  },
};

interface Version {
  readonly job: Job;
  /** to the version before; the oldest one has none */
  readonly diff: JobDiff | undefined;
}

async function read(api: Api, stub: JobListStub, flags: Flags): Promise<readonly Version[]> {
  const { Versions, Diffs } = await api.client.value(routes.jobs.versions, {
    ...jobTarget(api, stub),
    query: { diffs: flags.bool('p') },
  });
  const all = (Versions ?? []).map((job, i) => ({ job, diff: Diffs?.[i] }));
  if (!flags.has('version')) return all;
  const wanted = all.filter(({ job }) => job.Version === flags.int('version'));
  if (wanted.length > 0) return wanted;
  const known = all.map(({ job }) => job.Version).join(', ');
  throw new Error(
    `job ${JSON.stringify(stub.ID)} has no version ${flags.int('version')}; known are ${known}`,
  );
}

function text({ job, diff }: Version, { ui }: CommandContext, flags: Flags): string {
  if (flags.bool('full')) return `Version = ${job.Version}\n${formatJson(job)}`;
  const basics = formatKeyValue([
    ['Version', String(job.Version)],
    ['Stable', yesNo(job.Stable)],
    ['Submit Date', formatUnixNano(job.SubmitTime)],
  ]);
  if (!diff) return basics;
  return `${basics}\nDiff        =\n${formatJobDiff(diff, { ui, verbose: false })}`;
}
