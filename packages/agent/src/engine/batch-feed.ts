// SPDX-License-Identifier: MPL-2.0
// Newest committed batches for those who follow them. Older ones must be read as rows.

import { AppError } from '#base';
import type { CommittedBatch } from './contract.ts';

/** Batches and bytes kept for followers that lag. Larger: a follower may pause longer before it must reload. */
const maxBatches = 4096;
/** Bytes of these batches. */
const maxBytes = 4 * 1024 * 1024;

export class BatchFeed {
  readonly #recent: { readonly batch: CommittedBatch; readonly bytes: number }[] = [];
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
  #last: number;
  #closed = false;

  /** `index`: the newest index committed so far. */
  constructor(index: number) {
    this.#last = index;
  }

  push(batch: CommittedBatch): void {
    let bytes = 0;
    for (const { key, value } of batch.changes) bytes += key.length + (value?.length ?? 0);
    if (batch.reset) this.#forget();
    this.#recent.push({ batch, bytes });
    this.#bytes += bytes;
    this.#last = batch.index;
    while (this.#recent.length > maxBatches || (this.#bytes > maxBytes && this.#recent.length > 1)) {
      this.#bytes -= this.#recent.shift()?.bytes ?? 0;
    }
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *follow(from: number, signal?: AbortSignal): AsyncGenerator<CommittedBatch> {
    let index = from;
    while (!this.#closed && !signal?.aborted) {
      const batch = this.#after(index);
      if (!batch) {
        await this.#more(signal);
        continue;
      }
      index = batch.index;
      yield batch;
    }
  }

  /** The first batch with a larger index; undefined: not committed yet. */
  #after(index: number): CommittedBatch | undefined {
    if (index >= this.#last) return undefined;
    const first = this.#recent[0]?.batch;
    // Everything before a reset is void, so a follower may jump to it from anywhere.
    if (first?.reset && index < first.index) return first;
    if (!first || index + 1 < first.index) {
      throw new AppError(
        'conflict',
        `batches after index ${index} are not kept any more: open the rows again`,
      );
    }
    return this.#recent[index + 1 - first.index]?.batch;
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  #forget(): void {
    this.#recent.length = 0;
    this.#bytes = 0;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
