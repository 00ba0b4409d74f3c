// SPDX-License-Identifier: MPL-2.0
// A job's status follows from its allocations and evaluations; every operation that touches those asks for it here.

import type { Job } from '@serai/api';
import { deriveJobStatus } from '#model';
import { jobKey } from '../../tables/keys.ts';
import type { Tx } from '../../tx.ts';
import { moveChild } from './job-summary.ts';

/** Status of this job as it would be stored now. */
export function statusOf(tx: Tx, job: Job, options: { collected?: boolean } = {}): Job['Status'] {
  const key = jobKey(job.Namespace, job.ID);
  return deriveJobStatus(job, tx.eachByIndex('allocs', 'job', key), tx.eachByIndex('evals', 'job', key), {
    evalsDeleted: options.collected ?? false,
  });
}

/** Jobs whose allocations or evaluations changed in one operation. */
export class TouchedJobs {
  readonly #tx: Tx;
  readonly #keys = new Map<string, { namespace: string; id: string }>();

  constructor(tx: Tx) {
    this.#tx = tx;
  }

  add(object: { readonly Namespace: string; readonly JobID: string }): void {
    this.#keys.set(jobKey(object.Namespace, object.JobID), { namespace: object.Namespace, id: object.JobID });
  }

  jobs(): Iterable<{ readonly namespace: string; readonly id: string }> {
    return this.#keys.values();
  }

  /** Writes the statuses that changed. `collected`: what is not there any more is over, not still to come. */
  apply(options: { collected?: boolean } = {}): void {
    for (const { namespace, id } of this.#keys.values()) {
      const job = this.#tx.job(namespace, id);
      if (job) refreshStatus(this.#tx, job, options);
    }
    this.#keys.clear();
  }
}

function refreshStatus(tx: Tx, job: Job, options: { collected?: boolean }): void {
  const status = statusOf(tx, job, options);
  if (status === job.Status) return;
  tx.put('jobs', { ...job, Status: status, ModifyIndex: tx.index });
  countChild(tx, job, { from: job.Status, to: status });
}

/** Tells the parent of a periodic or dispatched job. */
export function countChild(
  tx: Tx,
  job: Job,
  move: { from: string | undefined; to: string | undefined },
): void {
  if (job.ParentID !== '') moveChild(tx, { namespace: job.Namespace, id: job.ParentID }, move);
}
