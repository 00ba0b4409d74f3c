// SPDX-License-Identifier: MPL-2.0
// The tables at the newest committed index: snapshots, blocking queries, and the two ways in: a batch the write loop
// committed itself, or a batch read from the engine.

import { AppError, type Clock } from '#base';
import type { CommittedOperation } from './batch.ts';
import { deepFreeze } from './freeze.ts';
import { loadTables } from './load.ts';
import { NodeChanges } from './node-changes.ts';
import { StateReader, type TableIndexes } from './reader.ts';
import type { StoredBatch, StoredRows } from './state-engine.ts';
import { decodeRow, parseJson, parseStoredKey, tableIndexesKey } from './tables/codec.ts';
import { type Rows, type TableName, tableNames } from './tables/rows.ts';
import { changed, emptyTables, type MutableTableSet, type Table, type TableSet } from './tables/table.ts';
import { newEdit } from './tree.ts';
import type { RowChange, RowChanges } from './tx.ts';
import { WatchHub, WatchSet } from './watch.ts';

/** The tables at one index; never changes. Taking one costs nothing, so don't keep it longer than needed. */
export class StateSnapshot extends StateReader {
  readonly index: number;
  readonly tables: TableSet;
  readonly tableIndexes: TableIndexes;
  readonly #nodeChanges: NodeChanges;

  constructor(
    index: number,
    content: { readonly tables: TableSet; readonly tableIndexes: TableIndexes },
    nodeChanges: NodeChanges,
  ) {
    super();
    this.index = index;
    this.tables = content.tables;
    this.tableIndexes = content.tableIndexes;
    this.#nodeChanges = nodeChanges;
  }

  /** Ids of nodes that changed, or whose allocations changed, after this index; undefined: not known any more. */
  changedNodesSince(index: number): Iterable<string> | undefined {
    return this.#nodeChanges.between(index, this.index);
  }
}

export interface CommittedTables {
  readonly index: number;
  readonly tables: TableSet;
  readonly tableIndexes: TableIndexes;
  readonly changes: RowChanges;
  readonly operations: readonly CommittedOperation[];
}

export interface BlockingQuery<T> {
  /** Answer once the result's index is larger; 0: at once. */
  readonly minIndex: number;
  /** Longest wait in milliseconds; then the newest answer, whatever its index. */
  readonly maxWaitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Synchronous. Puts into the watch set what it read; `index` is that of what it found. */
  readonly run: (snapshot: StateSnapshot, watch: WatchSet) => { index: number; value: T };
}

export interface StateStoreOptions {
  /** Freezes every row, deeply. For tests. */
  readonly freezeRows?: boolean;
}

/** Called after each commit with the rows that changed, in commit order; `reset` instead of rows after a restore. */
export type CommitListener = (commit: {
  readonly index: number;
  readonly changes: readonly RowChange[];
  /** the same changes, as each operation of the batch made them */
  readonly operations: readonly CommittedOperation[];
  readonly reset: boolean;
  readonly snapshot: StateSnapshot;
}) => void;

export class StateStore {
  readonly freezeRows: boolean;
  readonly #clock: Clock;
  readonly #watches = new WatchHub();
  readonly #indexWaiters = new Set<{ index: number; wake: () => void }>();
  readonly #listeners = new Set<CommitListener>();
  readonly #nodeChanges = new NodeChanges();
  #current = new StateSnapshot(0, { tables: emptyTables(), tableIndexes: {} }, this.#nodeChanges);
  /** counts restores: a query that started before one answers at once */
  #generation = 0;

  constructor(options: StateStoreOptions, dependencies: { clock: Clock }) {
    this.freezeRows = options.freezeRows ?? false;
    this.#clock = dependencies.clock;
  }

  snapshot(): StateSnapshot {
    return this.#current;
  }

  /** Newest index in the tables. */
  get index(): number {
    return this.#current.index;
  }

  /** Queries that wait now. */
  get watchers(): number {
    return this.#watches.size;
  }

  /** Synchronous, right after each commit; must not throw. Returns the function that removes it. */
  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces everything, and wakes everybody who waits. */
  async load(rows: StoredRows): Promise<void> {
    const content = await loadTables(rows.rows, { freezeRows: this.freezeRows });
    const first = this.#current.index === 0 && this.#generation === 0;
    this.#nodeChanges.reset(rows.index);
    this.#current = new StateSnapshot(rows.index, content, this.#nodeChanges);
    this.#generation += 1;
    this.#wakeIndexWaiters();
    this.#watches.notifyAll();
    if (!first) this.#tell([], [], true);
  }

  /** A batch the write loop committed. */
  apply(committed: CommittedTables): void {
    const { index, changes, operations } = committed;
    this.#advance(index, committed, { changes: [...changes.values()], operations });
  }

  /** A batch from the engine's stream. Skips what the tables have already; a gap is a bug. */
  applyStored(batch: StoredBatch): void {
    const { index } = this.#current;
    if (batch.index <= index) return;
    if (batch.index !== index + 1) {
      throw new AppError('internal', `state is at index ${index} and got the batch of index ${batch.index}`);
    }
    const tables: MutableTableSet = { ...this.#current.tables };
    const edit = newEdit();
    let { tableIndexes } = this.#current;
    const changes: RowChanges = new Map();
    for (const change of inTableOrder(batch)) {
      if (change.key === tableIndexesKey) {
        tableIndexes = change.value ? (parseJson('meta', change.value) as TableIndexes) : {};
        continue;
      }
      const parsed = parseStoredKey(change.key);
      if (!parsed) continue;
      const { table, key } = parsed;
      const after = change.value === null ? undefined : this.#decode(table, change.value, tables);
      const before = tables[table].rows.get(key) as Rows[TableName] | undefined;
      changes.set(change.key, { table, key, before, after });
      put(tables, table, { key, before, row: after, edit });
    }
    this.#advance(
      batch.index,
      { tables, tableIndexes },
      { changes: [...changes.values()], operations: [{ name: '', changes }] },
    );
  }

  /** Resolves with a snapshot of at least this index. */
  async snapshotAt(
    index: number,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<StateSnapshot> {
    const { signal } = options;
    while (this.#current.index < index) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => {
        const waiter = { index, wake: done };
        const set = this.#indexWaiters;
        function done(): void {
          set.delete(waiter);
          signal?.removeEventListener('abort', done);
          resolve();
        }
        set.add(waiter);
        signal?.addEventListener('abort', done, { once: true });
      });
    }
    return this.#current;
  }

  /**
   * Nomad's blocking query: answers when the index of what the query found passes `minIndex`, when the time is up or
   * after a restore. Rejects with `canceled` when the signal aborts.
   */
  async blockingQuery<T>(query: BlockingQuery<T>): Promise<{ index: number; value: T }> {
    const { minIndex, signal, run } = query;
    const generation = this.#generation;
    const deadlineMs = this.#clock.monotonicMs() + query.maxWaitMs;
    for (;;) {
      const watch = new WatchSet();
      const found = run(this.#current, watch);
      if (minIndex === 0 || found.index > minIndex || this.#generation !== generation) return found;
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) return found;
      await this.#changeOf(watch, leftMs, signal);
    }
  }

  #changeOf(watch: WatchSet, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(canceled());
        return;
      }
      const end = (): void => {
        cancelWatch();
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        end();
        reject(canceled());
      };
      const wake = (): void => {
        end();
        resolve();
      };
      const cancelWatch = this.#watches.add(watch, wake);
      const timer = this.#clock.after(waitMs, wake, { unref: true });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #decode<N extends TableName>(table: N, value: Uint8Array, tables: TableSet): Rows[N] {
    const row = decodeRow(table, value, (key) => tables.jobVersions.rows.get(key));
    return this.freezeRows ? deepFreeze(row) : row;
  }

  #advance(
    index: number,
    content: { tables: TableSet; tableIndexes: TableIndexes },
    written: { changes: readonly RowChange[]; operations: readonly CommittedOperation[] },
  ): void {
    const { changes, operations } = written;
    this.#nodeChanges.record(index, changes);
    this.#current = new StateSnapshot(index, content, this.#nodeChanges);
    this.#wakeIndexWaiters();
    this.#watches.notify(changes);
    this.#tell(changes, operations, false);
  }

  #tell(changes: readonly RowChange[], operations: readonly CommittedOperation[], reset: boolean): void {
    if (this.#listeners.size === 0) return;
    const commit = { index: this.#current.index, changes, operations, reset, snapshot: this.#current };
    for (const listener of [...this.#listeners]) {
      try {
        listener(commit);
      } catch (error) {
        // The commit stands whatever a listener does; the bug must still be seen.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #wakeIndexWaiters(): void {
    for (const waiter of [...this.#indexWaiters]) if (waiter.index <= this.#current.index) waiter.wake();
  }
}

function canceled(): AppError {
  return new AppError('canceled', 'the caller gave up waiting');
}

function put<N extends TableName>(
  tables: MutableTableSet,
  table: N,
  change: Parameters<typeof changed<N>>[2],
): void {
  const set = tables as Record<TableName, unknown>;
  set[table] = changed(table, set[table] as Table<Rows[N]>, change);
}

/** Job versions before the allocations that refer to them; deletions of versions after those of allocations is no matter. */
function inTableOrder(batch: StoredBatch): StoredBatch['changes'] {
  const rank = new Map<string, number>(tableNames.map((name, i) => [name, i]));
  const rankOf = (key: string): number => rank.get(parseStoredKey(key)?.table ?? '') ?? -1;
  return batch.changes.toSorted((a, b) => rankOf(a.key) - rankOf(b.key));
}
