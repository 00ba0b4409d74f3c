// SPDX-License-Identifier: MPL-2.0
// What an operation works on: the newest tables with its own writes on top. Thrown away when the operation throws.

import { deepFreeze } from './freeze.ts';
import { StateReader, type TableIndexes } from './reader.ts';
import { storedKey } from './tables/codec.ts';
import { definitionOf } from './tables/definitions.ts';
import type { Rows, TableName } from './tables/rows.ts';
import { changed, type MutableTableSet, type Table, type TableSet } from './tables/table.ts';
import { type Edit, newEdit } from './tree.ts';

/** One row before and after. */
export interface RowChange<N extends TableName = TableName> {
  readonly table: N;
  readonly key: string;
  readonly before: Rows[N] | undefined;
  readonly after: Rows[N] | undefined;
}

/** Row changes by stored key. */
export type RowChanges = Map<string, RowChange>;

/** Thrown by `tx.defer()`: run the operation again as the first one of the next batch. */
export class DeferOperation extends Error {
  override readonly name = 'DeferOperation';
}

export interface TxBase {
  readonly index: number;
  readonly tables: TableSet;
  readonly tableIndexes: TableIndexes;
  /** see `deepFreeze` */
  readonly freezeRows: boolean;
}

/**
 * Reads see the operation's own writes. Collect rows before writing to the table they come from: an iterator
 * over a table that changes meanwhile is undefined; arrays are safe.
 */
export class Tx extends StateReader {
  readonly index: number;
  readonly tableIndexes: TableIndexes;
  readonly changes: RowChanges = new Map();
  readonly #tables: MutableTableSet;
  readonly #edit: Edit = newEdit();
  readonly #freezeRows: boolean;

  constructor(base: TxBase) {
    super();
    this.index = base.index;
    this.#tables = { ...base.tables };
    this.tableIndexes = base.tableIndexes;
    this.#freezeRows = base.freezeRows;
  }

  get tables(): TableSet {
    return this.#tables;
  }

  put<N extends TableName>(table: N, row: Rows[N]): void {
    this.#change(table, definitionOf(table).key(row), this.#freezeRows ? deepFreeze(row) : row);
  }

  delete(table: TableName, key: string): void {
    if (this.get(table, key) !== undefined) this.#change(table, key, undefined);
  }

  /**
   * Asks to run again as the first operation of the next batch. For writes that must get an index of their own: two
   * updates of one job in a batch would have the same JobModifyIndex, and check-and-set could not tell them apart.
   */
  defer(): never {
    throw new DeferOperation('an operation asked for an index of its own twice');
  }

  #change<N extends TableName>(table: N, key: string, after: Rows[N] | undefined): void {
    const stored = storedKey(table, key);
    const known = this.changes.get(stored);
    const current = this.get(table, key);
    this.changes.set(stored, { table, key, before: known ? known.before : current, after });
    const tables = this.#tables as Record<TableName, unknown>;
    tables[table] = changed(table, tables[table] as Table<Rows[N]>, {
      key,
      before: current,
      row: after,
      edit: this.#edit,
    });
  }
}
