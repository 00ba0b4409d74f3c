// SPDX-License-Identifier: MPL-2.0
// Jobs: registering, stopping, purging.

import type { Deployment, Evaluation, Job, JobSubmission } from '@serai/api';
import { AppError } from '#base';
import { jobKey } from '../../tables/keys.ts';
import { jobVersionOf } from '../../tables/rows.ts';
import type { Tx } from '../../tx.ts';
import { upsertDeployment } from '../deployment-row.ts';
import { upsertEvals } from '../evaluation.ts';
import { countChild, statusOf } from './job-status.ts';
import { ensureSummary } from './job-summary.ts';
import { pruneSubmissions, pruneVersions } from './job-version.ts';
import { forgetPeriodicLaunch, syncPeriodicLaunch } from './periodic-launch.ts';
import { deleteScaling, syncScalingPolicies } from './scaling.ts';

export interface UpsertJob {
  /** Canonical and valid. Version, indexes and status are set here. */
  readonly job: Job;
  /** source text; its version and index are set here */
  readonly submission?: JobSubmission | null;
  /** Keep version and JobModifyIndex: for changes that are not of the specification (Stable, VersionTag). */
  readonly keepVersion?: boolean;
  /** refuse unless JobModifyIndex is this; 0: the job must not exist */
  readonly enforceIndex?: number;
  /** created in the same commit; their JobModifyIndex is set here */
  readonly evals?: readonly Evaluation[];
  readonly deployment?: Deployment;
  /** job_tracked_versions; default 6 */
  readonly trackedVersions?: number;
}

/** Registers a job or a new version of it. Returns the row as stored. */
export function upsertJob(tx: Tx, input: UpsertJob): Job {
  const { Namespace: namespace, ID: id } = input.job;
  const existing = tx.job(namespace, id);
  // One version of a job per index: JobModifyIndex is what check-and-set compares.
  if (existing?.JobModifyIndex === tx.index) tx.defer();
  checkIndex(existing, input.enforceIndex);
  const job = numbered(tx, existing, input);
  const stored = { ...job, Status: statusOf(tx, job) };
  tx.put('jobs', stored);
  if (!existing || !input.keepVersion) tx.put('jobVersions', jobVersionOf(stored));
  ensureSummary(tx, stored);
  if (existing?.Status !== stored.Status)
    countChild(tx, stored, { from: existing?.Status, to: stored.Status });
  syncScalingPolicies(tx, stored);
  syncPeriodicLaunch(tx, existing, stored);
  if (input.submission) putSubmission(tx, stored, input.submission);
  if (!existing || !input.keepVersion) {
    pruneVersions(tx, namespace, id, input.trackedVersions);
    pruneSubmissions(tx, namespace, id);
  }
  if (input.deployment) upsertDeployment(tx, input.deployment);
  if (input.evals) {
    upsertEvals(
      tx,
      input.evals.map((evaluation) => ({ ...evaluation, JobModifyIndex: stored.JobModifyIndex })),
    );
  }
  return tx.job(namespace, id) ?? stored;
}

function checkIndex(existing: Job | undefined, enforceIndex: number | undefined): void {
  if (enforceIndex === undefined) return;
  if (enforceIndex === 0 && existing) {
    throw new AppError('conflict', 'Enforcing job modify index 0: job already exists', { status: 500 });
  }
  if (enforceIndex !== 0 && !existing) {
    throw new AppError('conflict', `Enforcing job modify index ${enforceIndex}: job does not exist`, {
      status: 500,
    });
  }
  if (existing && existing.JobModifyIndex !== enforceIndex) {
    throw new AppError(
      'conflict',
      `Enforcing job modify index ${enforceIndex}: job exists with conflicting job modify index: ${existing.JobModifyIndex}`,
      { status: 500 },
    );
  }
}

function numbered(tx: Tx, existing: Job | undefined, input: UpsertJob): Job {
  const { index } = tx;
  if (!existing) {
    return { ...input.job, CreateIndex: index, ModifyIndex: index, JobModifyIndex: index, Version: 0 };
  }
  const keep = input.keepVersion === true;
  return {
    ...input.job,
    CreateIndex: existing.CreateIndex,
    ModifyIndex: index,
    JobModifyIndex: keep ? existing.JobModifyIndex : index,
    Version: keep ? existing.Version : existing.Version + 1,
    Stable: keep ? input.job.Stable : false,
  };
}

function putSubmission(tx: Tx, job: Job, submission: JobSubmission): void {
  tx.put('jobSubmissions', {
    ...submission,
    Namespace: job.Namespace,
    JobID: job.ID,
    Version: job.Version,
    JobModifyIndex: job.JobModifyIndex,
  });
}

export interface StopJob {
  readonly namespace: string;
  readonly jobId: string;
  readonly evals?: readonly Evaluation[];
  /** Unix nanoseconds, becomes the submit time of the stopped version */
  readonly nowNs: number;
  readonly trackedVersions?: number;
}

/** A stopped job is a new version of it with Stop set. */
export function stopJob(tx: Tx, input: StopJob): Job {
  const existing = found(tx, input.namespace, input.jobId);
  return upsertJob(tx, {
    job: { ...existing, Stop: true, SubmitTime: input.nowNs },
    ...(input.evals ? { evals: input.evals } : {}),
    ...(input.trackedVersions === undefined ? {} : { trackedVersions: input.trackedVersions }),
  });
}

export interface DeleteJob {
  readonly namespace: string;
  readonly jobId: string;
  readonly evals?: readonly Evaluation[];
}

/** Purge: the job and its history are gone; its allocations stay until they are collected. */
export function deleteJob(tx: Tx, input: DeleteJob): void {
  const { namespace, jobId } = input;
  const job = found(tx, namespace, jobId);
  if (job.JobModifyIndex === tx.index) tx.defer();
  tx.delete('jobs', jobKey(namespace, jobId));
  tx.delete('jobSummaries', jobKey(namespace, jobId));
  deleteScaling(tx, namespace, jobId);
  forgetPeriodicLaunch(tx, job);
  pruneVersions(tx, namespace, jobId);
  pruneSubmissions(tx, namespace, jobId);
  countChild(tx, job, { from: job.Status, to: undefined });
  if (input.evals) upsertEvals(tx, input.evals);
}

function found(tx: Tx, namespace: string, jobId: string): Job {
  const job = tx.job(namespace, jobId);
  if (!job) throw new AppError('not-found', `job "${jobId}" in namespace "${namespace}" not found`);
  return job;
}
