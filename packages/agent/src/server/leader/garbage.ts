// SPDX-License-Identifier: MPL-2.0
// What may be collected: pure, from a snapshot and the indexes up to which things are old enough. Looking takes as long
// as there are rows, so it goes in slices: a generator that yields when others should have their turn.

import type { Allocation, Deployment, Evaluation, Job } from '@serai/api';
import {
  findTaskGroup,
  isClientTerminal,
  isParameterized,
  isServerTerminal,
  isTerminal,
  isTerminalEval,
} from '#model';
import { isTerminalDeployment, type StateReader } from '#state';
import { strayAllocs } from '../node-status.ts';
import type { IndexAtTime } from './time-table.ts';

/** Objects last changed at or before these indexes are old enough. */
export interface Cutoffs {
  readonly evals: number;
  readonly batchEvals: number;
  readonly jobs: number;
  readonly deployments: number;
  readonly nodes: number;
}

export interface DeadJob {
  readonly namespace: string;
  readonly id: string;
  /** of the row that was looked at: a job that changed since is not dead any more */
  readonly modifyIndex: number;
  readonly evals: readonly string[];
  readonly allocs: readonly string[];
}

export interface Garbage {
  readonly jobs: readonly DeadJob[];
  readonly evals: readonly string[];
  readonly allocs: readonly string[];
  readonly deployments: readonly string[];
  readonly nodes: readonly string[];
  /** stopped allocations on nodes that will not report on them: to be marked lost, so that they become garbage */
  readonly stray: readonly Allocation[];
}

/** Rows collected in one round, about; the rest waits for the next one. */
export const maxCollected = 5_000;

/** Rows looked at between two yields: a few milliseconds. */
const rowsPerSlice = 5_000;

/** All at once. */
export function findGarbage(state: StateReader, cutoffs: Cutoffs): Garbage {
  const steps = gatherGarbage(state, cutoffs);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

export function* gatherGarbage(state: StateReader, cutoffs: Cutoffs): Slices<Garbage> {
  const found = new Found();
  const jobs = yield* deadJobs(state, cutoffs.jobs, found);
  yield* collectEvals(state, cutoffs, found);
  yield* collectOrphans(state, cutoffs, found);
  const deployments = yield* oldDeployments(state, cutoffs.deployments, found);
  const nodes = yield* goneNodes(state, cutoffs.nodes, found);
  const stray = yield* strays(state, found);
  return { jobs, evals: [...found.evals], allocs: [...found.allocs], deployments, nodes, stray };
}

type Slices<T> = Generator<undefined, T, undefined>;

class Found {
  readonly evals = new Set<string>();
  readonly allocs = new Set<string>();
  /** allocations of all kinds that go in this round */
  readonly gone = new Set<string>();
  /** those of dead jobs go with their job */
  readonly ofJobs = new Set<string>();
  #count = 0;
  #looked = 0;

  /** Call for each row that is looked at; true when it is time to yield. */
  look(rows = 1): boolean {
    this.#looked += rows;
    if (this.#looked < rowsPerSlice) return false;
    this.#looked = 0;
    return true;
  }
  get isFull(): boolean {
    return this.#count >= maxCollected;
  }
  take(count: number): void {
    this.#count += count;
  }
}

/** Jobs that are over with all that belongs to them: stopped ones, and batch jobs that ran to their end. */
function* deadJobs(state: StateReader, cutoff: number, found: Found): Slices<DeadJob[]> {
  const jobs: DeadJob[] = [];
  for (const job of state.jobs()) {
    if (found.isFull) break;
    if (found.look()) yield;
    if (job.Status !== 'dead' || job.ModifyIndex > cutoff || !mayBeCollected(job)) continue;
    const evals = state.evalsByJob(job.Namespace, job.ID);
    const allocs = state.allocsByJob(job.Namespace, job.ID);
    if (found.look(evals.length + allocs.length)) yield;
    const over =
      evals.every((e) => isTerminalEval(e) && e.ModifyIndex <= cutoff) &&
      allocs.every((a) => isClientTerminal(a) && a.ModifyIndex <= cutoff);
    if (!over) continue;
    found.take(1 + evals.length + allocs.length);
    for (const { ID } of evals) found.ofJobs.add(ID);
    for (const { ID } of allocs) {
      found.ofJobs.add(ID);
      found.gone.add(ID);
    }
    jobs.push({
      namespace: job.Namespace,
      id: job.ID,
      modifyIndex: job.ModifyIndex,
      evals: evals.map(({ ID }) => ID),
      allocs: allocs.map(({ ID }) => ID),
    });
  }
  return jobs;
}

/** A service that failed everywhere is dead too, but its user has not stopped it: it stays to be seen. */
export function mayBeCollected(job: Job): boolean {
  if (job.Periodic !== null || isParameterized(job)) return job.Stop;
  return job.Stop || job.Type === 'batch' || job.Type === 'sysbatch';
}

/** An evaluation goes with all its allocations, or not at all. */
function* collectEvals(state: StateReader, cutoffs: Cutoffs, found: Found): Slices<void> {
  for (const evaluation of state.evalsByCreation()) {
    if (found.isFull) return;
    if (found.look()) yield;
    if (found.ofJobs.has(evaluation.ID)) continue;
    const cutoff = cutoffFor(evaluation.Type, cutoffs);
    if (!isTerminalEval(evaluation) || evaluation.ModifyIndex > cutoff) continue;
    const allocs = state.allocsByEval(evaluation.ID);
    if (found.look(allocs.length)) yield;
    if (!allocs.every((alloc) => isGarbage(state, alloc, cutoff))) continue;
    found.take(1 + allocs.length);
    found.evals.add(evaluation.ID);
    for (const { ID } of allocs) {
      found.allocs.add(ID);
      found.gone.add(ID);
    }
  }
}

/** Allocations whose evaluation is gone: an operator deleted it, or a round was cut short. */
function* collectOrphans(state: StateReader, cutoffs: Cutoffs, found: Found): Slices<void> {
  for (const alloc of state.allocsByCreation()) {
    if (found.isFull) return;
    if (found.look()) yield;
    if (found.gone.has(alloc.ID) || state.evaluation(alloc.EvalID)) continue;
    if (!isGarbage(state, alloc, cutoffFor(alloc.Job?.Type ?? '', cutoffs))) continue;
    found.take(1);
    found.allocs.add(alloc.ID);
    found.gone.add(alloc.ID);
  }
}

function cutoffFor(type: string, cutoffs: Cutoffs): number {
  return type === 'batch' || type === 'sysbatch' ? cutoffs.batchEvals : cutoffs.evals;
}

/** Ended, old enough, and nothing will be decided by it any more. */
export function isGarbage(state: StateReader, alloc: Allocation, cutoff: number): boolean {
  if (!isClientTerminal(alloc) || alloc.ModifyIndex > cutoff) return false;
  const job = state.job(alloc.Namespace, alloc.JobID);
  if (!job || job.Stop || job.CreateIndex !== alloc.Job?.CreateIndex) return true;
  if (job.Type === 'batch' || job.Type === 'sysbatch') return job.Version !== alloc.Job.Version;
  return isServerTerminal(alloc) || !mayBeRescheduled(alloc, job);
}

/** Its replacement takes over its history of failures: without it the delays would begin anew. */
function mayBeRescheduled(alloc: Allocation, job: Job): boolean {
  if (alloc.ClientStatus !== 'failed' || alloc.NextAllocation !== '') return false;
  const policy = findTaskGroup(job, alloc.TaskGroup)?.ReschedulePolicy;
  return policy ? policy.Unlimited || policy.Attempts > 0 : false;
}

/** Without the newest deployment of a running job a rollout that failed would begin again. */
function* oldDeployments(state: StateReader, cutoff: number, found: Found): Slices<string[]> {
  const ids: string[] = [];
  for (const deployment of state.deploymentsByCreation()) {
    if (ids.length >= maxCollected) break;
    if (found.look()) yield;
    if (deployment.ModifyIndex > cutoff || !isTerminalDeployment(deployment)) continue;
    if (decides(state, deployment)) continue;
    const allocs = state.allocsByDeployment(deployment.ID);
    const used = allocs.some((alloc) => !isTerminal(alloc) && !found.gone.has(alloc.ID));
    if (!used) ids.push(deployment.ID);
  }
  return ids;
}

function decides(state: StateReader, deployment: Deployment): boolean {
  const job = state.job(deployment.Namespace, deployment.JobID);
  if (!job || job.Stop || job.CreateIndex !== deployment.JobCreateIndex) return false;
  return job.Version === deployment.JobVersion;
}

function* goneNodes(state: StateReader, cutoff: number, found: Found): Slices<string[]> {
  const ids: string[] = [];
  for (const node of state.nodes()) {
    if (ids.length >= maxCollected) break;
    if (found.look()) yield;
    if (node.Status !== 'down' || node.ModifyIndex > cutoff) continue;
    if (state.allocsByNode(node.ID).some((a) => !isTerminal(a) && !found.gone.has(a.ID))) continue;
    ids.push(node.ID);
  }
  return ids;
}

function* strays(state: StateReader, looked: Found): Slices<Allocation[]> {
  const found: Allocation[] = [];
  const checked = new Set<string>();
  for (const alloc of state.allocsByCreation()) {
    if (found.length >= maxCollected) break;
    if (looked.look()) yield;
    if (checked.has(alloc.NodeID)) continue;
    checked.add(alloc.NodeID);
    const status = state.node(alloc.NodeID)?.Status;
    if (status === undefined || status === 'down') found.push(...strayAllocs(state, alloc.NodeID));
  }
  return found;
}

/** When which index was current, as far as rows tell: to fill the time table after a restart. */
export function* timesOf(state: StateReader): Generator<IndexAtTime> {
  const known = function* (rows: Iterable<Evaluation | Allocation>): Generator<IndexAtTime> {
    for (const { CreateIndex, CreateTime } of rows) yield { index: CreateIndex, timeMs: CreateTime / 1e6 };
  };
  yield* known(state.evalsByCreation());
  yield* known(state.allocsByCreation());
}
