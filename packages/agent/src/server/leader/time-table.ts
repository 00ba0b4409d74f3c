// SPDX-License-Identifier: MPL-2.0
// Which index was current at what time, for collecting what is older than a threshold. Kept in memory: after a restart
// the past is unknown and nothing counts as old until it has aged again.

/** Times are recorded no finer than this. Milliseconds. */
const granularityMs = 60_000;
/** Longest past that is kept. Milliseconds. */
const keptMs = 72 * 3_600_000;

export class TimeTable {
  /** ascending by time */
  #entries: { readonly index: number; readonly timeMs: number }[] = [];

  record(index: number, timeMs: number): void {
    const last = this.#entries.at(-1);
    if (last && timeMs - last.timeMs < granularityMs) return;
    this.#entries.push({ index, timeMs });
    const oldest = this.#entries.findIndex((entry) => timeMs - entry.timeMs <= keptMs);
    if (oldest > 0) this.#entries = this.#entries.slice(oldest);
  }

  /** Newest recorded index that was current at or before this time; 0 when that is not known. */
  indexAt(timeMs: number): number {
    return this.#entries.findLast((entry) => entry.timeMs <= timeMs)?.index ?? 0;
  }
}
