// SPDX-License-Identifier: MPL-2.0
// Drives active deployments: a change of an allocation's health asks for the next step of the rollout; a deployment
// that makes no progress in time fails, and goes back to the last stable version where the job wants that.

import type { Allocation, Deployment, Evaluation, Job } from '@serai/api';
import type { TaskSet, Timer } from '#base';
import { type RowChange, type StateSnapshot, updateDeploymentStatus, upsertEvals } from '#state';
import type { ServerContext } from '../context.ts';
import { newEvaluation } from '../evaluations.ts';
import { isActiveDeployment } from './garbage.ts';

interface Watched {
  readonly deploymentId: string;
  timer: Timer | undefined;
  dueMs: number;
}

export const failedByProgress = 'Failed due to progress deadline';
export const failedByAllocation = 'Failed due to unhealthy allocations';

export class DeploymentWatcher {
  readonly #context: ServerContext;
  readonly #tasks: TaskSet;
  readonly #watched = new Map<string, Watched>();

  constructor(context: ServerContext, tasks: TaskSet) {
    this.#context = context;
    this.#tasks = tasks;
  }

  get active(): number {
    return this.#watched.size;
  }

  restore(snapshot: StateSnapshot): void {
    this.stop();
    for (const deployment of snapshot.deploymentsByCreation()) this.#follow(deployment);
  }

  stop(): void {
    for (const { timer } of this.#watched.values()) timer?.cancel();
    this.#watched.clear();
  }

  onCommit(changes: readonly RowChange[], snapshot: StateSnapshot): void {
    const touched = new Set<string>();
    for (const change of changes) {
      if (change.table === 'deployments') {
        if (change.after) this.#follow(change.after as Deployment);
        else this.#forget(change.key);
      } else if (change.table === 'allocs') {
        const id = healthChanged(
          change.before as Allocation | undefined,
          change.after as Allocation | undefined,
        );
        if (id !== undefined) touched.add(id);
      }
    }
    for (const id of touched) {
      const deployment = snapshot.deployment(id);
      if (deployment && isActiveDeployment(deployment.Status)) this.#onHealth(deployment);
    }
  }

  #onHealth(deployment: Deployment): void {
    const failNow = Object.values(deployment.TaskGroups ?? {}).some(
      (group) => group.UnhealthyAllocs > 0 && group.ProgressDeadline === 0,
    );
    this.#tasks.run('deployment step', () =>
      failNow ? this.fail(deployment.ID, failedByAllocation) : this.#step(deployment),
    );
  }

  /** Asks the scheduler for the next step. */
  async #step(deployment: Deployment): Promise<void> {
    await this.#context.writes.write('deployment step', (tx) => {
      const job = tx.job(deployment.Namespace, deployment.JobID);
      if (job) upsertEvals(tx, [this.#evaluation(job, deployment)]);
    });
  }

  /** Ends the deployment as failed; a job with auto_revert goes back to its newest stable version. */
  async fail(deploymentId: string, description: string): Promise<void> {
    const { writes, clock } = this.#context;
    const nowNs = clock.nowNs();
    await writes.write('fail deployment', (tx) => {
      const deployment = tx.deployment(deploymentId);
      if (!deployment || !isActiveDeployment(deployment.Status)) return;
      const job = tx.job(deployment.Namespace, deployment.JobID);
      const wantsRevert = Object.values(deployment.TaskGroups ?? {}).some((group) => group.AutoRevert);
      const stable = wantsRevert
        ? newestStable(tx.jobVersions(deployment.Namespace, deployment.JobID), deployment)
        : undefined;
      const outcome = stable
        ? ` - rolling back to job version ${stable.Version}`
        : wantsRevert
          ? ' - no stable job version to auto revert to'
          : '';
      updateDeploymentStatus(tx, {
        update: {
          DeploymentID: deploymentId,
          Status: 'failed',
          StatusDescription: `${description}${outcome}`,
        },
        ...(stable ? { job: { ...stable, SubmitTime: nowNs } } : {}),
        evals: job ? [this.#evaluation(job, deployment)] : [],
      });
    });
  }

  #evaluation(job: Job, deployment: Deployment): Evaluation {
    return newEvaluation(
      {
        Namespace: job.Namespace,
        Priority: deployment.EvalPriority > 0 ? deployment.EvalPriority : job.Priority,
        Type: job.Type,
        TriggeredBy: 'deployment-watcher',
        JobID: job.ID,
        DeploymentID: deployment.ID,
      },
      this.#context,
    );
  }

  #follow(deployment: Deployment): void {
    if (!isActiveDeployment(deployment.Status)) {
      this.#forget(deployment.ID);
      return;
    }
    const watched = this.#watched.get(deployment.ID) ?? {
      deploymentId: deployment.ID,
      timer: undefined,
      dueMs: 0,
    };
    this.#watched.set(deployment.ID, watched);
    const dueMs = progressDeadlineMs(deployment);
    if (dueMs === watched.dueMs) return;
    watched.timer?.cancel();
    watched.dueMs = dueMs;
    watched.timer = dueMs === 0 ? undefined : this.#arm(deployment.ID, dueMs);
  }

  #arm(deploymentId: string, dueMs: number): Timer {
    const delayMs = dueMs - this.#context.clock.nowMs();
    return this.#context.clock.after(delayMs, () =>
      this.#tasks.run('deployment deadline', () => this.fail(deploymentId, failedByProgress)),
    );
  }

  #forget(deploymentId: string): void {
    this.#watched.get(deploymentId)?.timer?.cancel();
    this.#watched.delete(deploymentId);
  }
}

/** Id of the deployment whose allocation became healthy or unhealthy. */
function healthChanged(before: Allocation | undefined, after: Allocation | undefined): string | undefined {
  if (!after || after.DeploymentID === '') return undefined;
  const health = after.DeploymentStatus?.Healthy ?? null;
  return health !== null && health !== (before?.DeploymentStatus?.Healthy ?? null)
    ? after.DeploymentID
    : undefined;
}

/** The earliest time by which an unfinished group must have progressed; 0: none. A paused deployment has no deadline. */
function progressDeadlineMs(deployment: Deployment): number {
  if (deployment.Status !== 'running') return 0;
  let earliest = 0;
  for (const group of Object.values(deployment.TaskGroups ?? {})) {
    const finished =
      group.HealthyAllocs >= group.DesiredTotal && (group.DesiredCanaries === 0 || group.Promoted);
    const waitsForPromotion =
      group.DesiredCanaries > 0 && !group.Promoted && group.HealthyAllocs >= group.DesiredCanaries;
    if (finished || waitsForPromotion) continue;
    const dueMs = Date.parse(group.RequireProgressBy);
    if (dueMs > 0 && (earliest === 0 || dueMs < earliest)) earliest = dueMs;
  }
  return earliest;
}

/** Versions come newest first. */
function newestStable(versions: readonly Job[], deployment: Deployment): Job | undefined {
  return versions.find((job) => job.Stable && job.Version !== deployment.JobVersion);
}
