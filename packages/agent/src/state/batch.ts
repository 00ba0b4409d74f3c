// SPDX-License-Identifier: MPL-2.0
// A batch while it fills: the tables with all its writes, and the outcome of each operation until the commit is known.

import { AppError } from '#base';
import type { TableIndexes } from './reader.ts';
import type { StoredChange } from './state-engine.ts';
import { encodeJson, encodeRow, tableIndexesKey } from './tables/codec.ts';
import type { TableName } from './tables/rows.ts';
import type { TableSet } from './tables/table.ts';
import { DeferOperation, type RowChange, type RowChanges, Tx } from './tx.ts';

export interface PendingWrite {
  readonly name: string;
  readonly operation: (tx: Tx) => unknown;
  readonly resolve: (index: number, result: unknown) => void;
  readonly reject: (error: AppError) => void;
}

type Outcome = { readonly result: unknown } | { readonly error: AppError };

/** One operation of a batch that is committed: where one batch holds many, `changes` are its own. */
export interface CommittedOperation {
  /** as passed to `WriteLoop.write`; '' when another server wrote it */
  readonly name: string;
  /** by stored key; `before` is what this operation found */
  readonly changes: ReadonlyMap<string, RowChange>;
}

interface Member {
  readonly pending: PendingWrite;
  readonly outcome: Outcome;
}

export interface OpenBatchOptions {
  readonly index: number;
  readonly tables: TableSet;
  readonly tableIndexes: TableIndexes;
  readonly freezeRows: boolean;
  readonly targetChanges: number;
  readonly limits: { readonly maxChanges: number; readonly maxBytes: number };
}

/** Row for the table indexes, which every batch writes as well. */
const ownChanges = 1;
/** Estimate of what a change costs beside key and value, and of the table indexes. */
const changeOverheadBytes = 16;
const ownBytes = 1024;

export class OpenBatch {
  readonly index: number;
  readonly members: Member[] = [];
  readonly changes: RowChanges = new Map();
  /** what each operation that wrote something did, in order */
  readonly operations: CommittedOperation[] = [];
  readonly #values = new Map<string, Uint8Array | null>();
  readonly #options: OpenBatchOptions;
  #tables: TableSet;
  #bytes = ownBytes;

  constructor(options: OpenBatchOptions) {
    this.index = options.index;
    this.#options = options;
    this.#tables = options.tables;
  }

  get tables(): TableSet {
    return this.#tables;
  }

  /** Runs one operation; `full`: it belongs to the next batch. What throws leaves no trace but its error. */
  run(pending: PendingWrite): 'taken' | 'full' {
    if (this.members.length > 0 && this.changes.size >= this.#options.targetChanges) return 'full';
    const { index, tableIndexes, freezeRows } = this.#options;
    const tx = new Tx({ index, tables: this.#tables, tableIndexes, freezeRows });
    try {
      const result = pending.operation(tx);
      if (this.#accept(tx, pending.name) === 'full') return 'full';
      this.members.push({ pending, outcome: { result } });
    } catch (error) {
      if (error instanceof DeferOperation && this.changes.size > 0) return 'full';
      this.members.push({ pending, outcome: { error: AppError.from(error) } });
    }
    return 'taken';
  }

  #accept(tx: Tx, name: string): 'taken' | 'full' {
    const { limits } = this.#options;
    const values = new Map<string, Uint8Array | null>();
    let { size } = this.changes;
    let bytes = this.#bytes;
    for (const [key, change] of tx.changes) {
      const value = encoded(change);
      values.set(key, value);
      const replaced = this.#values.get(key);
      if (replaced === undefined) size += 1;
      bytes += cost(key, value) - (replaced === undefined ? 0 : cost(key, replaced));
    }
    if (size + ownChanges > limits.maxChanges || bytes > limits.maxBytes) {
      if (this.changes.size > 0) return 'full';
      throw new AppError(
        'limit',
        `operation "${name}" writes ${size} rows and ${bytes} bytes, more than one batch may hold (${limits.maxChanges} rows, ${limits.maxBytes} bytes): split it`,
      );
    }
    for (const [key, change] of tx.changes) this.#merge(key, change, values.get(key) ?? null);
    if (tx.changes.size > 0) this.operations.push({ name, changes: tx.changes });
    this.#bytes = bytes;
    this.#tables = tx.tables;
    return 'taken';
  }

  #merge(key: string, change: RowChange, value: Uint8Array | null): void {
    const known = this.changes.get(key);
    this.changes.set(key, known ? { ...change, before: known.before } : change);
    this.#values.set(key, value);
  }

  /** Table indexes once this batch is committed. */
  nextTableIndexes(): TableIndexes {
    const next: Partial<Record<TableName, number>> = { ...this.#options.tableIndexes };
    for (const { table } of this.changes.values()) next[table] = this.index;
    return next;
  }

  /** What goes to the engine. */
  stored(): StoredChange[] {
    const stored: StoredChange[] = [];
    for (const [key, value] of this.#values) stored.push({ key, value });
    stored.push({ key: tableIndexesKey, value: encodeJson(this.nextTableIndexes()) });
    return stored;
  }

  resolve(index: number): void {
    for (const { pending, outcome } of this.members) {
      if ('error' in outcome) pending.reject(outcome.error);
      else pending.resolve(index, outcome.result);
    }
  }

  reject(error: AppError): void {
    for (const { pending, outcome } of this.members) {
      pending.reject('error' in outcome ? outcome.error : error);
    }
  }
}

function encoded({ table, after }: RowChange): Uint8Array | null {
  return after === undefined ? null : encodeRow(table, after);
}

function cost(key: string, value: Uint8Array | null): number {
  return key.length + (value?.length ?? 0) + changeOverheadBytes;
}
