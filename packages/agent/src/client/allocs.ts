// SPDX-License-Identifier: MPL-2.0
// All allocations of this node. Carries out what the alloc watcher found, and what users and the collector ask for.

import type { Allocation } from '@serai/api';
import { AppError, type Logger } from '#base';
import { isClientTerminal } from '#model';
import type { NeighbourAllocs } from './alloc-runner/alloc-hook.ts';
import {
  AllocRunner,
  type AllocRunnerDependencies,
  type AllocRunnerOptions,
} from './alloc-runner/alloc-runner.ts';
import type { AllocRecord } from './store/alloc-record.ts';
import type { AllocStore } from './store/alloc-store.ts';
import { allocUpdateOf } from './sync/alloc-update.ts';
import type { AllocChanges } from './sync/alloc-watcher.ts';

export interface AllocsDependencies
  extends Omit<AllocRunnerDependencies, 'neighbours' | 'onUpdate' | 'store'> {
  readonly store: AllocStore;
  readonly log: Logger;
  readonly sync: {
    update(alloc: Allocation, urgent: boolean): void;
    forget(allocId: string): void;
  };
}

export class Allocs implements NeighbourAllocs {
  readonly #options: Omit<AllocRunnerOptions, 'alloc' | 'record'>;
  readonly #deps: AllocsDependencies;
  readonly #runners = new Map<string, AllocRunner>();
  /** being destroyed; still on disk */
  readonly #destroying = new Map<string, Promise<void>>();
  /** on the servers' list but ended and removed here: id to AllocModifyIndex. Must not start again. */
  readonly #collected = new Map<string, number>();
  #stopped = false;

  constructor(options: Omit<AllocRunnerOptions, 'alloc' | 'record'>, dependencies: AllocsDependencies) {
    this.#options = options;
    this.#deps = dependencies;
  }

  get size(): number {
    return this.#runners.size;
  }
  runners(): readonly AllocRunner[] {
    return [...this.#runners.values()];
  }

  /** @throws AppError with Nomad's text when it is not here. */
  get(allocId: string): AllocRunner {
    const runner = this.#runners.get(allocId);
    if (!runner) throw new AppError('not-found', `unknown allocation ID "${allocId}"`);
    return runner;
  }

  /** Goes on with what ran before the client was restarted, and tells the servers how it stands. */
  async restore(): Promise<void> {
    const { records } = await this.#deps.store.load();
    for (const record of records) {
      const runner = this.#add(record.alloc, record);
      runner.start();
      this.#onUpdate(runner, false);
    }
  }

  indexes(): ReadonlyMap<string, number> {
    const indexes = new Map(this.#collected);
    for (const [id, runner] of this.#runners) indexes.set(id, runner.alloc.AllocModifyIndex);
    return indexes;
  }

  apply({ diff, allocs }: AllocChanges): void {
    if (this.#stopped) return;
    for (const id of diff.removed) {
      this.#collected.delete(id);
      void this.#destroy(id);
    }
    for (const id of diff.updated) {
      const alloc = allocs.get(id);
      if (!alloc) continue;
      if (this.#collected.has(id)) this.#collected.set(id, alloc.AllocModifyIndex);
      const runner = this.#runners.get(id);
      runner?.update(alloc);
      if (runner && alloc.ClientStatus === 'unknown') this.#tellAgain(runner);
    }
    for (const id of diff.added) {
      const alloc = allocs.get(id);
      if (alloc) this.#start(alloc);
    }
  }

  /** Removes what is left of an allocation that ended, but remembers that it did. */
  async collect(allocId: string): Promise<void> {
    const runner = this.#runners.get(allocId);
    if (!runner) return;
    this.#collected.set(allocId, runner.alloc.AllocModifyIndex);
    await this.#destroy(allocId);
  }

  /** Ends it and removes all traces. A failure is logged; the collector tries again. */
  #destroy(allocId: string): Promise<void> {
    const runner = this.#runners.get(allocId);
    const running = this.#destroying.get(allocId);
    if (running || !runner) return running ?? Promise.resolve();
    const work = runner
      .destroy()
      .then(() => {
        this.#runners.delete(allocId);
        this.#deps.sync.forget(allocId);
      })
      .catch((error: unknown) => {
        this.#deps.log.error('allocation could not be removed', { alloc_id: allocId, error });
      })
      .finally(() => {
        this.#destroying.delete(allocId);
      });
    this.#destroying.set(allocId, work);
    return work;
  }

  isDestroying(allocId: string): boolean {
    return this.#destroying.has(allocId);
  }

  async detach(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.runners().map((runner) => runner.detach()));
  }

  async destroyAll(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.runners().map((runner) => this.#destroy(runner.id)));
  }

  isLocal(allocId: string): boolean {
    return this.#runners.has(allocId);
  }

  async untilTerminal(allocId: string, signal: AbortSignal): Promise<void> {
    await this.#runners.get(allocId)?.untilOver(signal);
  }

  #start(alloc: Allocation): void {
    // it ended in a former life of this client, and its state was removed
    if (isClientTerminal(alloc)) {
      this.#collected.set(alloc.ID, alloc.AllocModifyIndex);
      return;
    }
    try {
      this.#add(alloc, undefined).start();
    } catch (error) {
      this.#deps.log.error('allocation could not be added', { alloc_id: alloc.ID, error });
    }
  }

  #add(alloc: Allocation, record: AllocRecord | undefined): AllocRunner {
    const runner = new AllocRunner(
      { ...this.#options, alloc, record },
      { ...this.#deps, neighbours: this, onUpdate: (from, urgent) => this.#onUpdate(from, urgent) },
    );
    this.#runners.set(runner.id, runner);
    return runner;
  }

  /** The servers lost sight of this node: they wait to hear how it is, also when nothing has changed. */
  #tellAgain(runner: AllocRunner): void {
    this.#deps.sync.forget(runner.id);
    this.#onUpdate(runner, true);
  }

  #onUpdate(runner: AllocRunner, urgent: boolean): void {
    this.#deps.sync.update(allocUpdateOf(runner), urgent);
  }
}
