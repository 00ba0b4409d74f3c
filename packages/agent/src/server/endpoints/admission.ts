// SPDX-License-Identifier: MPL-2.0
// What a submitted job goes through before it is stored: defaults, validation, rules of the cluster.

import type { Job, Job_Register } from '@serai/api';
import { AppError } from '#base';
import { canonicalizeJob, formatErrors, validateJob, validateJobUpdate } from '#model';
import type { ServerContext } from '../context.ts';
import type { Args } from './endpoint.ts';
import { namespaceOf } from './query.ts';

/** Text of the refusal while the operator has closed the door. */
export const registrationDisabled =
  'Job registration, dispatch, and scale are disabled by the scheduler configuration';

export function admitJob(
  context: ServerContext,
  args: Args<typeof Job_Register>,
): { job: Job; warnings: readonly string[] } {
  if (!args.Job) throw new AppError('invalid', 'missing job for registration');
  checkRegistrationAllowed(context);
  checkEvalPriority(args.EvalPriority);
  return admitSpecification(context, args.Job, args.Namespace);
}

export function checkRegistrationAllowed(context: ServerContext): void {
  const { RejectJobRegistration: rejects } = context.store.snapshot().schedulerConfig();
  if (rejects) throw new AppError('denied', registrationDisabled);
}

/** 0 means "the job's own". */
export function checkEvalPriority(priority: number): void {
  if (priority === 0 || (priority >= 1 && priority <= 100)) return;
  throw new AppError('invalid', `eval priority must be between 1 and 100 inclusively; got ${priority}`);
}

/** Defaults and rules alone: also for a job that is only planned. */
export function admitSpecification(
  context: ServerContext,
  submitted: Job,
  namespace: string,
): { job: Job; warnings: readonly string[] } {
  const job = withDefaults(context, submitted);
  checkTotalCount(job, context.options.jobMaxCount);
  // What is authorized is the request's namespace: it must be the one that is written to.
  if (namespaceOf({ Namespace: namespace }) !== job.Namespace) {
    throw new AppError(
      'invalid',
      `mismatched request namespace: the request is for ${JSON.stringify(namespaceOf({ Namespace: namespace }))}, the job for ${JSON.stringify(job.Namespace)}`,
    );
  }
  const checked = checkJob(context, job);
  if (checked.errors.length > 0) {
    throw new AppError('invalid', formatErrors(checked.errors), { status: 500 });
  }
  return { job, warnings: checked.warnings };
}

/** What a user may leave out; secrets and fields that only servers set are dropped. */
function withDefaults(context: ServerContext, submitted: Job): Job {
  const job = canonicalizeJob(submitted, {
    region: context.options.region,
    namespace: 'default',
    nodePool:
      context.store.snapshot().namespace(submitted.Namespace)?.NodePoolConfiguration?.Default ?? 'default',
  });
  return { ...job, ConsulToken: '', VaultToken: '' };
}

/** What only servers say about a job is not taken from its user, but from the stored one. */
export function withServerFields(job: Job, existing: Job | undefined): Job {
  return {
    ...job,
    ParentID: existing?.ParentID ?? '',
    Dispatched: existing?.Dispatched ?? false,
    DispatchIdempotencyToken: existing?.DispatchIdempotencyToken ?? '',
    Status: '',
    StatusDescription: '',
    Stable: false,
    VersionTag: null,
  };
}

/** 0: no limit. */
export function checkTotalCount(job: Job, jobMaxCount: number): void {
  const total = (job.TaskGroups ?? []).reduce((sum, group) => sum + group.Count, 0);
  if (jobMaxCount === 0 || total <= jobMaxCount) return;
  throw new AppError(
    'invalid',
    `total count was greater than configured job_max_count: ${total} > ${jobMaxCount}`,
  );
}

export function checkJob(
  context: ServerContext,
  submitted: Job,
): { errors: readonly string[]; warnings: readonly string[] } {
  const snapshot = context.store.snapshot();
  const job = withDefaults(context, submitted);
  const { errors, warnings } = validateJob(job, {
    maxPriority: context.options.jobMaxPriority,
    memoryOversubscription: snapshot.schedulerConfig().MemoryOversubscriptionEnabled,
  });
  const all = [...errors, ...validateJobUpdate(snapshot.job(job.Namespace, job.ID), job)];
  if (!snapshot.namespace(job.Namespace)) {
    all.push(`job ${JSON.stringify(job.ID)} is in nonexistent namespace ${JSON.stringify(job.Namespace)}`);
  }
  if (job.NodePool !== '' && !snapshot.nodePool(job.NodePool)) {
    all.push(`job ${JSON.stringify(job.ID)} is in nonexistent node pool ${JSON.stringify(job.NodePool)}`);
  }
  if (job.Multiregion && (job.Multiregion.Regions?.length ?? 0) > 0) {
    all.push('Multiregion jobs are unlicensed: submit the job to each region instead');
  }
  if (job.Region !== 'global' && job.Region !== context.options.region) {
    all.push(
      `job region ${JSON.stringify(job.Region)} is not this region (${JSON.stringify(context.options.region)})`,
    );
  }
  return { errors: all, warnings };
}
