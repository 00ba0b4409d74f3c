// SPDX-License-Identifier: MPL-2.0
// Job.*: what a user does to a job that is there: evaluate it, go back to a version, mark one stable.

import { type Job, Job_Evaluate, Job_Revert, Job_Stable } from '@serai/api';
import { AppError } from '#base';
import { isParameterized, isPeriodic } from '#model';
import {
  type StateReader,
  setStable,
  type Tx,
  updateAllocDesiredTransition,
  upsertEvals,
  upsertJob,
} from '#state';
import type { ServerContext } from '../context.ts';
import { jobEvaluation } from '../evaluations.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { checkRegistrationAllowed } from './admission.ts';
import { type Args, type Endpoint, endpoint, type Reply, writes } from './endpoint.ts';
import { needsEvaluation, registered } from './job-writes.ts';
import { namespaceOf } from './query.ts';

export function jobActionEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Job_Evaluate, writes('submit-job'), (args) => evaluate(context, args)),
    endpoint(Job_Revert, writes('submit-job'), (args) => revert(context, args)),
    endpoint(Job_Stable, writes('submit-job'), (args) => markStable(context, args)),
  ];
}

const refused = (text: string): AppError => new AppError('invalid', text, { status: 500 });
const missing = (text: string): AppError => new AppError('not-found', text, { status: 500 });

async function evaluate(
  context: ServerContext,
  args: Args<typeof Job_Evaluate>,
): Promise<Reply<typeof Job_Evaluate>> {
  const namespace = namespaceOf(args);
  if (args.JobID === '') throw refused('missing job ID for evaluation');
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('evaluate job', (tx) => {
    const at = stamp();
    const job = tx.job(namespace, args.JobID);
    if (!job) throw missing('job not found');
    if (isPeriodic(job)) throw refused("can't evaluate periodic job");
    if (isParameterized(job)) throw refused("can't evaluate parameterized job");
    if (args.EvalOptions.ForceReschedule) forceReschedule(tx, job, at);
    const evaluation = jobEvaluation(job, { triggeredBy: 'job-register' }, at);
    upsertEvals(tx, [evaluation]);
    return { job, evalId: evaluation.ID };
  });
  return registered({ ...result, index });
}

/** Failed allocations that nothing has replaced yet are replaced whatever their policy says. */
function forceReschedule(tx: Tx, job: Job, stamp: Stamp): void {
  const transition = { Migrate: null, Reschedule: null, ForceReschedule: true, NoShutdownDelay: null };
  const failed = tx
    .allocsByJob(job.Namespace, job.ID)
    .filter(
      (alloc) =>
        alloc.ClientStatus === 'failed' && alloc.DesiredStatus === 'run' && alloc.NextAllocation === '',
    );
  updateAllocDesiredTransition(tx, {
    transitions: new Map(failed.map((alloc) => [alloc.ID, transition])),
    nowNs: stamp.nowNs,
  });
}

async function revert(
  context: ServerContext,
  args: Args<typeof Job_Revert>,
): Promise<Reply<typeof Job_Revert>> {
  checkRegistrationAllowed(context);
  const namespace = namespaceOf(args);
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('revert job', (tx) => {
    const at = stamp();
    const target = revertTarget(tx, args);
    const evals = needsEvaluation(target) ? [jobEvaluation(target, { triggeredBy: 'job-register' }, at)] : [];
    const job = upsertJob(tx, {
      job: { ...target, Stable: false, Stop: false, VersionTag: null, SubmitTime: at.nowNs },
      submission: tx.jobSubmission(namespace, args.JobID, args.JobVersion) ?? null,
      evals,
      trackedVersions: context.options.jobTrackedVersions,
    });
    return { job, evalId: evals[0]?.ID ?? '' };
  });
  return registered({ ...result, index });
}

function revertTarget(state: StateReader, args: Args<typeof Job_Revert>): Job {
  const namespace = namespaceOf(args);
  const current = state.job(namespace, args.JobID);
  if (!current) throw missing(`job ${JSON.stringify(args.JobID)} not found`);
  if (args.JobVersion === current.Version) throw refused("can't revert to current version");
  const enforced = args.EnforcePriorVersion;
  if (enforced !== null && enforced !== current.Version) {
    const text = `Current job has version ${current.Version}; enforcing version ${enforced}`;
    throw new AppError('conflict', text, { status: 500 });
  }
  const target = state.jobVersion(namespace, args.JobID, args.JobVersion);
  if (target) return target;
  throw missing(
    `job ${JSON.stringify(args.JobID)} in namespace ${JSON.stringify(namespace)} at version ${args.JobVersion} not found`,
  );
}

async function markStable(
  context: ServerContext,
  args: Args<typeof Job_Stable>,
): Promise<Reply<typeof Job_Stable>> {
  const of = { namespace: namespaceOf(args), jobId: args.JobID, version: args.JobVersion };
  const { index, result } = await context.writes.write('mark job stable', (tx) =>
    setStable(tx, of, args.Stable),
  );
  if (!result) throw missing(`job ${JSON.stringify(args.JobID)} has no version ${args.JobVersion}`);
  return { Index: index };
}
