// SPDX-License-Identifier: MPL-2.0
// Which jobs must be looked at when a node changed.

import type { Evaluation, Job, Node } from '@serai/api';
import type { Clock, Random } from '#base';
import { isSystemLike } from '#model';
import type { StateReader } from '#state';
import { newEvaluation } from './evaluations.ts';

/** One evaluation for each job that has allocations on the node, and for each system job that could get one there. */
export function nodeEvaluations(
  state: StateReader,
  node: Node,
  deps: { random: Random; clock: Clock; triggeredBy?: string },
): Evaluation[] {
  const jobs = new Map<string, Pick<Job, 'Namespace' | 'ID' | 'Priority' | 'Type'>>();
  for (const alloc of state.allocsByNode(node.ID)) {
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
        TriggeredBy: deps.triggeredBy ?? 'node-update',
        JobID: job.ID,
        NodeID: node.ID,
        NodeModifyIndex: state.index,
      },
      deps,
    ),
  );
}

/** Status of a node that went silent: `disconnected` when one of its running allocations may wait for it. */
export function silentStatus(state: StateReader, node: Node): 'down' | 'disconnected' {
  for (const alloc of state.allocsByNode(node.ID)) {
    if (alloc.DesiredStatus !== 'run' || alloc.ClientStatus !== 'running') continue;
    const group = alloc.Job?.TaskGroups?.find((g) => g.Name === alloc.TaskGroup);
    if (group?.MaxClientDisconnect || group?.Disconnect?.LostAfter) return 'disconnected';
  }
  return 'down';
}
