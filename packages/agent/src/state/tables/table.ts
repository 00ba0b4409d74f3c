// SPDX-License-Identifier: MPL-2.0
// An immutable table: rows by primary key and by each index. A change gives a new table that shares almost everything.

import { type Edit, Tree } from '../tree.ts';
import { definitionOf, indexesOf } from './definitions.ts';
import { type Rows, type TableName, tableNames } from './rows.ts';

/** What an index holds for a row: the row, or `true` where rows are found by their key (`holdsKeys`). */
export type Indexed<R> = R | true;

export interface Table<R> {
  readonly rows: Tree<R>;
  /** index name → index value → rows by primary key */
  readonly indexes: Readonly<Record<string, Tree<Tree<Indexed<R>>>>>;
}

export type TableSet = { readonly [N in TableName]: Table<Rows[N]> };
export type MutableTableSet = { -readonly [N in TableName]: TableSet[N] };

export function emptyTables(): TableSet {
  const tables: Record<string, Table<unknown>> = {};
  for (const name of tableNames) {
    const indexes: Record<string, Tree<Tree<unknown>>> = {};
    for (const index of Object.keys(definitionOf(name).indexes)) indexes[index] = Tree.empty();
    tables[name] = { rows: Tree.empty(), indexes };
  }
  return tables as unknown as TableSet;
}

export interface RowMove<R> {
  readonly key: string;
  /** the row that is in the table now */
  readonly before: R | undefined;
  readonly row: R | undefined;
  readonly edit?: Edit | undefined;
}

/** Puts a row (or takes it out when `row` is undefined) and keeps every index right. */
export function changed<N extends TableName>(
  name: N,
  table: Table<Rows[N]>,
  change: RowMove<Rows[N]>,
): Table<Rows[N]> {
  const { key, before, row, edit } = change;
  const rows = row === undefined ? table.rows.delete(key, edit) : table.rows.set(key, row, edit);
  const indexes: Record<string, Tree<Tree<Indexed<Rows[N]>>>> = {};
  for (const { name: index, valueIn, keysOnly } of indexesOf(name)) {
    const tree = table.indexes[index] as Tree<Tree<Indexed<Rows[N]>>>;
    const from = before === undefined ? undefined : valueIn(before);
    const to = row === undefined ? undefined : valueIn(row);
    const entry = keysOnly && row !== undefined ? true : row;
    indexes[index] = keysOnly && from === to ? tree : moved(tree, { key, entry, from, to, edit });
  }
  return { rows, indexes };
}

interface Move<R> {
  readonly key: string;
  readonly entry: R | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly edit: Edit | undefined;
}

function moved<R>(tree: Tree<Tree<R>>, move: Move<R>): Tree<Tree<R>> {
  const { key, entry, from, to, edit } = move;
  let result = tree;
  if (from !== undefined && from !== to) {
    const bucket = result.get(from)?.delete(key, edit);
    result = bucket && bucket.size > 0 ? result.set(from, bucket, edit) : result.delete(from, edit);
  }
  if (to !== undefined && entry !== undefined) {
    const bucket = result.get(to) ?? Tree.empty<R>();
    result = result.set(to, bucket.set(key, entry, edit), edit);
  }
  return result;
}
