// SPDX-License-Identifier: MPL-2.0
// What may be collected: pure, from a snapshot and the indexes up to which things are old enough.

import type { Evaluation, Job } from '@serai/api';
import { isClientTerminal, isTerminal, isTerminalEval } from '#model';
import type { StateReader } from '#state';

/** Objects last changed at or before these indexes are old enough. */
export interface Cutoffs {
  readonly evals: number;
  readonly batchEvals: number;
  readonly jobs: number;
  readonly deployments: number;
  readonly nodes: number;
}

export interface Garbage {
  readonly evals: readonly string[];
  readonly allocs: readonly string[];
  readonly jobs: readonly { readonly namespace: string; readonly id: string }[];
  readonly deployments: readonly string[];
  readonly nodes: readonly string[];
}

/** Objects collected in one round; the rest waits for the next one. */
export const maxCollected = 5_000;

export function findGarbage(state: StateReader, cutoffs: Cutoffs): Garbage {
  const evals = new Set<string>();
  const allocs = new Set<string>();
  const jobs = deadJobs(state, cutoffs.jobs, { evals, allocs });
  collectEvals(state, cutoffs, { evals, allocs });
  return {
    evals: [...evals].slice(0, maxCollected),
    allocs: [...allocs].slice(0, maxCollected),
    jobs,
    deployments: oldDeployments(state, cutoffs.deployments, allocs),
    nodes: goneNodes(state, cutoffs.nodes, allocs),
  };
}

interface Found {
  readonly evals: Set<string>;
  readonly allocs: Set<string>;
}

/** Jobs that are over with all that belongs to them: stopped ones, and batch jobs that ran to their end. */
function deadJobs(state: StateReader, cutoff: number, found: Found): Garbage['jobs'] {
  const jobs: { namespace: string; id: string }[] = [];
  for (const job of state.jobs()) {
    if (job.Status !== 'dead' || job.ModifyIndex > cutoff || !mayBeCollected(job)) continue;
    const evals = state.evalsByJob(job.Namespace, job.ID);
    const allocs = state.allocsByJob(job.Namespace, job.ID);
    const over =
      evals.every((e) => isTerminalEval(e) && e.ModifyIndex <= cutoff) &&
      allocs.every((a) => isTerminal(a) && isClientTerminal(a) && a.ModifyIndex <= cutoff);
    if (!over) continue;
    for (const evaluation of evals) found.evals.add(evaluation.ID);
    for (const alloc of allocs) found.allocs.add(alloc.ID);
    jobs.push({ namespace: job.Namespace, id: job.ID });
    if (jobs.length >= maxCollected) break;
  }
  return jobs;
}

/** A service that failed everywhere is dead too, but its user has not stopped it: it stays to be seen. */
function mayBeCollected(job: Job): boolean {
  if (job.Periodic !== null || (job.ParameterizedJob !== null && !job.Dispatched)) return job.Stop;
  return job.Stop || job.Type === 'batch' || job.Type === 'sysbatch';
}

function collectEvals(state: StateReader, cutoffs: Cutoffs, found: Found): void {
  for (const evaluation of state.evalsByCreation()) {
    if (found.evals.size >= maxCollected) return;
    const cutoff = evaluation.Type === 'batch' ? cutoffs.batchEvals : cutoffs.evals;
    if (!isTerminalEval(evaluation) || evaluation.ModifyIndex > cutoff) continue;
    const allocs = state.allocsByEval(evaluation.ID);
    if (!allocs.every((alloc) => isClientTerminal(alloc) && alloc.ModifyIndex <= cutoff)) continue;
    if (allocs.length > 0 && keepsBatchHistory(state, evaluation)) continue;
    found.evals.add(evaluation.ID);
    for (const alloc of allocs) found.allocs.add(alloc.ID);
  }
}

/** The allocations of a batch job tell that it ran already; without them it would run again. */
function keepsBatchHistory(state: StateReader, evaluation: Evaluation): boolean {
  if (evaluation.Type !== 'batch' && evaluation.Type !== 'sysbatch') return false;
  const job = state.job(evaluation.Namespace, evaluation.JobID);
  return job !== undefined && !job.Stop && job.Status !== 'dead';
}

function oldDeployments(state: StateReader, cutoff: number, allocs: ReadonlySet<string>): string[] {
  const ids: string[] = [];
  for (const deployment of state.deploymentsByCreation()) {
    if (deployment.ModifyIndex > cutoff || isActiveDeployment(deployment.Status)) continue;
    const used = state.allocsByDeployment(deployment.ID).some((a) => !isTerminal(a) && !allocs.has(a.ID));
    if (!used) ids.push(deployment.ID);
    if (ids.length >= maxCollected) break;
  }
  return ids;
}

export function isActiveDeployment(status: string): boolean {
  return ['initializing', 'running', 'paused', 'blocked', 'unblocking', 'pending'].includes(status);
}

function goneNodes(state: StateReader, cutoff: number, allocs: ReadonlySet<string>): string[] {
  const ids: string[] = [];
  for (const node of state.nodes()) {
    if (node.Status !== 'down' || node.ModifyIndex > cutoff) continue;
    if (state.allocsByNode(node.ID).some((a) => !isTerminal(a) && !allocs.has(a.ID))) continue;
    ids.push(node.ID);
    if (ids.length >= maxCollected) break;
  }
  return ids;
}
