// SPDX-License-Identifier: MPL-2.0
// A memory engine whose commits can be held, made to fail, or overtaken by another server.

import { type Batch, type BatchLimits, type CommitOutcome, MemoryEngine } from '#engine';

export class GatedEngine extends MemoryEngine {
  override readonly limits: BatchLimits & { maxChanges: number; maxBytes: number };
  /** sizes of the committed batches, in changes */
  readonly sizes: number[] = [];
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(limits = { maxChanges: 10_000, maxBytes: 16 * 1024 * 1024 }) {
    super();
    this.limits = limits;
  }

  get commits(): number {
    return this.sizes.length;
  }

  /** Commits wait from now on. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** Lets the waiting commit through, or fails it. */
  release(failure?: Error): void {
    const gate = this.#gate;
    this.#gate = undefined;
    // Nobody may be waiting.
    gate?.promise.catch(() => {});
    if (failure) gate?.reject(failure);
    else gate?.resolve();
  }

  /** Another server commits an empty batch. */
  takeOver(): void {
    void this.committedIndex().then((index) =>
      super.commit({ expect: index, index: index + 1, changes: [] }),
    );
  }

  override async commit(batch: Batch): Promise<CommitOutcome> {
    await this.#gate?.promise;
    const outcome = await super.commit(batch);
    if (outcome === 'committed') this.sizes.push(batch.changes.length);
    return outcome;
  }
}
