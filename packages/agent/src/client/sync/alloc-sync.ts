// SPDX-License-Identifier: MPL-2.0
// Tells the servers how allocations go. Several changes of an allocation become one; what could not be sent is kept.

import type { Allocation } from '@serai/api';
import { make, Node_UpdateAlloc } from '@serai/api';
import { AppError, type Clock, type Logger, type Random, TaskSet } from '#base';
import type { RpcCaller } from '#rpc';
import { Notifier } from '../alloc-runner/notifier.ts';
import { retryMs, spread } from '../node/retry.ts';

/** How long changes that nobody waits for (events) are collected. */
export const syncTickMs = 200;
/** How long urgent changes are collected: those of one moment (two tasks of a group) travel together. */
export const urgentTickMs = 1;
/** Most allocations in one call; the rest follows in the next. */
export const maxUpdatesPerCall = 128;

export interface AllocSyncOptions {
  readonly region: string;
  readonly secretId: string;
}

export interface AllocSyncDependencies {
  readonly rpc: RpcCaller;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly registered: (signal: AbortSignal) => Promise<void>;
}

export class AllocSync {
  readonly #options: AllocSyncOptions;
  readonly #deps: AllocSyncDependencies;
  readonly #work: TaskSet;
  readonly #added = new Notifier();
  readonly #pending = new Map<string, Allocation>();
  /** what the servers acknowledged last, to leave out what they know; one text per allocation */
  readonly #acknowledged = new Map<string, string>();
  #urgent = false;

  constructor(options: AllocSyncOptions, dependencies: AllocSyncDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#work = new TaskSet(dependencies.log);
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** The newest state of an allocation, stripped to what the client knows better than the servers. */
  update(alloc: Allocation, urgent: boolean): void {
    this.#pending.set(alloc.ID, alloc);
    if (urgent) this.#urgent = true;
    this.#added.notify();
  }

  forget(allocId: string): void {
    this.#pending.delete(allocId);
    this.#acknowledged.delete(allocId);
  }

  async start(): Promise<void> {
    this.#work.run('alloc sync', (signal) => this.#loop(signal));
  }
  async stop(): Promise<void> {
    await this.#work.stop();
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, random, log, registered } = this.#deps;
    while (!signal.aborted) {
      if (this.#pending.size === 0) await this.#added.next(signal);
      await this.#collect(signal);
      await registered(signal);
      try {
        await this.#flush(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        log.warn('allocation updates could not be sent', {
          error: AppError.from(error).message,
          kept: this.#pending.size,
        });
        await clock.sleep(spread(retryMs.sync, random), signal);
      }
    }
  }

  /** Waits a tick, shortened as soon as something urgent comes. */
  async #collect(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const tickEndMs = clock.monotonicMs() + syncTickMs;
    while (!this.#urgent && clock.monotonicMs() < tickEndMs) {
      const end = new AbortController();
      const either = AbortSignal.any([signal, end.signal]);
      try {
        const left = tickEndMs - clock.monotonicMs();
        await Promise.race([clock.sleep(left, either), this.#added.next(either)]);
      } finally {
        end.abort();
      }
    }
    if (this.#urgent) await clock.sleep(urgentTickMs, signal);
    this.#urgent = false;
  }

  async #flush(signal: AbortSignal): Promise<void> {
    const batch = [...this.#pending].slice(0, maxUpdatesPerCall);
    const news = batch
      .map(([id, alloc]) => ({ id, alloc, text: JSON.stringify(alloc) }))
      .filter(({ id, text }) => this.#acknowledged.get(id) !== text);
    if (news.length > 0) {
      await this.#deps.rpc.call(
        Node_UpdateAlloc,
        make(Node_UpdateAlloc.request, {
          Alloc: news.map(({ alloc }) => alloc),
          Region: this.#options.region,
          AuthToken: this.#options.secretId,
        }),
        { signal, timeoutMs: 30_000 },
      );
    }
    for (const { id, text } of news) this.#acknowledged.set(id, text);
    // what changed while we were sending stays
    for (const [id, alloc] of batch) if (this.#pending.get(id) === alloc) this.#pending.delete(id);
    if (this.#pending.size > 0 && batch.length === maxUpdatesPerCall) this.#urgent = true;
  }
}
