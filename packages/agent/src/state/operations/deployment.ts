// SPDX-License-Identifier: MPL-2.0
// Deployments: progress of a rolling update.

import {
  type AllocDeploymentStatus,
  type Deployment,
  type DeploymentState,
  type DeploymentStatusUpdate,
  type Evaluation,
  type Job,
  zeroTime,
} from '@serai/api';
import { AppError } from '#base';
import type { Tx } from '../tx.ts';
import { AllocWriter } from './alloc/alloc-writer.ts';
import { upsertEvals } from './evaluation.ts';
import { upsertJob } from './job/job.ts';
import { setStable } from './job/job-version.ts';
import { isoOf, isoPlus } from './timestamp.ts';

/** Nothing changes any more. */
export function isTerminalDeployment({ Status }: Pick<Deployment, 'Status'>): boolean {
  return Status === 'failed' || Status === 'successful' || Status === 'cancelled';
}

function changeable(tx: Tx, id: string): Deployment {
  const deployment = tx.deployment(id);
  if (!deployment) throw new AppError('not-found', `deployment "${id}" not found`);
  if (isTerminalDeployment(deployment)) {
    throw new AppError('conflict', `deployment "${id}" has terminal status "${deployment.Status}"`);
  }
  return deployment;
}

/** A deployment that succeeded makes its job version stable. */
export function writeDeploymentStatus(tx: Tx, update: DeploymentStatusUpdate): void {
  const deployment = changeable(tx, update.DeploymentID);
  tx.put('deployments', {
    ...deployment,
    Status: update.Status,
    StatusDescription: update.StatusDescription,
    ModifyIndex: tx.index,
  });
  if (update.Status !== 'successful') return;
  const { Namespace: namespace, JobID: jobId, JobVersion: version } = deployment;
  setStable(tx, { namespace, jobId, version }, true);
}

export interface DeploymentFollowUp {
  /** to register in the same commit: the version an automatic revert goes back to */
  readonly job?: Job;
  readonly evals?: readonly Evaluation[];
}

export function updateDeploymentStatus(
  tx: Tx,
  update: DeploymentFollowUp & { readonly update: DeploymentStatusUpdate },
): void {
  writeDeploymentStatus(tx, update.update);
  followUp(tx, update);
}

function followUp(tx: Tx, { job, evals }: DeploymentFollowUp): void {
  if (job) upsertJob(tx, { job });
  if (evals) upsertEvals(tx, evals);
}

export interface AllocHealth extends DeploymentFollowUp {
  readonly deploymentId: string;
  readonly healthy: readonly string[];
  readonly unhealthy: readonly string[];
  /** RFC 3339 */
  readonly timestamp: string;
  readonly nowNs: number;
  readonly update?: DeploymentStatusUpdate;
}

/** Health as an operator or the deployment watcher sets it. */
export function updateDeploymentAllocHealth(tx: Tx, health: AllocHealth): void {
  changeable(tx, health.deploymentId);
  const writer = new AllocWriter(tx, health.nowNs);
  for (const [ids, healthy] of [
    [health.healthy, true],
    [health.unhealthy, false],
  ] as const) {
    for (const id of ids) setHealth(tx, writer, { id, healthy, health });
  }
  writer.finish();
  if (health.update) writeDeploymentStatus(tx, health.update);
  followUp(tx, health);
}

function setHealth(
  tx: Tx,
  writer: AllocWriter,
  { id, healthy, health }: { id: string; healthy: boolean; health: AllocHealth },
): void {
  const alloc = tx.alloc(id);
  if (!alloc) throw new AppError('not-found', `unknown alloc "${id}"`);
  if (alloc.DeploymentID !== health.deploymentId) {
    throw new AppError('invalid', `alloc "${id}" not part of deployment "${health.deploymentId}"`);
  }
  const status: AllocDeploymentStatus = {
    Canary: alloc.DeploymentStatus?.Canary ?? false,
    Healthy: healthy,
    Timestamp: health.timestamp,
    ModifyIndex: tx.index,
  };
  writer.put(alloc, { ...alloc, DeploymentStatus: status }, { byServer: true });
}

export interface Promotion {
  readonly deploymentId: string;
  /** undefined: all groups that have canaries */
  readonly groups?: readonly string[];
  readonly evals?: readonly Evaluation[];
  readonly nowNs: number;
}

/** Lets a deployment go on beyond its canaries. All of them must be healthy. */
export function promoteDeployment(tx: Tx, promotion: Promotion): void {
  const deployment = changeable(tx, promotion.deploymentId);
  const groups = Object.entries(deployment.TaskGroups ?? {}).filter(
    ([name, state]) => state.DesiredCanaries > 0 && (promotion.groups?.includes(name) ?? true),
  );
  const problems = groups.flatMap(([name, state]) => unhealthyCanaries(tx, name, state));
  if (problems.length > 0) {
    const list = problems.map((problem) => `\t* ${problem}`).join('\n');
    throw new AppError(
      'conflict',
      `${problems.length} error${problems.length > 1 ? 's' : ''} occurred:\n${list}\n\n`,
    );
  }
  const next: Record<string, DeploymentState> = { ...deployment.TaskGroups };
  for (const [name, state] of groups) next[name] = promoted(state, promotion.nowNs);
  tx.put('deployments', {
    ...deployment,
    TaskGroups: next,
    StatusDescription: allPromoted(next) ? 'Deployment is running' : deployment.StatusDescription,
    ModifyIndex: tx.index,
  });
  clearCanaries(tx, groups, promotion.nowNs);
  if (promotion.evals) upsertEvals(tx, promotion.evals);
}

function unhealthyCanaries(tx: Tx, group: string, state: DeploymentState): string[] {
  const healthy = (state.PlacedCanaries ?? []).filter(
    (id) => tx.alloc(id)?.DeploymentStatus?.Healthy === true,
  ).length;
  if (healthy >= state.DesiredCanaries) return [];
  return [`Task group "${group}" has ${healthy}/${state.DesiredCanaries} healthy allocations`];
}

function promoted(state: DeploymentState, nowNs: number): DeploymentState {
  const restart = state.ProgressDeadline > 0 && state.RequireProgressBy !== zeroTime;
  return {
    ...state,
    Promoted: true,
    RequireProgressBy: restart ? isoPlus(isoOf(nowNs), state.ProgressDeadline) : state.RequireProgressBy,
  };
}

function allPromoted(groups: Readonly<Record<string, DeploymentState>>): boolean {
  return Object.values(groups).every((state) => state.DesiredCanaries === 0 || state.Promoted);
}

function clearCanaries(tx: Tx, groups: readonly (readonly [string, DeploymentState])[], nowNs: number): void {
  const writer = new AllocWriter(tx, nowNs);
  for (const [, state] of groups) {
    for (const id of state.PlacedCanaries ?? []) {
      const alloc = tx.alloc(id);
      if (!alloc?.DeploymentStatus?.Canary) continue;
      const status = { ...alloc.DeploymentStatus, Canary: false, ModifyIndex: tx.index };
      writer.put(alloc, { ...alloc, DeploymentStatus: status }, { byServer: true });
    }
  }
  writer.finish();
}

/** Garbage collection. */
export function deleteDeployments(tx: Tx, ids: readonly string[]): void {
  for (const id of ids) tx.delete('deployments', id);
}
