// SPDX-License-Identifier: MPL-2.0
// Allocations: what clients report, what operators ask for, what the garbage collector takes.

import type { Allocation, AllocDeploymentStatus, DesiredTransition, Evaluation } from '@serai/api';
import { AppError } from '#base';
import { desiredStatus } from '#model';
import type { Tx } from '../../tx.ts';
import { upsertEvals } from '../evaluation.ts';
import { TouchedJobs } from '../job/job-status.ts';
import { pruneSubmissions, pruneVersions } from '../job/job-version.ts';
import { AllocWriter } from './alloc-writer.ts';

export interface ClientUpdate {
  /** As the client sent them: only what the client is the authority on is taken. */
  readonly allocs: readonly Allocation[];
  /** to create in the same commit, for allocations that failed */
  readonly evals?: readonly Evaluation[];
  readonly nowNs: number;
}

/** Allocations that are gone are skipped. Returns the rows as stored. */
export function updateAllocsFromClient(tx: Tx, update: ClientUpdate): Allocation[] {
  const writer = new AllocWriter(tx, update.nowNs);
  const written: Allocation[] = [];
  for (const reported of update.allocs) {
    const existing = tx.alloc(reported.ID);
    if (!existing) continue;
    written.push(writer.put(existing, merged(tx, existing, reported), { byServer: false }));
    noteNodeIsBack(tx, existing.NodeID);
  }
  writer.finish();
  if (update.evals) upsertEvals(tx, update.evals);
  return written;
}

function merged(tx: Tx, existing: Allocation, reported: Allocation): Allocation {
  return {
    ...existing,
    ClientStatus: reported.ClientStatus,
    ClientDescription: reported.ClientDescription,
    TaskStates: reported.TaskStates,
    AllocStates: reported.AllocStates ?? existing.AllocStates,
    NetworkStatus: reported.NetworkStatus,
    DeploymentStatus: mergedHealth(tx, existing.DeploymentStatus, reported.DeploymentStatus),
  };
}

/** Of the deployment status the client may set health and its time, nothing else. */
function mergedHealth(
  tx: Tx,
  existing: AllocDeploymentStatus | null,
  reported: AllocDeploymentStatus | null,
): AllocDeploymentStatus | null {
  if (!reported) return existing;
  if (!existing) return { ...reported, ModifyIndex: tx.index };
  if (reported.Healthy === null || reported.Healthy === existing.Healthy) return existing;
  return { ...existing, Healthy: reported.Healthy, Timestamp: reported.Timestamp, ModifyIndex: tx.index };
}

/** A node that missed heartbeats is ready again only once it has reported its allocations. */
function noteNodeIsBack(tx: Tx, nodeId: string): void {
  const node = tx.node(nodeId);
  if (!node || node.LastMissedHeartbeatIndex <= node.LastAllocUpdateIndex) return;
  tx.put('nodes', { ...node, LastAllocUpdateIndex: tx.index, ModifyIndex: tx.index });
}

export interface TransitionUpdate {
  /** by allocation id; fields that are null stay as they are */
  readonly transitions: ReadonlyMap<string, DesiredTransition>;
  readonly evals?: readonly Evaluation[];
  readonly nowNs: number;
}

/** Asks the scheduler to move allocations: stop, drain, restart elsewhere. */
export function updateAllocDesiredTransition(tx: Tx, update: TransitionUpdate): void {
  const writer = new AllocWriter(tx, update.nowNs);
  for (const [id, transition] of update.transitions) {
    const existing = tx.alloc(id);
    if (!existing) continue;
    const { DesiredTransition: before } = existing;
    const after: DesiredTransition = {
      Migrate: transition.Migrate ?? before.Migrate,
      Reschedule: transition.Reschedule ?? before.Reschedule,
      ForceReschedule: transition.ForceReschedule ?? before.ForceReschedule,
      NoShutdownDelay: transition.NoShutdownDelay ?? before.NoShutdownDelay,
    };
    writer.put(existing, { ...existing, DesiredTransition: after }, { byServer: true });
  }
  writer.finish();
  if (update.evals) upsertEvals(tx, update.evals);
}

export interface StopAllocs {
  readonly ids: readonly string[];
  /** why, for the user */
  readonly description: string;
  readonly evals?: readonly Evaluation[];
  readonly nowNs: number;
}

/** Sets the desired status to stop. Those that stop already are left alone. */
export function stopAllocs(tx: Tx, stop: StopAllocs): void {
  const writer = new AllocWriter(tx, stop.nowNs);
  for (const id of stop.ids) {
    const existing = tx.alloc(id);
    if (!existing) throw new AppError('not-found', `allocation "${id}" not found`);
    if (existing.DesiredStatus !== desiredStatus.run) continue;
    const after = { ...existing, DesiredStatus: desiredStatus.stop, DesiredDescription: stop.description };
    writer.put(existing, after, { byServer: true });
  }
  writer.finish();
  if (stop.evals) upsertEvals(tx, stop.evals);
}

/** Garbage collection. Counts in job summaries stay; job versions nobody refers to any more go. */
export function deleteAllocs(tx: Tx, ids: readonly string[]): void {
  const touched = new TouchedJobs(tx);
  for (const id of ids) {
    const alloc = tx.alloc(id);
    if (!alloc) continue;
    tx.delete('allocs', id);
    touched.add(alloc);
  }
  for (const { namespace, id } of touched.jobs()) {
    pruneVersions(tx, namespace, id);
    pruneSubmissions(tx, namespace, id);
  }
  touched.apply({ collected: true });
}
