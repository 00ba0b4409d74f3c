// SPDX-License-Identifier: MPL-2.0

import { ApiError, type Input, type JobSpec, routes } from '@serai/api';
import { toApiJob } from '#jobspec';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { detachFlag, exactArgs, jobFileFlags, verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import { attempting } from '../../failure.ts';
import type { Flags } from '../../flags.ts';
import { readJobFile } from '../../job-file.ts';
import { followUnlessDetached } from '../../monitor/follow.ts';
import { formatJson, formatTime, formatUntil } from '../../output/format.ts';
import { paint } from '../../output/ui.ts';

export const command: Command = {
  usage: 'job run [options] <path>',
  help: `
Registers a job, or a new version of it, and follows its evaluation: which allocations were placed where, and why one
could not be. "-" reads the job from standard input. The file is HCL2 or JSON.

Exits with 0 when everything was placed and the deployment, if there is one, was successful; with 2 as soon as something
could not be placed, without waiting for the deployment; with 1 on any other error, and when it is interrupted.`,
  flags: {
    ...jobFileFlags,
    ...detachFlag,
    ...verboseFlag,
    'check-index': {
      kind: 'text',
      hint: 'index',
      help: 'Register only when the job has this modify index; 0: only when it does not exist.',
    },
    'eval-priority': { kind: 'int', help: 'Priority of the evaluation, 1 to 100, instead of the job’s.' },
    output: { kind: 'bool', help: 'Print the job as JSON, as it would be sent, and do not register it.' },
    'preserve-counts': { kind: 'bool', help: 'Keep the running count of groups that exist already.' },
    'policy-override': { kind: 'bool', help: 'Override soft mandatory policies.' },
    'consul-token': { kind: 'text', help: 'Consul token of the submitter.', hidden: true },
    'consul-namespace': { kind: 'text', help: 'Consul namespace of the job.', hidden: true },
    'vault-token': { kind: 'text', help: 'Vault token of the submitter.', hidden: true },
    'vault-namespace': { kind: 'text', help: 'Vault namespace of the job.', hidden: true },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the path of the job file');
    const file = await readJobFile(context, flags, args[0] ?? '');
    const job = withFlags(file.job, flags);
    if (flags.bool('output')) {
      context.ui.output(formatJson(toApiJob(job)));
      return 0;
    }
    for (const warning of file.warnings) context.ui.warn(warning);
    const api = connect(context, flags);
    const submitted = api.client.value(routes.jobs.register, {
      body: {
        Job: job,
        Submission: file.submission,
        ...checkIndex(flags),
        PreserveCounts: flags.bool('preserve-counts'),
        PolicyOverride: flags.bool('policy-override'),
        ...(flags.has('eval-priority') ? { EvalPriority: flags.int('eval-priority') } : {}),
      },
      ...(api.namespaceGiven ? { options: { namespace: api.namespace } } : {}),
    });
    const answer = await attempting('Error submitting job', submitted.catch(explainIndex));
    if (answer.Warnings !== '') {
      context.ui.output(paint(context.ui, 'yellow', `Job Warnings:\n${answer.Warnings}\n`));
    }
    return follow(api, context, { flags, job, evalId: answer.EvalID });
  },
};

function withFlags(job: Input<JobSpec>, flags: Flags): Input<JobSpec> {
  return {
    ...job,
    ...(flags.has('consul-namespace') ? { ConsulNamespace: flags.text('consul-namespace') } : {}),
    ...(flags.has('vault-namespace') ? { VaultNamespace: flags.text('vault-namespace') } : {}),
  };
}

function checkIndex(flags: Flags): { EnforceIndex?: boolean; JobModifyIndex?: number } {
  if (!flags.has('check-index')) return {};
  const index = Number(flags.text('check-index'));
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new UsageError(
      `-check-index must be a whole number, not ${JSON.stringify(flags.text('check-index'))}`,
    );
  }
  return { EnforceIndex: true, JobModifyIndex: index };
}

/** Somebody else was first: said without the wrapping of an unexpected error. */
function explainIndex(error: unknown): never {
  const text = error instanceof ApiError ? error.text.trim() : '';
  if (text.startsWith('Enforcing job modify index'))
    throw new Error(`${text}\nJob not updated. "serai job plan" shows what is different now.`, {
      cause: error,
    });
  throw error;
}

/** A job that is launched later has no evaluation yet. */
async function follow(
  api: Api,
  context: CommandContext,
  of: { flags: Flags; job: Input<JobSpec>; evalId: string },
): Promise<number> {
  const { flags, job, evalId } = of;
  const launch =
    evalId === '' && job.Periodic ? `\n${await nextLaunch(api, job, context.clock.nowMs())}` : '';
  return followUnlessDetached(api, context, {
    flags,
    evalId,
    done: `Job registration successful${launch}`,
  });
}

async function nextLaunch(api: Api, job: Input<JobSpec>, nowMs: number): Promise<string> {
  const id = job.ID ?? '';
  const plan = await api.client.value(routes.jobs.plan, { params: { id }, body: { Job: job, Diff: false } });
  const timeMs = Date.parse(plan.NextPeriodicLaunch);
  return timeMs > 0
    ? `Approximate next launch time: ${formatTime(timeMs)} (${formatUntil(timeMs, nowMs)})`
    : 'The job has no next launch time';
}
