// SPDX-License-Identifier: MPL-2.0
// Drives active deployments: a change of an allocation's health asks for the next step of the rollout; a deployment
// that makes no progress in time fails.

import type { Allocation, Deployment } from '@serai/api';
import type { TaskSet, Timer } from '#base';
import { isTerminalDeployment, type RowChange, type StateSnapshot, type Tx } from '#state';
import type { ServerContext } from '../context.ts';
import {
  advanceDeployment,
  failDeployment,
  failedByProgress,
  progressDeadlineMs,
  type StepOptions,
} from '../deployment-steps.ts';
import { stampFor } from '../stamp.ts';

interface Watched {
  readonly timer: Timer | undefined;
  readonly dueMs: number;
}

/** Pause after a write that failed (queue full, disk). Milliseconds. */
const retryMs = 1_000;

export class DeploymentWatcher {
  readonly #context: ServerContext;
  readonly #tasks: TaskSet;
  readonly #watched = new Map<string, Watched>();
  /** deployments with news that no step has looked at yet */
  readonly #due = new Set<string>();
  #running = false;

  constructor(context: ServerContext, tasks: TaskSet) {
    this.#context = context;
    this.#tasks = tasks;
  }

  get active(): number {
    return this.#watched.size;
  }

  /** Also looks at each once: the leader before may have stopped between a report and the step that follows it. */
  restore(snapshot: StateSnapshot): void {
    this.stop();
    for (const deployment of snapshot.deploymentsByCreation()) {
      this.#follow(deployment);
      if (!isTerminalDeployment(deployment)) this.#due.add(deployment.ID);
    }
    this.#kick();
  }

  stop(): void {
    for (const { timer } of this.#watched.values()) timer?.cancel();
    this.#watched.clear();
    this.#due.clear();
  }

  onCommit(changes: readonly RowChange[]): void {
    for (const change of changes) {
      if (change.table === 'deployments') {
        if (change.after) this.#follow(change.after as Deployment);
        else this.#forget(change.key);
      } else if (change.table === 'allocs') {
        const id = healthChanged(
          change.before as Allocation | undefined,
          change.after as Allocation | undefined,
        );
        if (id !== undefined) this.#due.add(id);
      }
    }
    this.#kick();
  }

  /** All that became due while one round was written is the next round. */
  #kick(): void {
    if (this.#running || this.#due.size === 0) return;
    this.#running = true;
    this.#tasks.run('deployments', async (signal) => {
      try {
        while (this.#due.size > 0 && !signal.aborted) await this.#round(signal);
      } finally {
        this.#running = false;
      }
    });
  }

  async #round(signal: AbortSignal): Promise<void> {
    const ids = [...this.#due].filter((id) => this.#watched.has(id));
    this.#due.clear();
    let failed = false;
    const writes = ids.map(async (id) => {
      try {
        await this.#write('deployment step', (tx, options) => advanceDeployment(tx, id, options));
      } catch (error) {
        if (signal.aborted) return;
        this.#context.log.error('a deployment could not be moved on', { deployment_id: id, error });
        this.#due.add(id);
        failed = true;
      }
    });
    await Promise.all(writes);
    if (failed) await this.#context.clock.sleep(retryMs, signal);
  }

  async #failLate(deploymentId: string): Promise<void> {
    const nowMs = this.#context.clock.nowMs();
    await this.#write('fail deployment', (tx, options) => {
      const deployment = tx.deployment(deploymentId);
      if (!deployment || isTerminalDeployment(deployment)) return;
      const dueMs = progressDeadlineMs(deployment);
      // It progressed while this write was queued.
      if (dueMs === 0 || dueMs > nowMs) return;
      failDeployment(tx, { deployment, description: failedByProgress }, options);
    });
  }

  async #write(name: string, operation: (tx: Tx, options: StepOptions) => void): Promise<void> {
    const { writes, options } = this.#context;
    const stamp = stampFor(this.#context);
    await writes.write(name, (tx) =>
      operation(tx, { trackedVersions: options.jobTrackedVersions, stamp: stamp() }),
    );
  }

  #follow(deployment: Deployment): void {
    if (isTerminalDeployment(deployment)) {
      this.#forget(deployment.ID);
      return;
    }
    const before = this.#watched.get(deployment.ID);
    const dueMs = progressDeadlineMs(deployment);
    if (before?.dueMs === dueMs) return;
    before?.timer?.cancel();
    this.#watched.set(deployment.ID, {
      dueMs,
      timer: dueMs === 0 ? undefined : this.#arm(deployment.ID, dueMs),
    });
  }

  #arm(deploymentId: string, dueMs: number): Timer {
    const { clock } = this.#context;
    return clock.after(
      dueMs - clock.nowMs(),
      () => {
        // A timer has a longest delay, and a clock may have been set back.
        const watched = this.#watched.get(deploymentId);
        if (!watched || watched.dueMs !== dueMs) return;
        if (clock.nowMs() < dueMs) {
          this.#watched.set(deploymentId, { dueMs, timer: this.#arm(deploymentId, dueMs) });
          return;
        }
        this.#tasks.run('deployment deadline', (signal) => this.#untilDone(deploymentId, signal));
      },
      { unref: true },
    );
  }

  async #untilDone(deploymentId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#failLate(deploymentId);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#context.log.error('a deployment could not be failed', { deployment_id: deploymentId, error });
        await this.#context.clock.sleep(retryMs, signal);
      }
    }
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
