// SPDX-License-Identifier: MPL-2.0
// Evaluations: requests to reconcile a job.

import type { Evaluation } from '@serai/api';
import type { Tx } from '../tx.ts';
import { TouchedJobs } from './job/job-status.ts';
import { setQueued } from './job/job-summary.ts';

/**
 * Writes evaluations as given, with their indexes. One that completed and placed everything cancels the job's blocked
 * ones: there is nothing left to wait for.
 */
export function upsertEvals(tx: Tx, evals: readonly Evaluation[]): void {
  const jobs = new TouchedJobs(tx);
  for (const evaluation of evals) {
    const existing = tx.evaluation(evaluation.ID);
    tx.put('evals', {
      ...evaluation,
      CreateIndex: existing?.CreateIndex ?? tx.index,
      CreateTime: existing?.CreateTime ?? evaluation.CreateTime,
      ModifyIndex: tx.index,
    });
    setQueued(tx, evaluation);
    if (placedEverything(evaluation)) cancelBlocked(tx, evaluation, existing);
    jobs.add(evaluation);
  }
  jobs.apply();
}

function placedEverything(evaluation: Evaluation): boolean {
  return evaluation.Status === 'complete' && Object.keys(evaluation.FailedTGAllocs ?? {}).length === 0;
}

/** One that waited for a node (system jobs) looked at that node alone: those of other nodes go on waiting. */
function cancelBlocked(tx: Tx, by: Evaluation, existing: Evaluation | undefined): void {
  const onlyNode = existing?.Status === 'blocked' ? by.NodeID : '';
  for (const blocked of [...tx.evalsByJob(by.Namespace, by.JobID)]) {
    if (blocked.Status !== 'blocked' || blocked.ID === by.ID) continue;
    if (onlyNode !== '' && blocked.NodeID !== onlyNode) continue;
    tx.put('evals', {
      ...blocked,
      Status: 'canceled',
      StatusDescription: `evaluation "${by.ID}" successful`,
      ModifyIndex: tx.index,
      ModifyTime: by.ModifyTime,
    });
  }
}

/** Garbage collection; ids that are gone already don't matter. A job left without any is dead. */
export function deleteEvals(tx: Tx, ids: readonly string[]): void {
  const jobs = new TouchedJobs(tx);
  for (const id of ids) {
    const evaluation = tx.evaluation(id);
    if (!evaluation) continue;
    tx.delete('evals', id);
    jobs.add(evaluation);
  }
  jobs.apply({ collected: true });
}
