// SPDX-License-Identifier: MPL-2.0
// Garbage collection: deletes what is terminal and old enough, in steps small enough for one batch each. Each step looks
// again at what it deletes: a job may have been registered again meanwhile, a silent node may have come back.

import { isClientTerminal, isTerminal } from '#model';
import { deleteAllocs, deleteDeployments, deleteEvals, deleteJob, deleteNodes, type Tx } from '#state';
import type { ServerContext } from '../context.ts';
import { loseStopped } from '../node-status.ts';
import { stampFor } from '../stamp.ts';
import { type Cutoffs, type DeadJob, type Garbage, gatherGarbage, timesOf } from './garbage.ts';
import { TimeTable } from './time-table.ts';

/** Rows deleted by one write. */
const rowsPerWrite = 500;

export class Collector {
  readonly #context: ServerContext;
  readonly #times: TimeTable;
  /** the round that runs now: a second one would find the same */
  #running: Promise<void> = Promise.resolve();

  constructor(context: ServerContext) {
    this.#context = context;
    const { gc } = context.options;
    this.#times = new TimeTable(
      Math.max(
        gc.jobThresholdMs,
        gc.evalThresholdMs,
        gc.batchEvalThresholdMs,
        gc.deploymentThresholdMs,
        gc.nodeThresholdMs,
      ),
    );
  }

  /** At the start of a term, and after a restore. */
  restore(): void {
    const { store, clock } = this.#context;
    this.#times.restore(timesOf(store.snapshot()), clock.nowMs());
  }

  /** Call it now and then: ages are known as finely as this is called. */
  tick(): void {
    this.#times.record(this.#context.store.index, this.#context.clock.nowMs());
  }

  /** `force`: age does not matter. */
  collect(options: { force?: boolean } = {}): Promise<void> {
    this.#running = this.#running.catch(() => {}).then(() => this.#round(options.force === true));
    return this.#running;
  }

  async #round(force: boolean): Promise<void> {
    const { log } = this.#context;
    this.tick();
    const found = await this.#find(force ? everything : this.#cutoffs());
    await this.#loseStrays(found.stray.map(({ ID }) => ID));
    for (const job of found.jobs) await this.#deleteJob(job);
    await this.#deleteAllocs(found.allocs);
    await this.#inSteps('collect evals', found.evals, (tx, ids) => deleteEvals(tx, ids));
    await this.#inSteps('collect deployments', found.deployments, (tx, ids) => deleteDeployments(tx, ids));
    await this.#inSteps('collect nodes', found.nodes, (tx, ids) => deleteNodes(tx, ids.filter(isGone(tx))));
    log.debug('garbage collected', {
      evals: found.evals.length,
      allocs: found.allocs.length,
      jobs: found.jobs.length,
      deployments: found.deployments.length,
      nodes: found.nodes.length,
    });
  }

  /** Looks at one snapshot, with pauses in which others go on. */
  async #find(cutoffs: Cutoffs): Promise<Garbage> {
    const slices = gatherGarbage(this.#context.store.snapshot(), cutoffs);
    for (let slice = slices.next(); ; slice = slices.next()) {
      if (slice.done) return slice.value;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  async #loseStrays(ids: readonly string[]): Promise<void> {
    const stamp = stampFor(this.#context);
    await this.#inSteps('lose allocations', ids, (tx, part) => {
      const still = part
        .flatMap((id) => tx.alloc(id) ?? [])
        .filter((alloc) => {
          const status = tx.node(alloc.NodeID)?.Status;
          return !isClientTerminal(alloc) && (status === undefined || status === 'down');
        });
      loseStopped(tx, still, stamp());
    });
  }

  /** The job first: from then on nothing decides by its allocations. */
  async #deleteJob(dead: DeadJob): Promise<void> {
    const { result: deleted } = await this.#context.writes.write('collect job', (tx) => {
      const job = tx.job(dead.namespace, dead.id);
      if (job?.ModifyIndex !== dead.modifyIndex) return false;
      deleteJob(tx, { namespace: dead.namespace, jobId: dead.id });
      return true;
    });
    if (!deleted) return;
    await this.#deleteAllocs(dead.allocs);
    await this.#inSteps('collect evals', dead.evals, (tx, ids) => deleteEvals(tx, ids));
  }

  /** An allocation that was lost may run again when its node is back. */
  async #deleteAllocs(ids: readonly string[]): Promise<void> {
    await this.#inSteps('collect allocs', ids, (tx, part) =>
      deleteAllocs(
        tx,
        part.filter((id) => isClientTerminal(tx.alloc(id) ?? { ClientStatus: '' })),
      ),
    );
  }

  async #inSteps(
    name: string,
    ids: readonly string[],
    operation: (tx: Tx, ids: readonly string[]) => void,
  ): Promise<void> {
    for (let at = 0; at < ids.length; at += rowsPerWrite) {
      const part = ids.slice(at, at + rowsPerWrite);
      await this.#context.writes.write(name, (tx) => operation(tx, part));
    }
  }

  #cutoffs(): Cutoffs {
    const { gc } = this.#context.options;
    const before = (ageMs: number): number => this.#times.indexAt(this.#context.clock.nowMs() - ageMs);
    return {
      evals: before(gc.evalThresholdMs),
      batchEvals: before(gc.batchEvalThresholdMs),
      jobs: before(gc.jobThresholdMs),
      deployments: before(gc.deploymentThresholdMs),
      nodes: before(gc.nodeThresholdMs),
    };
  }
}

function isGone(tx: Tx): (nodeId: string) => boolean {
  return (nodeId) =>
    tx.node(nodeId)?.Status === 'down' && tx.allocsByNode(nodeId).every((alloc) => isTerminal(alloc));
}

const everything: Cutoffs = {
  evals: Number.POSITIVE_INFINITY,
  batchEvals: Number.POSITIVE_INFINITY,
  jobs: Number.POSITIVE_INFINITY,
  deployments: Number.POSITIVE_INFINITY,
  nodes: Number.POSITIVE_INFINITY,
};
