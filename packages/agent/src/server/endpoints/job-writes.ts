// SPDX-License-Identifier: MPL-2.0
// Job.*: registering, stopping, evaluating, reverting.

import {
  type Evaluation,
  type Job,
  Job_BatchDeregister,
  Job_Deregister,
  Job_Evaluate,
  Job_Register,
  Job_Revert,
  Job_Stable,
  Job_Validate,
} from '@serai/api';
import { AppError, must } from '#base';
import { formatErrors, formatWarnings, isParameterized, isPeriodic, jobSpecChanged } from '#model';
import {
  deleteJob,
  setStable,
  stopJob,
  type Tx,
  updateAllocDesiredTransition,
  upsertEvals,
  upsertJob,
} from '#state';
import type { ServerContext } from '../context.ts';
import { newEvaluation } from '../evaluations.ts';
import { admitJob, checkJob } from './admission.ts';
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
    endpoint(Job_Evaluate, writes('submit-job'), (args) => evaluate(context, args)),
    endpoint(Job_Revert, writes('submit-job'), (args) => revert(context, args)),
    endpoint(Job_Stable, writes('submit-job'), (args) => markStable(context, args)),
  ];
}

/** A template that is launched later gets no evaluation of its own. */
function needsEvaluation(job: Job): boolean {
  return !isPeriodic(job) && !isParameterized(job);
}

function jobEvaluation(
  context: ServerContext,
  job: Pick<Job, 'Namespace' | 'ID' | 'Priority' | 'Type'>,
  fields: { triggeredBy: string; priority?: number },
): Evaluation {
  return newEvaluation(
    {
      Namespace: job.Namespace,
      Priority: fields.priority && fields.priority > 0 ? fields.priority : job.Priority,
      Type: job.Type,
      TriggeredBy: fields.triggeredBy,
      JobID: job.ID,
    },
    context,
  );
}

async function register(
  context: ServerContext,
  args: Args<typeof Job_Register>,
): Promise<Reply<typeof Job_Register>> {
  const { job, warnings } = admitJob(context, args);
  const submitted: Job = { ...job, SubmitTime: context.clock.nowNs(), Status: '', StatusDescription: '' };
  const evals = needsEvaluation(job)
    ? [jobEvaluation(context, job, { triggeredBy: 'job-register', priority: args.EvalPriority })]
    : [];
  const { index, result } = await context.writes.write('register job', (tx) => {
    const wanted = args.PreserveCounts ? withCountsOf(tx.job(job.Namespace, job.ID), submitted) : submitted;
    const existing = tx.job(job.Namespace, job.ID);
    // The same specification again is no new version; it is only evaluated again.
    if (existing && !args.EnforceIndex && !jobSpecChanged(existing, wanted)) {
      upsertEvals(
        tx,
        evals.map((evaluation) => ({ ...evaluation, JobModifyIndex: existing.JobModifyIndex })),
      );
      return { job: existing };
    }
    const stored = upsertJob(tx, {
      job: wanted,
      submission: args.Submission,
      evals,
      trackedVersions: context.options.jobTrackedVersions,
      ...(args.EnforceIndex ? { enforceIndex: args.JobModifyIndex } : {}),
    });
    return { job: stored };
  });
  return {
    EvalID: evals[0]?.ID ?? '',
    EvalCreateIndex: evals.length > 0 ? index : 0,
    JobModifyIndex: result.job.JobModifyIndex,
    Warnings: formatWarnings(warnings),
    ...metaAt(index),
  };
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
  const namespace = namespaceOf(args);
  const job = context.store.snapshot().job(namespace, args.JobID);
  checkEvalPriority(args.EvalPriority);
  const evals = !job || needsEvaluation(job) ? [deregisterEvaluation(context, { namespace, job, args })] : [];
  const nowNs = context.clock.nowNs();
  const { index } = await context.writes.write('deregister job', (tx) => {
    const existing = tx.job(namespace, args.JobID);
    if (!existing) {
      upsertEvals(tx, evals);
      return;
    }
    if (args.Purge) deleteJob(tx, { namespace, jobId: args.JobID, evals });
    else
      stopJob(tx, {
        namespace,
        jobId: args.JobID,
        evals,
        nowNs,
        trackedVersions: context.options.jobTrackedVersions,
      });
    if (args.NoShutdownDelay) skipShutdownDelay(tx, { namespace, jobId: args.JobID, nowNs });
  });
  return {
    EvalID: evals[0]?.ID ?? '',
    EvalCreateIndex: evals.length > 0 ? index : 0,
    JobModifyIndex: index,
    VolumeEvalID: '',
    VolumeEvalIndex: 0,
    ...metaAt(index),
  };
}

function deregisterEvaluation(
  context: ServerContext,
  of: { namespace: string; job: Job | undefined; args: Args<typeof Job_Deregister> },
): Evaluation {
  const { namespace, job, args } = of;
  const target = job ?? {
    Namespace: namespace,
    ID: args.JobID,
    Priority: context.options.jobDefaultPriority,
    // Allocations of a purged job are stopped by any scheduler.
    Type: 'service',
  };
  return jobEvaluation(context, target, { triggeredBy: 'job-deregister', priority: args.EvalPriority });
}

function skipShutdownDelay(tx: Tx, of: { namespace: string; jobId: string; nowNs: number }): void {
  const transition = { Migrate: null, Reschedule: null, ForceReschedule: null, NoShutdownDelay: true };
  const ids = tx.allocsByJob(of.namespace, of.jobId).map((alloc) => alloc.ID);
  updateAllocDesiredTransition(tx, {
    transitions: new Map(ids.map((id) => [id, transition])),
    nowNs: of.nowNs,
  });
}

/** 0 means "the job's own". */
function checkEvalPriority(priority: number): void {
  if (priority === 0 || (priority >= 1 && priority <= 100)) return;
  throw new AppError('invalid', `eval priority must be between 1 and 100 inclusively; got ${priority}`);
}

async function batchDeregister(
  context: ServerContext,
  args: Args<typeof Job_BatchDeregister>,
): Promise<Reply<typeof Job_BatchDeregister>> {
  const nowNs = context.clock.nowNs();
  const { index } = await context.writes.write('deregister jobs', (tx) => {
    for (const { Namespace, ID, Purge } of args.Jobs ?? []) {
      if (!tx.job(Namespace, ID)) continue;
      if (Purge) deleteJob(tx, { namespace: Namespace, jobId: ID });
      else stopJob(tx, { namespace: Namespace, jobId: ID, nowNs });
    }
    upsertEvals(tx, args.Evals ?? []);
  });
  return { JobEvals: (args.Evals ?? []).map((evaluation) => evaluation.ID), Index: index };
}

async function evaluate(
  context: ServerContext,
  args: Args<typeof Job_Evaluate>,
): Promise<Reply<typeof Job_Evaluate>> {
  const namespace = namespaceOf(args);
  const job = context.store.snapshot().job(namespace, args.JobID);
  if (!job) throw new AppError('not-found', 'job not found');
  if (isPeriodic(job)) throw new AppError('internal', "can't evaluate periodic job");
  if (isParameterized(job)) throw new AppError('internal', "can't evaluate parameterized job");
  const evaluation = jobEvaluation(context, job, { triggeredBy: 'job-register' });
  const nowNs = context.clock.nowNs();
  const { index } = await context.writes.write('evaluate job', (tx) => {
    if (args.EvalOptions.ForceReschedule) forceReschedule(tx, { namespace, jobId: job.ID, nowNs });
    upsertEvals(tx, [{ ...evaluation, JobModifyIndex: job.JobModifyIndex }]);
  });
  return {
    EvalID: evaluation.ID,
    EvalCreateIndex: index,
    JobModifyIndex: job.JobModifyIndex,
    Warnings: '',
    ...metaAt(index),
  };
}

function forceReschedule(tx: Tx, of: { namespace: string; jobId: string; nowNs: number }): void {
  const transition = { Migrate: null, Reschedule: null, ForceReschedule: true, NoShutdownDelay: null };
  const failed = tx
    .allocsByJob(of.namespace, of.jobId)
    .filter(
      (alloc) =>
        alloc.ClientStatus === 'failed' && alloc.DesiredStatus === 'run' && alloc.NextAllocation === '',
    );
  updateAllocDesiredTransition(tx, {
    transitions: new Map(failed.map((alloc) => [alloc.ID, transition])),
    nowNs: of.nowNs,
  });
}

async function revert(
  context: ServerContext,
  args: Args<typeof Job_Revert>,
): Promise<Reply<typeof Job_Revert>> {
  const namespace = namespaceOf(args);
  const snapshot = context.store.snapshot();
  const current = snapshot.job(namespace, args.JobID);
  if (!current)
    throw new AppError('not-found', `job ${JSON.stringify(args.JobID)} not found`, { status: 500 });
  if (args.JobVersion === current.Version) {
    throw new AppError('invalid', `can't revert to current version`, { status: 500 });
  }
  const target = snapshot.jobVersion(namespace, args.JobID, args.JobVersion);
  if (!target) {
    const text = `job ${JSON.stringify(args.JobID)} in namespace ${JSON.stringify(namespace)} at version ${args.JobVersion} not found`;
    throw new AppError('not-found', text, { status: 500 });
  }
  const nowNs = context.clock.nowNs();
  const evals = needsEvaluation(target)
    ? [jobEvaluation(context, target, { triggeredBy: 'job-register' })]
    : [];
  const { index, result } = await context.writes.write('revert job', (tx) => {
    const now = tx.job(namespace, args.JobID);
    if (args.EnforcePriorVersion !== null && now?.Version !== args.EnforcePriorVersion) {
      const text = `Enforcing job version ${args.EnforcePriorVersion}: current version is ${now?.Version ?? 'none'}`;
      throw new AppError('conflict', text, { status: 500 });
    }
    return upsertJob(tx, {
      job: { ...target, Stable: false, Stop: false, VersionTag: null, SubmitTime: nowNs },
      submission: tx.jobSubmission(namespace, args.JobID, args.JobVersion) ?? null,
      evals,
      trackedVersions: context.options.jobTrackedVersions,
    });
  });
  return {
    EvalID: evals[0]?.ID ?? '',
    EvalCreateIndex: evals.length > 0 ? index : 0,
    JobModifyIndex: result.JobModifyIndex,
    Warnings: '',
    ...metaAt(index),
  };
}

async function markStable(
  context: ServerContext,
  args: Args<typeof Job_Stable>,
): Promise<Reply<typeof Job_Stable>> {
  const of = { namespace: namespaceOf(args), jobId: args.JobID, version: args.JobVersion };
  const { index, result } = await context.writes.write('mark job stable', (tx) =>
    setStable(tx, of, args.Stable),
  );
  if (result === false) {
    throw new AppError('not-found', `job ${JSON.stringify(args.JobID)} has no version ${args.JobVersion}`, {
      status: 500,
    });
  }
  return { Index: index };
}
