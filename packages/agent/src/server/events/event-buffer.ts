// SPDX-License-Identifier: MPL-2.0
// The latest commits with their events, as a chain: new subscribers start inside of it, those that are at work hold on
// to their place, and what nobody can reach any more is freed.

import type { Event } from './event.ts';

/** Events that are kept for new subscribers, whatever the number of commits. Bounds the old rows kept in memory. */
export const maxKeptEvents = 20_000;

/** A place in the chain. */
export interface Place {
  next: Batch | undefined;
  /** batches and events published up to here */
  readonly batches: number;
  readonly events: number;
}

export interface Batch extends Place {
  readonly index: number;
  readonly content: readonly Event[];
}

export class EventBuffer {
  readonly #size: number;
  #oldest: Batch | undefined;
  #newest: Batch | undefined;
  #end: Place = { next: undefined, batches: 0, events: 0 };

  /** `size`: commits kept for new subscribers; 0: they see only what comes after them. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Where the next batch will be appended. */
  get end(): Place {
    return this.#end;
  }

  append(index: number, content: readonly Event[]): void {
    const { batches, events } = this.#end;
    const batch: Batch = {
      index,
      content,
      next: undefined,
      batches: batches + 1,
      events: events + content.length,
    };
    this.#end.next = batch;
    this.#end = batch;
    this.#newest = batch;
    this.#oldest ??= batch;
    this.#trim();
  }

  /**
   * The place before the first batch of this index or a later one; before the newest when there is none; before
   * everything that is kept for 0.
   */
  placeOf(index: number): Place {
    let found = this.#oldest;
    while (found && found.index < index) found = found.next;
    found ??= this.#oldest && this.#newest;
    if (!found) return this.#end;
    return { next: found, batches: found.batches - 1, events: found.events - found.content.length };
  }

  /** Index of the oldest batch that is kept. */
  get oldestIndex(): number | undefined {
    return this.#oldest?.index;
  }

  /** Forgets everything. Places of before lead nowhere. */
  clear(): void {
    const { batches, events } = this.#end;
    this.#oldest = undefined;
    this.#newest = undefined;
    this.#end = { next: undefined, batches, events };
  }

  #trim(): void {
    const { batches, events } = this.#end;
    for (let oldest = this.#oldest; oldest; oldest = this.#oldest) {
      const kept = batches - oldest.batches + 1;
      const keptEvents = events - oldest.events + oldest.content.length;
      if (kept <= this.#size && (kept === 1 || keptEvents <= maxKeptEvents)) return;
      this.#oldest = oldest.next;
      if (this.#oldest === undefined) this.#newest = undefined;
    }
  }
}
