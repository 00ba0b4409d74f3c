// SPDX-License-Identifier: MPL-2.0
// Keeps the tables of a server that does not write up to date from the engine's stream of batches.

import { AppError, type Logger, TaskSet } from '#base';
import type { StateEngine } from './state-engine.ts';
import type { StateStore } from './store.ts';

export interface StateFollowerDependencies {
  readonly engine: Pick<StateEngine, 'open' | 'follow'>;
  readonly store: StateStore;
  readonly log: Logger;
}

/** Start it on every server; batches that the write loop of the same process put into the tables are skipped. */
export class StateFollower {
  readonly #with: StateFollowerDependencies;
  readonly #tasks: TaskSet;

  constructor(dependencies: StateFollowerDependencies) {
    this.#with = dependencies;
    this.#tasks = new TaskSet(dependencies.log);
  }

  /** The store must have been loaded. */
  start(): Promise<void> {
    this.#tasks.run('follow state', (signal) => this.#follow(signal));
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.#tasks.stop();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { engine, store } = this.#with;
    while (!signal.aborted) {
      try {
        for await (const batch of engine.follow(store.index, signal)) {
          if (batch.reset) await this.#reload(batch.index);
          else store.applyStored(batch);
        }
        return;
      } catch (error) {
        // Too far behind: the batches in between are gone, the rows are not.
        if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
        await this.#reload(store.index + 1);
      }
    }
  }

  /** Unless somebody has done it already. */
  async #reload(index: number): Promise<void> {
    const { engine, store, log } = this.#with;
    if (store.index >= index) return;
    log.info('reading all state again', { index });
    await store.load(await engine.open());
  }
}
