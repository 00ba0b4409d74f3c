// SPDX-License-Identifier: MPL-2.0
// Operations that launch a child of a periodic job: the child, its evaluation and the memory of the launch are one write.

import type { Evaluation, Job } from '@serai/api';
import { isPeriodicActive } from '#model';
import { jobKey, recordPeriodicLaunch, type Tx, upsertEvals, upsertJob } from '#state';
import { jobEvaluation } from '../evaluations.ts';
import type { Stamp } from '../stamp.ts';
import { periodicChild } from './child-job.ts';
import { decideLaunch, handledUntilMs, type LaunchDecision } from './periodic-schedule.ts';

export interface LaunchOptions {
  /** versions kept of the child, which may be updated like any job */
  readonly trackedVersions: number;
}

/** Launches a child of the job in the name of this moment, without asking whether it is due. */
export function launchChild(
  tx: Tx,
  parent: Job,
  at: { readonly atMs: number; readonly stamp: Stamp } & LaunchOptions,
): Evaluation {
  const child = periodicChild(parent, at.atMs, at.stamp);
  const existing = tx.job(child.Namespace, child.ID);
  const evaluation = jobEvaluation(existing ?? child, { triggeredBy: 'periodic-job' }, at.stamp);
  if (existing) upsertEvals(tx, [evaluation]);
  else upsertJob(tx, { job: child, evals: [evaluation], trackedVersions: at.trackedVersions });
  recordPeriodicLaunch(tx, parent, new Date(at.atMs).toISOString());
  return tx.evaluation(evaluation.ID) ?? evaluation;
}

/** Launches or skips what is due now of this job. */
export function launchDue(
  tx: Tx,
  of: { readonly namespace: string; readonly id: string; readonly stamp: Stamp } & LaunchOptions,
): LaunchDecision {
  const job = tx.job(of.namespace, of.id);
  if (!job || !isPeriodicActive(job)) return { kind: 'never' };
  const decision = decideLaunch(job, {
    handledUntilMs: handledUntilMs(tx, job),
    nowMs: of.stamp.nowMs,
    hasLiveChild: () => hasLiveChild(tx, job),
  });
  if (decision.kind === 'launch') launchChild(tx, job, { ...of, atMs: decision.atMs });
  if (decision.kind === 'skip') recordPeriodicLaunch(tx, job, new Date(decision.atMs).toISOString());
  return decision;
}

function hasLiveChild(tx: Tx, parent: Job): boolean {
  for (const child of tx.eachByIndex('jobs', 'parent', jobKey(parent.Namespace, parent.ID))) {
    if (child.Status !== 'dead') return true;
  }
  return false;
}
