// SPDX-License-Identifier: MPL-2.0
// Who waits for which rows. A commit costs a map look-up per changed row and index value, and the wake-ups it causes;
// waiters for other rows cost nothing.

import { type IndexName, indexesOf } from './tables/definitions.ts';
import type { TableName } from './tables/rows.ts';
import type { RowChange } from './tx.ts';

/** What a blocking query depends on. Empty: everything. */
export class WatchSet {
  readonly keys = new Set<string>();

  /** any row of these tables */
  table(...tables: readonly TableName[]): this {
    for (const table of tables) this.keys.add(table);
    return this;
  }
  /** the row with this primary key, also one that does not exist yet */
  row(table: TableName, key: string): this {
    this.keys.add(rowKey(table, key));
    return this;
  }
  /** any row that has, had or gets this value in the index */
  index<N extends TableName>(table: N, index: IndexName<N>, value: string): this {
    this.keys.add(indexKey(table, index, value));
    return this;
  }
}

const anything = '*';

function rowKey(table: TableName, key: string): string {
  return `${table}/${key}`;
}

function indexKey(table: TableName, index: string, value: string): string {
  return `${table}@${index}=${value}`;
}

interface Waiter {
  readonly keys: readonly string[];
  readonly wake: () => void;
}

export class WatchHub {
  readonly #waiters = new Map<string, Set<Waiter>>();
  #count = 0;

  /** Waiting queries. */
  get size(): number {
    return this.#count;
  }

  /** Calls `wake` once, at the next change of something in the set. Returns the function that cancels. */
  add(watch: WatchSet, wake: () => void): () => void {
    const keys = watch.keys.size > 0 ? [...watch.keys] : [anything];
    const waiter: Waiter = { keys, wake };
    for (const key of keys) {
      const set = this.#waiters.get(key);
      if (set) set.add(waiter);
      else this.#waiters.set(key, new Set([waiter]));
    }
    this.#count += 1;
    return () => this.#remove(waiter);
  }

  notify(changes: Iterable<RowChange>): void {
    if (this.#count === 0) return;
    const woken = new Set<Waiter>();
    this.#take(anything, woken);
    for (const change of changes) {
      this.#take(change.table, woken);
      this.#take(rowKey(change.table, change.key), woken);
      this.#takeIndexes(change, woken);
    }
    this.#wake(woken);
  }

  /** After a restore nobody's index means anything. */
  notifyAll(): void {
    const woken = new Set<Waiter>();
    for (const set of this.#waiters.values()) for (const waiter of set) woken.add(waiter);
    this.#wake(woken);
  }

  #takeIndexes({ table, before, after }: RowChange, woken: Set<Waiter>): void {
    for (const { name: index, valueIn } of indexesOf(table)) {
      const from = before === undefined ? undefined : valueIn(before);
      const to = after === undefined ? undefined : valueIn(after);
      if (from !== undefined) this.#take(indexKey(table, index, from), woken);
      if (to !== undefined && to !== from) this.#take(indexKey(table, index, to), woken);
    }
  }

  #take(key: string, woken: Set<Waiter>): void {
    const set = this.#waiters.get(key);
    if (set) for (const waiter of set) woken.add(waiter);
  }

  #wake(woken: Set<Waiter>): void {
    for (const waiter of woken) this.#remove(waiter);
    for (const waiter of woken) waiter.wake();
  }

  #remove(waiter: Waiter): void {
    let found = false;
    for (const key of waiter.keys) {
      const set = this.#waiters.get(key);
      if (!set?.delete(waiter)) continue;
      found = true;
      if (set.size === 0) this.#waiters.delete(key);
    }
    if (found) this.#count -= 1;
  }
}
