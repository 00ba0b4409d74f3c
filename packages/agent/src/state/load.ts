// SPDX-License-Identifier: MPL-2.0
// Stored rows → tables, as an engine gives them when it opens or after a restore.

import { deepFreeze } from './freeze.ts';
import { Interner } from './intern.ts';
import type { TableIndexes } from './reader.ts';
import type { StoredRow } from './state-engine.ts';
import {
  allocNeeds,
  decodeRow,
  linkAlloc,
  parseJson,
  parseStoredKey,
  tableIndexesKey,
} from './tables/codec.ts';
import { type JobVersion, type Rows, type TableName, tableNames } from './tables/rows.ts';
import { changed, emptyTables, type MutableTableSet, type Table, type TableSet } from './tables/table.ts';
import { type Edit, newEdit } from './tree.ts';

export interface LoadedTables {
  readonly tables: TableSet;
  readonly tableIndexes: TableIndexes;
}

/** Rows come in any order; an allocation waits until the job version it refers to is there. */
export async function loadTables(
  rows: AsyncIterable<StoredRow>,
  options: { freezeRows: boolean },
): Promise<LoadedTables> {
  const loader = new Loader(options.freezeRows);
  for await (const row of rows) loader.add(row);
  return loader.finish();
}

class Loader {
  readonly #tables: MutableTableSet = { ...emptyTables() };
  readonly #edit: Edit = newEdit();
  readonly #interner = new Interner();
  readonly #waiting: Rows['allocs'][] = [];
  readonly #freezeRows: boolean;
  #tableIndexes: TableIndexes = {};

  constructor(freezeRows: boolean) {
    this.#freezeRows = freezeRows;
  }

  add({ key: stored, value }: StoredRow): void {
    if (stored === tableIndexesKey) this.#tableIndexes = onlyTables(parseJson('meta', value));
    const parsed = parseStoredKey(stored);
    if (!parsed) return;
    if (parsed.table === 'allocs') this.#addAlloc(parseJson('allocs', value) as Rows['allocs']);
    else this.#put(parsed.table, parsed.key, decodeRow(parsed.table, value, this.#version));
  }

  finish(): LoadedTables {
    for (const alloc of this.#waiting) this.#put('allocs', alloc.ID, linkAlloc(alloc, this.#version));
    return { tables: this.#tables, tableIndexes: this.#tableIndexes };
  }

  #addAlloc(parsed: Rows['allocs']): void {
    const alloc = this.#interner.alloc(parsed);
    const needs = allocNeeds(alloc);
    if (needs !== undefined && !this.#version(needs)) this.#waiting.push(alloc);
    else this.#put('allocs', alloc.ID, linkAlloc(alloc, this.#version));
  }

  readonly #version = (key: string): JobVersion | undefined => this.#tables.jobVersions.rows.get(key);

  #put<N extends TableName>(table: N, key: string, row: Rows[N]): void {
    const tables = this.#tables as Record<TableName, unknown>;
    // A key comes once.
    const change = {
      key,
      before: undefined,
      row: this.#freezeRows ? deepFreeze(row) : row,
      edit: this.#edit,
    };
    tables[table] = changed(table, tables[table] as Table<Rows[N]>, change);
  }
}

function onlyTables(value: unknown): TableIndexes {
  const indexes: Partial<Record<TableName, number>> = {};
  const stored = value as Partial<Record<TableName, unknown>>;
  for (const name of tableNames) {
    const index = stored[name];
    if (typeof index === 'number') indexes[name] = index;
  }
  return indexes;
}
