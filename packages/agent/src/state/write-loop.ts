// SPDX-License-Identifier: MPL-2.0
// The one writer. Operations run one after another on the newest tables; all that came while the last batch was being
// committed go into the next one, so many writes share one flush.
//
// Each batch gets the next index, and so does every row it writes: CreateIndex and ModifyIndex are the batch's. While a
// batch is being committed the next one is filled on top of it; if the commit fails, the operations of the next
// batch run again. So an operation must be a pure function of its transaction and its arguments.

import { AppError, type Clock, type Logger, type Metrics } from '#base';
import { OpenBatch, type PendingWrite } from './batch.ts';
import type { StateEngine } from './state-engine.ts';
import type { StateStore } from './store.ts';
import type { Tx } from './tx.ts';

/** A pure function of the transaction: no time, no randomness, nothing asynchronous. May run more than once. */
export type Operation<T> = (tx: Tx) => T;

export interface WriteResult<T> {
  /** index of the batch that holds the write; of the newest batch when nothing was written */
  readonly index: number;
  readonly result: T;
}

export interface WriteLoopOptions {
  /** Writes that may wait; more are refused with `limit`. Larger: more memory and longer waits under overload. */
  readonly maxQueued?: number;
  /** A batch is closed at this many rows. Larger: fewer flushes, longer pauses of the event loop. */
  readonly targetChanges?: number;
}

export interface WriteLoopDependencies {
  readonly engine: Pick<StateEngine, 'commit' | 'limits'>;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Someone else wrote: this server does not lead any more. The loop has refused everything and is stopped. */
  readonly onFenced?: () => void;
}

/** Writes that may wait for the one writer; more are refused with `limit`. */
export const defaultMaxQueued = 8192;
/** Rows at which a batch is closed and the next one begun. */
export const defaultTargetChanges = 1000;

type Phase = 'running' | 'paused' | 'stopping' | 'stopped';

export class WriteLoop {
  readonly #maxQueued: number;
  readonly #targetChanges: number;
  readonly #with: WriteLoopDependencies;
  #phase: Phase = 'stopped';
  #queue: PendingWrite[] = [];
  #filling: OpenBatch | undefined;
  #inFlight: OpenBatch | undefined;
  #drainDue = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: WriteLoopOptions, dependencies: WriteLoopDependencies) {
    this.#maxQueued = options.maxQueued ?? defaultMaxQueued;
    this.#targetChanges = Math.min(
      options.targetChanges ?? defaultTargetChanges,
      dependencies.engine.limits.maxChanges,
    );
    this.#with = dependencies;
  }

  /** The store must hold everything the engine has. */
  start(): Promise<void> {
    this.#phase = 'running';
    return Promise.resolve();
  }

  /** Refuses new writes and waits until those that were accepted are done. */
  async stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopping';
    await this.#idle();
    this.#phase = 'stopped';
  }

  /** Writes that wait or are being committed. */
  get depth(): number {
    return this.#queue.length + (this.#filling?.members.length ?? 0) + (this.#inFlight?.members.length ?? 0);
  }

  /** Runs the operation and resolves once its rows are durable and in the tables. */
  write<T>(name: string, operation: Operation<T>): Promise<WriteResult<T>> {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return Promise.reject(notWriting());
    if (this.#queue.length >= this.#maxQueued) {
      this.#with.metrics.incr('nomad.nomad.write_loop.refused');
      return Promise.reject(
        new AppError('limit', `too many writes are waiting (${this.#maxQueued}): try again in a moment`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({
        name,
        operation,
        resolve: (index, result) => resolve({ index, result: result as T }),
        reject,
      });
      this.#scheduleDrain();
    });
  }

  /** Runs work while no batch is being committed, for a restore. Writes wait meanwhile. */
  async pauseWhile<T>(work: () => Promise<T>): Promise<T> {
    if (this.#phase !== 'running') throw notWriting();
    this.#phase = 'paused';
    try {
      if (this.#inFlight) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
      this.#requeueFilling();
      return await work();
    } finally {
      // Stopping or being fenced meanwhile wins.
      if ((this.#phase as Phase) === 'paused') this.#phase = 'running';
      this.#scheduleDrain();
    }
  }

  async #idle(): Promise<void> {
    while (this.depth > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #scheduleDrain(): void {
    if (this.#drainDue) return;
    this.#drainDue = true;
    // Writes of one turn of the event loop share a batch.
    queueMicrotask(() => {
      this.#drainDue = false;
      this.#drain();
    });
  }

  #drain(): void {
    if (this.#phase === 'paused' || this.#phase === 'stopped') return;
    this.#fill();
    if (this.#inFlight || !this.#filling) return;
    const batch = this.#filling;
    this.#filling = undefined;
    this.#inFlight = batch;
    // Owned by #inFlight; every outcome is handled inside.
    void this.#commit(batch);
  }

  #fill(): void {
    let taken = 0;
    for (const pending of this.#queue) {
      this.#filling ??= this.#newBatch();
      if (this.#filling.run(pending) === 'full') break;
      taken += 1;
    }
    if (taken > 0) this.#queue = this.#queue.slice(taken);
  }

  #newBatch(): OpenBatch {
    const { store, engine } = this.#with;
    const below = this.#inFlight ?? store.snapshot();
    return new OpenBatch({
      index: below.index + 1,
      tables: below.tables,
      tableIndexes: this.#inFlight ? this.#inFlight.nextTableIndexes() : store.snapshot().tableIndexes,
      freezeRows: store.freezeRows,
      targetChanges: this.#targetChanges,
      limits: engine.limits,
    });
  }

  async #commit(batch: OpenBatch): Promise<void> {
    const { engine, store, clock, metrics } = this.#with;
    const startMs = clock.monotonicMs();
    try {
      if (batch.changes.size > 0) {
        const stored = batch.stored();
        const outcome = await engine.commit({ expect: batch.index - 1, index: batch.index, changes: stored });
        if (outcome === 'fenced') {
          this.#fenced(batch);
          return;
        }
        store.apply({
          index: batch.index,
          tables: batch.tables,
          tableIndexes: batch.nextTableIndexes(),
          changes: batch.changes,
          operations: batch.operations,
        });
        metrics.incr('nomad.raft.apply');
        metrics.sample('nomad.raft.commitTime', clock.monotonicMs() - startMs);
      }
      this.#settle(batch);
    } catch (error) {
      this.#failed(batch, error);
    } finally {
      this.#wakeIdle();
    }
    this.#drain();
  }

  #settle(batch: OpenBatch): void {
    this.#inFlight = undefined;
    // A batch that wrote nothing gave its index back.
    if (batch.changes.size === 0) this.#requeueFilling();
    batch.resolve(this.#with.store.index);
  }

  #failed(batch: OpenBatch, error: unknown): void {
    const reason = AppError.from(error);
    this.#with.log.error('committing a batch failed', { index: batch.index, error: reason });
    this.#inFlight = undefined;
    this.#requeueFilling();
    batch.reject(reason);
  }

  #fenced(batch: OpenBatch): void {
    const { log, onFenced } = this.#with;
    log.warn('another server committed: stepping down', { index: batch.index });
    this.#phase = 'stopped';
    this.#inFlight = undefined;
    this.#requeueFilling();
    const queue = this.#queue;
    this.#queue = [];
    batch.reject(notWriting());
    for (const pending of queue) pending.reject(notWriting());
    onFenced?.();
  }

  /** What was built on a batch that is no more must run again. */
  #requeueFilling(): void {
    if (!this.#filling) return;
    this.#queue = [...this.#filling.members.map((member) => member.pending), ...this.#queue];
    this.#filling = undefined;
  }

  #wakeIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const wake of waiters) wake();
  }
}

function notWriting(): AppError {
  return new AppError(
    'unavailable',
    'this server does not accept writes: it is not the leader or is stopping',
  );
}
