// SPDX-License-Identifier: MPL-2.0
// State without engine and write loop: each write is a batch of its own, at once. Rows are frozen.

import { type RowChange, type StateSnapshot, StateStore, type TableName, Tx } from '#state';
import { VirtualClock } from './virtual-clock.ts';

export class TestState {
  readonly store: StateStore;

  constructor(clock = new VirtualClock()) {
    this.store = new StateStore({ freezeRows: true }, { clock });
  }

  get snapshot(): StateSnapshot {
    return this.store.snapshot();
  }

  get index(): number {
    return this.store.index;
  }

  /** Runs the operation as the only one of a batch. What throws changes nothing. */
  write<T>(operation: (tx: Tx) => T, name = 'test'): T {
    const before = this.store.snapshot();
    const tx = new Tx({
      index: before.index + 1,
      tables: before.tables,
      tableIndexes: before.tableIndexes,
      freezeRows: true,
    });
    const result = operation(tx);
    const tableIndexes: Partial<Record<TableName, number>> = { ...before.tableIndexes };
    for (const { table } of tx.changes.values()) tableIndexes[table] = tx.index;
    const { index, tables, changes } = tx;
    this.store.apply({ index, tables, tableIndexes, changes, operations: [{ name, changes }] });
    return result;
  }

  /** What an operation would change, by `table/key`, without doing it. */
  dryRun(operation: (tx: Tx) => unknown): Map<string, RowChange> {
    const before = this.store.snapshot();
    const { tables, tableIndexes } = before;
    const tx = new Tx({ index: before.index + 1, tables, tableIndexes, freezeRows: true });
    operation(tx);
    return tx.changes;
  }
}
