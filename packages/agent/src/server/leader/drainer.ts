// SPDX-License-Identifier: MPL-2.0
// Moves allocations off draining nodes: follows the commits, wakes at deadlines, and writes what the drain plan says.

import type { Node } from '@serai/api';
import type { TaskSet, Timer } from '#base';
import {
  type RowChange,
  type StateSnapshot,
  type Tx,
  updateAllocDesiredTransition,
  updateNodeDrain,
} from '#state';
import type { ServerContext } from '../context.ts';
import { jobEvaluation } from '../evaluations.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { type DrainedNode, type DrainPlan, planDrains } from './drain-plan.ts';

/** Pause after a write that failed (queue full, disk). Milliseconds. */
const retryMs = 1_000;

const migrate = { Migrate: true, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null };

export class Drainer {
  readonly #context: ServerContext;
  readonly #tasks: TaskSet;
  readonly #draining = new Set<string>();
  #timer: Timer | undefined;
  #dirty = false;
  #running = false;

  constructor(context: ServerContext, tasks: TaskSet) {
    this.#context = context;
    this.#tasks = tasks;
  }

  /** Nodes that are draining. */
  get active(): number {
    return this.#draining.size;
  }

  restore(snapshot: StateSnapshot): void {
    this.stop();
    for (const node of snapshot.nodes()) if (node.DrainStrategy) this.#draining.add(node.ID);
    this.#kick();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#draining.clear();
    this.#dirty = false;
  }

  onCommit(changes: readonly RowChange[]): void {
    let matters = false;
    for (const change of changes) {
      if (change.table === 'nodes') {
        const after = change.after as Node | undefined;
        const isDraining = after !== undefined && after.DrainStrategy !== null;
        if (isDraining) this.#draining.add(change.key);
        else this.#draining.delete(change.key);
        matters ||= isDraining;
      } else if (change.table === 'allocs' || change.table === 'jobs') matters = true;
    }
    if (matters) this.#kick();
  }

  #kick(): void {
    if (this.#draining.size === 0) return;
    this.#dirty = true;
    if (this.#running) return;
    this.#running = true;
    this.#tasks.run('drainer', async (signal) => {
      try {
        while (this.#dirty && !signal.aborted) {
          this.#dirty = false;
          await this.#round(signal);
        }
      } finally {
        this.#running = false;
      }
    });
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { store, clock, writes, log } = this.#context;
    const plan = planDrains(store.snapshot(), this.#draining, clock.nowMs());
    this.#wakeAt(plan.wakeAtMs);
    if (plan.migrate.length === 0 && plan.complete.length === 0) return;
    const stamp = stampFor(this.#context);
    const nodeIds = [...this.#draining];
    try {
      await writes.write('drain nodes', (tx) => drainNow(tx, nodeIds, stamp()));
    } catch (error) {
      if (signal.aborted) return;
      log.error('draining nodes failed', { error });
      this.#dirty = true;
      await clock.sleep(retryMs, signal);
    }
  }

  #wakeAt(wakeAtMs: number | undefined): void {
    this.#timer?.cancel();
    if (wakeAtMs === undefined) return;
    const { clock } = this.#context;
    this.#timer = clock.after(wakeAtMs - clock.nowMs(), () => this.#kick(), { unref: true });
  }
}

/** Plans on the newest rows and does it. Operation. */
export function drainNow(tx: Tx, nodeIds: readonly string[], stamp: Stamp): DrainPlan {
  const plan = planDrains(tx, nodeIds, stamp.nowMs);
  const jobs = new Map(
    plan.migrate.map((alloc) => [
      `${alloc.Namespace}\u0000${alloc.JobID}`,
      tx.job(alloc.Namespace, alloc.JobID) ?? alloc.Job,
    ]),
  );
  updateAllocDesiredTransition(tx, {
    transitions: new Map(plan.migrate.map((alloc) => [alloc.ID, migrate])),
    evals: [...jobs.values()].flatMap((job) =>
      job ? [jobEvaluation(job, { triggeredBy: 'node-drain' }, stamp)] : [],
    ),
    nowNs: stamp.nowNs,
  });
  for (const node of plan.complete) completeDrain(tx, node, stamp);
  return plan;
}

function completeDrain(tx: Tx, { nodeId, deadlineReached }: DrainedNode, stamp: Stamp): void {
  updateNodeDrain(tx, {
    nodeId,
    drain: null,
    complete: true,
    nowIso: stamp.nowIso,
    event: {
      message: 'Node drain complete',
      subsystem: 'Drain',
      timestamp: stamp.nowIso,
      ...(deadlineReached ? { details: { deadline_reached: 'true' } } : {}),
    },
  });
}
