// SPDX-License-Identifier: MPL-2.0
// History of a job. Kept: the newest versions, the newest stable one (to revert to) and those that allocations refer to.

import type { Job } from '@serai/api';
import { jobVersionKey, jobVersionsPrefix, submissionKey } from '../../tables/keys.ts';
import { type JobVersion, jobVersionOf } from '../../tables/rows.ts';
import type { Tx } from '../../tx.ts';

/** Versions kept of each job (job_tracked_versions). */
export const trackedVersions = 6;

/** The stored version that an allocation of this job refers to; written now when it is gone (the job was purged). */
export function storedVersion(tx: Tx, job: Job): Job {
  const existing = tx.get('jobVersions', jobVersionKey(job));
  if (existing) return existing.Job;
  const row = jobVersionOf(job);
  tx.put('jobVersions', row);
  return row.Job;
}

/** Deletes versions (and their source) that are neither tracked nor referred to. */
export function pruneVersions(tx: Tx, namespace: string, jobId: string, tracked = trackedVersions): void {
  const rows = tx.jobVersionRows(namespace, jobId);
  const kept = keptVersions(tx.job(namespace, jobId), rows, tracked);
  const candidates = rows.filter((row) => !kept.has(row));
  if (candidates.length === 0) return;
  const used = new Set<string>();
  for (const { Job: job } of tx.allocsByJob(namespace, jobId)) if (job) used.add(jobVersionKey(job));
  for (const row of candidates) {
    const key = jobVersionKey(row.Job);
    if (!used.has(key)) tx.delete('jobVersions', key);
  }
}

function keptVersions(job: Job | undefined, rows: readonly JobVersion[], tracked: number): Set<JobVersion> {
  if (!job) return new Set();
  const own = rows.filter((row) => row.Job.CreateIndex === job.CreateIndex);
  const kept = new Set(own.slice(-tracked));
  const stable = own.findLast((row) => row.Stable);
  if (stable && !kept.has(stable)) {
    // The oldest makes room for it.
    const oldest = own.at(-tracked);
    if (oldest) kept.delete(oldest);
    kept.add(stable);
  }
  return kept;
}

/** The source text of versions that are not listed any more. */
export function pruneSubmissions(tx: Tx, namespace: string, jobId: string): void {
  const job = tx.job(namespace, jobId);
  for (const submission of tx.jobSubmissions(namespace, jobId)) {
    const version = {
      Namespace: namespace,
      ID: jobId,
      CreateIndex: job?.CreateIndex ?? -1,
      Version: submission.Version,
    };
    if (job && tx.get('jobVersions', jobVersionKey(version))) continue;
    tx.delete('jobSubmissions', submissionKey(namespace, jobId, submission.Version));
  }
}

/** Marks a version stable or not; false: there is no such version. */
export function setStable(
  tx: Tx,
  version: { readonly namespace: string; readonly jobId: string; readonly version: number },
  stable: boolean,
): boolean {
  const job = tx.job(version.namespace, version.jobId);
  if (!job) return false;
  const prefix = jobVersionsPrefix(version.namespace, version.jobId, job.CreateIndex);
  const row = [...tx.list('jobVersions', { prefix })].find(({ Job }) => Job.Version === version.version);
  if (!row) return false;
  if (row.Stable !== stable) tx.put('jobVersions', jobVersionOf(row.Job, stable));
  if (job.Version === version.version && job.Stable !== stable) {
    tx.put('jobs', { ...job, Stable: stable, ModifyIndex: tx.index });
  }
  return true;
}
