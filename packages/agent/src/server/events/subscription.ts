// SPDX-License-Identifier: MPL-2.0
// One reader of events.

import type { AppError } from '#base';
import type { Event } from './event.ts';
import type { Batch, Place } from './event-buffer.ts';
import type { EventFilter } from './event-filter.ts';

/** Events of one commit that this subscriber asked for; never empty. */
export interface Delivery {
  readonly index: number;
  readonly events: readonly Event[];
}

export class Subscription {
  readonly filter: EventFilter;
  readonly #onEnd: () => void;
  #place: Place;
  #error: AppError | undefined;
  #wake: (() => void) | undefined;

  constructor(filter: EventFilter, place: Place, onEnd: () => void) {
    this.filter = filter;
    this.#place = place;
    this.#onEnd = onEnd;
  }

  /** Up to where it has read. */
  get place(): Place {
    return this.#place;
  }

  /** What comes next, if it is there. Throws once the subscription has ended. */
  take(): Delivery | undefined {
    if (this.#error) throw this.#error;
    for (let batch = this.#place.next; batch; batch = this.#place.next) {
      this.#place = batch;
      const events = this.#wanted(batch);
      if (events.length > 0) return { index: batch.index, events };
    }
    return undefined;
  }

  /** Calls back once: at the next commit, or at the end. At once when either has happened already. */
  onReady(wake: () => void): void {
    if (this.#error || this.#place.next) wake();
    else this.#wake = wake;
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Lets go of everything; the reader gets the error at its next step. */
  end(error: AppError): void {
    if (this.#error) return;
    this.#error = error;
    this.#place = { ...this.#place, next: undefined };
    this.#onEnd();
    this.wake();
  }

  #wanted(batch: Batch): readonly Event[] {
    return batch.content.filter((event) => this.filter.matches(event));
  }
}
