// SPDX-License-Identifier: MPL-2.0
// Job.Dispatch and Periodic.Force: launching a child of a job by request.

import { type Job, Job_Dispatch, Periodic_Force } from '@serai/api';
import { AppError } from '#base';
import { isPeriodic, isPeriodicActive } from '#model';
import { type Tx, upsertJob } from '#state';
import type { ServerContext } from '../context.ts';
import { jobEvaluation } from '../evaluations.ts';
import { type Dispatch, dispatchedChild } from '../launch/child-job.ts';
import { checkDispatch, dispatchable } from '../launch/dispatch-check.ts';
import { launchChild } from '../launch/periodic-launch.ts';
import { wholeSecond } from '../launch/periodic-schedule.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { registrationDisabled } from './admission.ts';
import { type Args, type Endpoint, endpoint, type Reply, writes } from './endpoint.ts';
import { namespaceOf } from './query.ts';

export function launchEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Job_Dispatch, writes('dispatch-job'), (args) => dispatch(context, args)),
    endpoint(Periodic_Force, writes('dispatch-job or submit-job'), (args) => force(context, args)),
  ];
}

/** Nomad answers a request that makes no sense for the job with status 500. */
function refused(message: string, code: 'invalid' | 'not-found' = 'invalid'): AppError {
  return new AppError(code, message, { status: 500 });
}

async function dispatch(
  context: ServerContext,
  args: Args<typeof Job_Dispatch>,
): Promise<Reply<typeof Job_Dispatch>> {
  if (args.JobID === '') throw refused('missing parameterized job ID');
  const wanted = {
    payload: args.Payload,
    meta: args.Meta,
    idPrefix: args.IdPrefixTemplate,
    idempotencyToken: args.IdempotencyToken,
  };
  const { jobTrackedVersions: trackedVersions } = context.options;
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('dispatch job', (tx) => {
    if (tx.schedulerConfig().RejectJobRegistration) throw new AppError('denied', registrationDisabled);
    const parent = dispatchable(tx.job(namespaceOf(args), args.JobID), args.JobID);
    checkDispatch(parent, wanted);
    // The same request again, because its caller missed the answer: it gets the job of the first one.
    const earlier = tx.dispatchedJob(parent.Namespace, parent.ID, args.IdempotencyToken);
    return earlier
      ? { job: earlier, evalId: '', known: true }
      : launchDispatched(tx, { parent, wanted, stamp: stamp(), trackedVersions });
  });
  const { job, evalId, known } = result;
  return {
    DispatchedJobID: job.ID,
    EvalID: evalId,
    EvalCreateIndex: evalId === '' ? 0 : index,
    JobCreateIndex: job.CreateIndex,
    Index: known ? job.ModifyIndex : index,
  };
}

interface Dispatched {
  readonly job: Job;
  /** '' when it is launched by the clock later */
  readonly evalId: string;
  readonly known: boolean;
}

function launchDispatched(
  tx: Tx,
  of: {
    readonly parent: Job;
    readonly wanted: Dispatch;
    readonly stamp: Stamp;
    readonly trackedVersions: number;
  },
): Dispatched {
  const child = dispatchedChild(of.parent, of.wanted, of.stamp);
  const evals = isPeriodic(child) ? [] : [jobEvaluation(child, { triggeredBy: 'job-register' }, of.stamp)];
  const job = upsertJob(tx, { job: child, evals, trackedVersions: of.trackedVersions });
  return { job, evalId: evals[0]?.ID ?? '', known: false };
}

async function force(
  context: ServerContext,
  args: Args<typeof Periodic_Force>,
): Promise<Reply<typeof Periodic_Force>> {
  if (args.JobID === '') throw refused('missing job ID for evaluation');
  const namespace = namespaceOf(args);
  const { jobTrackedVersions: trackedVersions } = context.options;
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('force periodic job', (tx) => {
    const job = tx.job(namespace, args.JobID);
    if (!job) throw refused('job not found', 'not-found');
    if (!isPeriodic(job)) throw refused("can't force launch non-periodic job");
    if (!isPeriodicActive(job)) throw notLaunched(job);
    const now = stamp();
    return launchChild(tx, job, { atMs: wholeSecond(now.nowMs), stamp: now, trackedVersions });
  });
  return { EvalID: result.ID, EvalCreateIndex: index, Index: index };
}

function notLaunched(job: Job): AppError {
  const id = JSON.stringify(job.ID);
  const why = job.Stop
    ? 'it is stopped'
    : job.Periodic?.Enabled
      ? 'it is parameterized'
      : 'it is not enabled';
  return refused(
    `force launch for job ${id} failed: can't force run non-tracked job ${id} (${job.Namespace}): ${why}`,
  );
}
