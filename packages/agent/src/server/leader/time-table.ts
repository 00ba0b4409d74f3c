// SPDX-License-Identifier: MPL-2.0
// Which index was current at what time, for collecting what is older than a threshold. Kept in memory; after a restart
// it is filled from objects that carry both an index and a time.

export interface IndexAtTime {
  readonly index: number;
  readonly timeMs: number;
}

/** Times are recorded no finer than this. Milliseconds. */
const minGranularityMs = 60_000;
/** Entries kept; a longer past is recorded more coarsely. */
const maxEntries = 4_096;

export class TimeTable {
  readonly #keptMs: number;
  readonly #granularityMs: number;
  /** ascending by time and index */
  #entries: IndexAtTime[] = [];

  /** `keptMs`: how far back questions go. */
  constructor(keptMs: number) {
    this.#granularityMs = Math.max(minGranularityMs, Math.ceil(keptMs / maxEntries));
    // The entry before the oldest moment must still be there.
    this.#keptMs = keptMs + 2 * this.#granularityMs;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** This index is current now. */
  record(index: number, timeMs: number): void {
    const last = this.#entries.at(-1);
    if (last && (timeMs - last.timeMs < this.#granularityMs || index < last.index)) return;
    this.#entries.push({ index, timeMs });
    // The newest of those that are too old still answers for the time after it.
    const oldest = this.#entries.findIndex((entry) => timeMs - entry.timeMs <= this.#keptMs);
    if (oldest > 1) this.#entries = this.#entries.slice(oldest - 1);
  }

  /** Starts anew with what objects tell about the past, in any order. */
  restore(known: Iterable<IndexAtTime>, nowMs: number): void {
    const sorted = [...known]
      .filter(({ timeMs }) => timeMs > 0 && timeMs <= nowMs)
      .sort((a, b) => a.timeMs - b.timeMs);
    this.#entries = [];
    // A time that was taken before its commit may belong to a larger index than a later one: the smaller is safe.
    let smallest = Number.POSITIVE_INFINITY;
    const safe: IndexAtTime[] = [];
    for (const { index, timeMs } of sorted.reverse()) {
      smallest = Math.min(smallest, index);
      safe.push({ index: smallest, timeMs });
    }
    for (const { index, timeMs } of safe.reverse()) this.record(index, timeMs);
  }

  /** Newest recorded index that was current at or before this time; 0 when that is not known. */
  indexAt(timeMs: number): number {
    return this.#entries.findLast((entry) => entry.timeMs <= timeMs)?.index ?? 0;
  }
}
