// SPDX-License-Identifier: MPL-2.0
// What state needs of an engine. Declared here, since state does not know the engine module; every engine satisfies it.

import type { Readable } from 'node:stream';

export interface StoredRow {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface StoredChange {
  readonly key: string;
  /** null: delete */
  readonly value: Uint8Array | null;
}

export interface StoredBatch {
  readonly index: number;
  readonly changes: readonly StoredChange[];
  /** everything was replaced: read all rows again */
  readonly reset?: true;
}

export interface StoredRows {
  readonly index: number;
  readonly rows: AsyncIterable<StoredRow>;
}

export interface StateEngine {
  readonly limits: { readonly maxChanges: number; readonly maxBytes: number };
  open(): Promise<StoredRows>;
  commit(batch: {
    expect: number;
    index: number;
    changes: readonly StoredChange[];
  }): Promise<'committed' | 'fenced'>;
  follow(from: number, signal?: AbortSignal): AsyncIterable<StoredBatch>;
  snapshot(): Readable;
  readSnapshot(from: Readable): Promise<StoredRows>;
  restore(from: Readable): Promise<void>;
}
