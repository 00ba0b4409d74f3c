// SPDX-License-Identifier: MPL-2.0
// Job.*: registering, validating, stopping.

import {
  type Evaluation,
  type Job,
  Job_BatchDeregister,
  Job_Deregister,
  Job_Register,
  Job_Validate,
  type JobSubmission,
} from '@serai/api';
import { must } from '#base';
import { formatErrors, formatWarnings, isParameterized, isPeriodic, jobSpecChanged } from '#model';
import { deleteJob, stopJob, type Tx, updateAllocDesiredTransition, upsertEvals, upsertJob } from '#state';
import type { ServerContext } from '../context.ts';
import { jobEvaluation } from '../evaluations.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { admitJob, checkEvalPriority, checkJob, withServerFields } from './admission.ts';
import { type Args, type Endpoint, endpoint, type Reply, reads, writes } from './endpoint.ts';
import { metaAt, namespaceOf } from './query.ts';

export function jobWriteEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Job_Register, writes('submit-job'), (args) => register(context, args)),
    endpoint(Job_Validate, reads('read-job'), (args) => validate(context, args)),
    endpoint(Job_Deregister, writes('submit-job'), (args) => deregister(context, args)),
    endpoint(Job_BatchDeregister, { ...writes('none', 'none'), callers: ['server'] }, (args) =>
      batchDeregister(context, args),
    ),
  ];
}

/** A template that is launched later gets no evaluation of its own. */
export function needsEvaluation(job: Job): boolean {
  return !isPeriodic(job) && !isParameterized(job);
}

async function register(
  context: ServerContext,
  args: Args<typeof Job_Register>,
): Promise<Reply<typeof Job_Register>> {
  const { job, warnings } = admitJob(context, args);
  const submission = keptSubmission(context, args.Submission);
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('register job', (tx) =>
    registerJob(
      tx,
      {
        job,
        submission: submission.kept,
        evalPriority: args.EvalPriority,
        preserveCounts: args.PreserveCounts,
        trackedVersions: context.options.jobTrackedVersions,
        ...(args.EnforceIndex ? { enforceIndex: args.JobModifyIndex } : {}),
      },
      stamp(),
    ),
  );
  return registered({ ...result, index, warnings: [...warnings, ...submission.warnings] });
}

export function registered(of: {
  readonly index: number;
  readonly job: Job;
  readonly evalId: string;
  readonly warnings?: readonly string[];
}): Reply<typeof Job_Register> {
  return {
    EvalID: of.evalId,
    EvalCreateIndex: of.evalId === '' ? 0 : of.index,
    JobModifyIndex: of.job.JobModifyIndex,
    Warnings: formatWarnings(of.warnings ?? []),
    ...metaAt(of.index),
  };
}

/** A source that is too large is left out; the job is taken. */
function keptSubmission(
  context: ServerContext,
  submission: JobSubmission | null,
): { kept: JobSubmission | null; warnings: readonly string[] } {
  const bytes = Buffer.byteLength(submission?.Source ?? '') + Buffer.byteLength(submission?.Variables ?? '');
  const limit = context.options.jobMaxSourceBytes;
  if (bytes <= limit) return { kept: submission, warnings: [] };
  const warning = `job source size of ${bytes} bytes exceeds maximum of ${limit} bytes and will be discarded`;
  return { kept: null, warnings: [warning] };
}

export interface Registration {
  /** admitted */
  readonly job: Job;
  readonly submission: JobSubmission | null;
  /** 0: the job's own */
  readonly evalPriority: number;
  readonly preserveCounts: boolean;
  readonly trackedVersions: number;
  readonly enforceIndex?: number;
}

/** Stores the job, or finds that it is there already; either way it is evaluated. Operation. */
export function registerJob(
  tx: Tx,
  of: Registration,
  stamp: Stamp,
): { readonly job: Job; readonly evalId: string } {
  const existing = tx.job(of.job.Namespace, of.job.ID);
  const own = { ...withServerFields(of.job, existing), SubmitTime: stamp.nowNs };
  const job = of.preserveCounts ? withCountsOf(existing, own) : own;
  const evals = needsEvaluation(job)
    ? [jobEvaluation(job, { triggeredBy: 'job-register', priority: of.evalPriority }, stamp)]
    : [];
  const evalId = evals[0]?.ID ?? '';
  const indexMatches = of.enforceIndex === undefined || of.enforceIndex === existing?.JobModifyIndex;
  // The same specification again is no new version; it is only evaluated again.
  if (existing && indexMatches && !jobSpecChanged(existing, job)) {
    upsertEvals(
      tx,
      evals.map((evaluation) => ({ ...evaluation, JobModifyIndex: existing.JobModifyIndex })),
    );
    return { job: existing, evalId };
  }
  const stored = upsertJob(tx, {
    job,
    submission: of.submission,
    evals,
    trackedVersions: of.trackedVersions,
    ...(of.enforceIndex === undefined ? {} : { enforceIndex: of.enforceIndex }),
  });
  return { job: stored, evalId };
}

/** Keeps the running counts of groups that exist in both (`job run -preserve-counts`). */
function withCountsOf(existing: Job | undefined, job: Job): Job {
  if (!existing) return job;
  const counts = new Map((existing.TaskGroups ?? []).map((group) => [group.Name, group.Count]));
  const groups = (job.TaskGroups ?? []).map((group) => ({
    ...group,
    Count: counts.get(group.Name) ?? group.Count,
  }));
  return { ...job, TaskGroups: groups };
}

function validate(context: ServerContext, args: Args<typeof Job_Validate>): Reply<typeof Job_Validate> {
  const job = must(args.Job, 'Job');
  const { errors, warnings } = checkJob(context, job);
  return {
    DriverConfigValidated: true,
    ValidationErrors: errors.length > 0 ? errors : null,
    Error: errors.length > 0 ? formatErrors(errors) : '',
    Warnings: formatWarnings(warnings),
  };
}

async function deregister(
  context: ServerContext,
  args: Args<typeof Job_Deregister>,
): Promise<Reply<typeof Job_Deregister>> {
  checkEvalPriority(args.EvalPriority);
  const namespace = namespaceOf(args);
  const stamp = stampFor(context);
  const { index, result: evals } = await context.writes.write('deregister job', (tx) =>
    deregisterJob(context, tx, { args, namespace, stamp: stamp() }),
  );
  return {
    EvalID: evals[0]?.ID ?? '',
    EvalCreateIndex: evals.length > 0 ? index : 0,
    JobModifyIndex: index,
    VolumeEvalID: '',
    VolumeEvalIndex: 0,
    ...metaAt(index),
  };
}

/** Returns the evaluations it made. Operation. */
function deregisterJob(
  context: ServerContext,
  tx: Tx,
  of: { readonly args: Args<typeof Job_Deregister>; readonly namespace: string; readonly stamp: Stamp },
): Evaluation[] {
  const { args, namespace, stamp } = of;
  const jobId = args.JobID;
  const existing = tx.job(namespace, jobId);
  const evals = deregisterEvaluations(context, { ...of, job: existing });
  if (args.NoShutdownDelay) skipShutdownDelay(tx, { namespace, jobId, nowNs: stamp.nowNs });
  if (existing && args.Purge) deleteJob(tx, { namespace, jobId, evals });
  else if (existing && !existing.Stop) {
    const { jobTrackedVersions: trackedVersions } = context.options;
    stopJob(tx, { namespace, jobId, evals, nowNs: stamp.nowNs, trackedVersions });
  } else upsertEvals(tx, evals);
  return evals;
}

function deregisterEvaluations(
  context: ServerContext,
  of: {
    readonly job: Job | undefined;
    readonly namespace: string;
    readonly args: Args<typeof Job_Deregister>;
    readonly stamp: Stamp;
  },
): Evaluation[] {
  const { job, namespace, args, stamp } = of;
  if (job && !needsEvaluation(job)) return [];
  const target = job ?? {
    Namespace: namespace,
    ID: args.JobID,
    Priority: context.options.jobDefaultPriority,
    // Allocations of a purged job are stopped by any scheduler.
    Type: 'service',
  };
  return [jobEvaluation(target, { triggeredBy: 'job-deregister', priority: args.EvalPriority }, stamp)];
}

function skipShutdownDelay(tx: Tx, of: { namespace: string; jobId: string; nowNs: number }): void {
  const transition = { Migrate: null, Reschedule: null, ForceReschedule: null, NoShutdownDelay: true };
  const ids = tx.allocsByJob(of.namespace, of.jobId).map((alloc) => alloc.ID);
  updateAllocDesiredTransition(tx, {
    transitions: new Map(ids.map((id) => [id, transition])),
    nowNs: of.nowNs,
  });
}

async function batchDeregister(
  context: ServerContext,
  args: Args<typeof Job_BatchDeregister>,
): Promise<Reply<typeof Job_BatchDeregister>> {
  const nowNs = context.clock.nowNs();
  const { jobTrackedVersions: trackedVersions } = context.options;
  const { index } = await context.writes.write('deregister jobs', (tx) => {
    for (const { Namespace, ID, Purge } of args.Jobs ?? []) {
      const job = tx.job(Namespace, ID);
      if (job && Purge) deleteJob(tx, { namespace: Namespace, jobId: ID });
      else if (job && !job.Stop) stopJob(tx, { namespace: Namespace, jobId: ID, nowNs, trackedVersions });
    }
    upsertEvals(tx, args.Evals ?? []);
  });
  return { JobEvals: (args.Evals ?? []).map((evaluation) => evaluation.ID), Index: index };
}
