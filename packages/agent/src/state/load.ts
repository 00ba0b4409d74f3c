// SPDX-License-Identifier: MPL-2.0
// Stored rows → tables, as an engine gives them when it opens or after a restore.

import { deepFreeze } from './freeze.ts';
import type { TableIndexes } from './reader.ts';
import type { StoredRow } from './state-engine.ts';
import { decodeRow, parseJson, parseStoredKey, tableIndexesKey } from './tables/codec.ts';
import { type Rows, type TableName, tableNames } from './tables/rows.ts';
import { changed, emptyTables, type MutableTableSet, type Table, type TableSet } from './tables/table.ts';
import { newEdit } from './tree.ts';

/** Rows come in any order; allocations wait until the job versions they refer to are there. */
export async function loadTables(
  rows: AsyncIterable<StoredRow>,
  options: { freezeRows: boolean },
): Promise<{ tables: TableSet; tableIndexes: TableIndexes }> {
  const tables: MutableTableSet = { ...emptyTables() };
  let tableIndexes: TableIndexes = {};
  const allocs: Uint8Array[] = [];
  const edit = newEdit();
  const add = <N extends TableName>(table: N, key: string, value: Uint8Array): void => {
    const decoded = decodeRow(table, value, (version) => tables.jobVersions.rows.get(version));
    const row = options.freezeRows ? deepFreeze(decoded) : decoded;
    const set = tables as Record<TableName, unknown>;
    set[table] = changed(table, set[table] as Table<Rows[N]>, { key, row, edit });
  };
  for await (const { key: stored, value } of rows) {
    if (stored === tableIndexesKey) tableIndexes = onlyTables(parseJson('meta', value));
    const parsed = parseStoredKey(stored);
    if (!parsed) continue;
    if (parsed.table === 'allocs') allocs.push(value);
    else add(parsed.table, parsed.key, value);
  }
  for (const [at, value] of allocs.entries()) {
    const row = decodeRow('allocs', value, (version) => tables.jobVersions.rows.get(version));
    allocs[at] = empty;
    const frozen = options.freezeRows ? deepFreeze(row) : row;
    tables.allocs = changed('allocs', tables.allocs, { key: row.ID, row: frozen, edit });
  }
  return { tables, tableIndexes };
}

const empty = new Uint8Array(0);

function onlyTables(value: unknown): TableIndexes {
  const indexes: Partial<Record<TableName, number>> = {};
  const stored = value as Partial<Record<TableName, unknown>>;
  for (const name of tableNames) {
    const index = stored[name];
    if (typeof index === 'number') indexes[name] = index;
  }
  return indexes;
}
