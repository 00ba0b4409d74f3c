// SPDX-License-Identifier: MPL-2.0
// An engine that forgets everything when the process ends: for tests and simulation.

import { Readable } from 'node:stream';
import { AppError } from '#base';
import { checkBatch } from '../batch-check.ts';
import { BatchFeed } from '../batch-feed.ts';
import type { Batch, CommitOutcome, CommittedBatch, Engine, Leadership, Row, RowsAt } from '../contract.ts';
import { alwaysLeader } from '../leading.ts';
import { damagedSnapshot, decodeRowStream, encodeRowStream } from '../row-stream.ts';

export class MemoryEngine implements Engine {
  readonly limits = { maxChanges: 10_000, maxBytes: 16 * 1024 * 1024 };
  readonly #ended = new AbortController();
  readonly #feed = new BatchFeed(0);
  #rows = new Map<string, Uint8Array>();
  #index = 0;

  open(): Promise<RowsAt> {
    return Promise.resolve({ index: this.#index, rows: iterate(this.#rows) });
  }

  commit(batch: Batch): Promise<CommitOutcome> {
    return new Promise((resolve) => {
      this.#checkOpen();
      checkBatch(batch, this.limits);
      if (batch.expect !== this.#index) {
        resolve('fenced');
        return;
      }
      for (const { key, value } of batch.changes) {
        if (value === null) this.#rows.delete(key);
        else this.#rows.set(key, Uint8Array.from(value));
      }
      this.#index = batch.index;
      this.#feed.push({ index: batch.index, changes: batch.changes });
      resolve('committed');
    });
  }

  follow(from: number, signal?: AbortSignal): AsyncIterable<CommittedBatch> {
    return this.#feed.follow(from, signal);
  }

  committedIndex(): Promise<number> {
    return Promise.resolve(this.#index);
  }

  leadership(_candidate: string, signal?: AbortSignal): AsyncIterable<Leadership> {
    return alwaysLeader(this.#ended.signal, signal);
  }

  snapshot(): Readable {
    return Readable.from(encodeRowStream({ index: this.#index, rows: iterate(this.#rows) }), {
      objectMode: false,
    });
  }

  readSnapshot(from: Readable): Promise<RowsAt> {
    return decodeRowStream(from, damagedSnapshot);
  }

  async restore(from: Readable): Promise<void> {
    this.#checkOpen();
    const { index, rows } = await this.readSnapshot(from);
    const restored = new Map<string, Uint8Array>();
    for await (const { key, value } of rows) restored.set(key, Uint8Array.from(value));
    this.#rows = restored;
    this.#index = Math.max(this.#index, index) + 1;
    this.#feed.push({ index: this.#index, changes: [], reset: true });
  }

  close(): Promise<void> {
    this.#ended.abort();
    this.#feed.close();
    return Promise.resolve();
  }

  #checkOpen(): void {
    if (this.#ended.signal.aborted) throw new AppError('unavailable', 'the state engine is closed');
  }
}

/** At the moment of the call, whatever is written while it is read. */
function iterate(rows: ReadonlyMap<string, Uint8Array>): AsyncIterable<Row> {
  const entries = [...rows];
  return {
    async *[Symbol.asyncIterator]() {
      for (const [key, value] of entries) yield { key, value };
    },
  };
}
