// SPDX-License-Identifier: MPL-2.0
// Garbage collection: deletes what is terminal and old enough, in steps small enough for one batch each.

import { deleteAllocs, deleteDeployments, deleteEvals, deleteJob, deleteNodes, type Tx } from '#state';
import type { ServerContext } from '../context.ts';
import { type Cutoffs, findGarbage } from './garbage.ts';
import { TimeTable } from './time-table.ts';

/** Rows deleted by one write. */
const rowsPerWrite = 500;

export class Collector {
  readonly #context: ServerContext;
  readonly #times = new TimeTable();

  constructor(context: ServerContext) {
    this.#context = context;
    context.store.onCommit(({ index }) => this.#times.record(index, context.clock.nowMs()));
  }

  /** `force`: age does not matter. */
  async collect(options: { force?: boolean } = {}): Promise<void> {
    const { store, log } = this.#context;
    const found = findGarbage(store.snapshot(), options.force ? everything : this.#cutoffs());
    await this.#delete('evals', found.evals, (tx, ids) => deleteEvals(tx, ids));
    await this.#delete('allocs', found.allocs, (tx, ids) => deleteAllocs(tx, ids));
    await this.#delete('deployments', found.deployments, (tx, ids) => deleteDeployments(tx, ids));
    await this.#delete('jobs', found.jobs, (tx, jobs) => {
      for (const { namespace, id } of jobs) {
        if (tx.job(namespace, id)) deleteJob(tx, { namespace, jobId: id });
      }
    });
    await this.#delete('nodes', found.nodes, (tx, ids) =>
      deleteNodes(
        tx,
        ids.filter((id) => tx.node(id)),
      ),
    );
    log.debug('garbage collected', {
      evals: found.evals.length,
      allocs: found.allocs.length,
      jobs: found.jobs.length,
      deployments: found.deployments.length,
      nodes: found.nodes.length,
    });
  }

  async #delete<T>(
    what: string,
    items: readonly T[],
    operation: (tx: Tx, items: readonly T[]) => void,
  ): Promise<void> {
    for (let at = 0; at < items.length; at += rowsPerWrite) {
      const part = items.slice(at, at + rowsPerWrite);
      await this.#context.writes.write(`collect ${what}`, (tx) => operation(tx, part));
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

const everything: Cutoffs = {
  evals: Number.POSITIVE_INFINITY,
  batchEvals: Number.POSITIVE_INFINITY,
  jobs: Number.POSITIVE_INFINITY,
  deployments: Number.POSITIVE_INFINITY,
  nodes: Number.POSITIVE_INFINITY,
};
