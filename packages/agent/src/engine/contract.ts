// SPDX-License-Identifier: MPL-2.0
// What a state engine is: an ordered, durable, fenced store of rows. It knows keys and bytes, not what they mean.

import type { Readable } from 'node:stream';

/** One stored value. Keys are text (`jobs/default…`), values opaque bytes. */
export interface Row {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A row to write, or to delete when `value` is null. */
export interface Change {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface Batch {
  /** Index the writer believes is committed. The guard that fences a deposed leader. */
  readonly expect: number;
  /** Index of this batch: `expect + 1`. */
  readonly index: number;
  readonly changes: readonly Change[];
}

export type CommitOutcome =
  /** durable: survives kill -9 and power loss */
  | 'committed'
  /** someone else moved the index: nothing was written */
  | 'fenced';

export interface CommittedBatch {
  readonly index: number;
  readonly changes: readonly Change[];
  /** Everything was replaced (restore): `changes` is empty, read all rows again with `open`. */
  readonly reset?: true;
}

export type Leadership = 'leader' | 'follower';

/** All rows at one index. Read them, once, to the end or to a `break`: they may hold files open until then. */
export interface RowsAt {
  readonly index: number;
  readonly rows: AsyncIterable<Row>;
}

/** What a batch may hold. The write loop closes a batch before it gets larger. */
export interface BatchLimits {
  readonly maxChanges: number;
  readonly maxBytes: number;
}

/**
 * Every engine passes `test/conformance/engine-suite.ts`.
 *
 * - A commit is acknowledged only once it is durable; a commit that throws wrote nothing a later reader sees
 *   (unless the process dies at that moment: then it may survive, whole).
 * - Commits are called one at a time.
 * - `restore` sets the index to the larger of both plus one, so that the index never goes back.
 */
export interface Engine {
  readonly limits: BatchLimits;
  /** Everything at one index. Must be called first; may be called again (after a reset). */
  open(): Promise<RowsAt>;
  commit(batch: Batch): Promise<CommitOutcome>;
  /** Batches after `from`, in order, own commits included, until the signal or close ends it. Throws `conflict` when they are gone. */
  follow(from: number, signal?: AbortSignal): AsyncIterable<CommittedBatch>;
  /** Linearizable. */
  committedIndex(): Promise<number>;
  /** Current role first, then each change, until the signal or close ends it. */
  leadership(candidate: string, signal?: AbortSignal): AsyncIterable<Leadership>;
  /** All rows at one index with checksums (format: row-stream.ts). Errors surface on the stream. */
  snapshot(): Readable;
  /** Checks a snapshot stream without changing anything. The rows throw `invalid` where the stream is damaged. */
  readSnapshot(from: Readable): Promise<RowsAt>;
  /** Replaces everything by a snapshot. A damaged stream throws `invalid` and leaves everything as it was. */
  restore(from: Readable): Promise<void>;
  close(): Promise<void>;
}
