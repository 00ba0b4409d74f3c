// SPDX-License-Identifier: MPL-2.0
// Which jobs must be looked at when a node changed.

import type { Allocation, Evaluation, Job, Node } from '@serai/api';
import { equalObjects, isSystemLike, isTerminal } from '#model';
import type { StateReader } from '#state';
import { newEvaluation } from './evaluations.ts';
import type { Stamp } from './stamp.ts';

/** One evaluation for each job that has allocations on the node, and for each system job that could get one there. */
export function nodeEvaluations(state: StateReader, node: Node, stamp: Stamp): Evaluation[] {
  const jobs = new Map<string, Pick<Job, 'Namespace' | 'ID' | 'Priority' | 'Type'>>();
  for (const alloc of state.allocsByNode(node.ID)) {
    if (isTerminal(alloc)) continue;
    const key = `${alloc.Namespace}\u0000${alloc.JobID}`;
    if (jobs.has(key)) continue;
    // The job may be purged; then its allocations still have to be stopped.
    const job = state.job(alloc.Namespace, alloc.JobID) ?? alloc.Job;
    if (job) jobs.set(key, job);
  }
  for (const job of state.jobs()) {
    if (isSystemLike(job.Type) && !job.Stop) jobs.set(`${job.Namespace}\u0000${job.ID}`, job);
  }
  return [...jobs.values()].map((job) =>
    newEvaluation(
      {
        Namespace: job.Namespace,
        Priority: job.Priority,
        Type: job.Type,
        TriggeredBy: 'node-update',
        JobID: job.ID,
        NodeID: node.ID,
        NodeModifyIndex: state.index,
      },
      stamp,
    ),
  );
}

/** Capacity or reachability comes or goes with this transition: jobs must be looked at. */
export function needsEvaluation(before: string | undefined, after: string): boolean {
  if (before === after) return false;
  if (after === 'down' || after === 'disconnected' || after === 'ready') return true;
  // Back from silence: allocations that were lost or unknown may run there still.
  return after === 'initializing' && (before === 'down' || before === 'disconnected');
}

/** What a scheduler sees of the node is another: it may fit other jobs now. */
export function offersOther(before: Node, after: Node): boolean {
  return (
    before.ComputedClass !== after.ComputedClass ||
    !equalObjects(before.NodeResources, after.NodeResources) ||
    !equalObjects(before.ReservedResources, after.ReservedResources)
  );
}

/** Ready, eligible and not draining. */
export function acceptsAllocs(node: Node): boolean {
  return node.Status === 'ready' && node.SchedulingEligibility === 'eligible' && node.DrainStrategy === null;
}

/** Status of a node that went silent: `disconnected` while one of its allocations may still wait for it. */
export function silentStatus(state: StateReader, node: Node, nowMs: number): 'down' | 'disconnected' {
  const waits = state.allocsByNode(node.ID).some((alloc) => mayReturn(alloc, nowMs));
  return waits ? 'disconnected' : 'down';
}

function mayReturn(alloc: Allocation, nowMs: number): boolean {
  if (alloc.DesiredStatus !== 'run') return false;
  const group = alloc.Job?.TaskGroups?.find((candidate) => candidate.Name === alloc.TaskGroup);
  const lostAfterMs = (group?.Disconnect?.LostAfter || group?.MaxClientDisconnect || 0) / 1e6;
  if (lostAfterMs <= 0) return false;
  if (alloc.ClientStatus === 'running') return true;
  if (alloc.ClientStatus !== 'unknown') return false;
  const since = alloc.AllocStates?.findLast((state) => state.Value === 'unknown')?.Time;
  return since !== undefined && nowMs < Date.parse(since) + lostAfterMs;
}
