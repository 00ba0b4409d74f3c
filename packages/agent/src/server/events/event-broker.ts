// SPDX-License-Identifier: MPL-2.0
// From commits to subscribers. Each subscriber has a place in the chain of batches and reads at its own pace; one that
// falls too far behind is ended with an error, so that it can't hold the memory of the server.

import { AppError, type Metrics } from '#base';
import type { CommittedOperation } from '#state';
import { eventsOf } from './event.ts';
import { EventBuffer } from './event-buffer.ts';
import type { EventFilter } from './event-filter.ts';
import { EncodedFrames } from './event-frames.ts';
import { Subscription } from './subscription.ts';

/** Open subscriptions of one server. More: 429. */
export const maxSubscriptions = 2048;
/** Commits that a subscriber may be behind; then its stream ends. */
export const maxBehindBatches = 8192;
/** Events that a subscriber may be behind; then its stream ends. */
export const maxBehindEvents = 100_000;

export interface EventBrokerOptions {
  /** commits kept for subscribers that ask for an earlier index */
  readonly bufferSize: number;
}

export class EventBroker {
  /** Encoded frames, shared by subscribers with the same filter. */
  readonly frames = new EncodedFrames();
  readonly #buffer: EventBuffer;
  readonly #metrics: Metrics;
  readonly #subscriptions = new Set<Subscription>();
  #closed: AppError | undefined;

  constructor(options: EventBrokerOptions, dependencies: { readonly metrics: Metrics }) {
    this.#buffer = new EventBuffer(options.bufferSize);
    this.#metrics = dependencies.metrics;
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /** Synchronous, once per commit, in order. */
  publish(index: number, operations: readonly CommittedOperation[]): void {
    const events = eventsOf(operations);
    if (events.length === 0) return;
    this.#buffer.append(index, events);
    const { end } = this.#buffer;
    for (const subscription of this.#subscriptions) {
      const { place } = subscription;
      if (end.batches - place.batches > maxBehindBatches || end.events - place.events > maxBehindEvents) {
        subscription.end(tooSlow());
      } else subscription.wake();
    }
  }

  /** `index`: the first one wanted; see `EventBuffer.placeOf`. */
  subscribe(filter: EventFilter, index: number): Subscription {
    if (this.#closed) throw this.#closed;
    if (this.#subscriptions.size >= maxSubscriptions) {
      throw new AppError('limit', `too many subscriptions to events: ${maxSubscriptions} are open`);
    }
    const { oldestIndex } = this.#buffer;
    if (index > 0 && oldestIndex !== undefined) {
      this.#metrics.gauge(
        'nomad.nomad.event_broker.subscription.request_offset',
        Math.max(0, oldestIndex - index),
      );
    }
    const subscription = new Subscription(filter, this.#buffer.placeOf(index), () => {
      this.#subscriptions.delete(subscription);
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** After a restore: what was told is no longer what is. */
  reset(): void {
    this.#buffer.clear();
    this.frames.clear();
    this.#endAll(
      new AppError(
        'unavailable',
        'the state was restored from a snapshot: read it again, then subscribe anew',
      ),
    );
  }

  /** Ends every subscription and takes no more. */
  close(): void {
    this.#closed = new AppError('unavailable', 'subscription closed: the server is stopping');
    this.#buffer.clear();
    this.#endAll(this.#closed);
  }

  #endAll(error: AppError): void {
    for (const subscription of [...this.#subscriptions]) subscription.end(error);
  }
}

function tooSlow(): AppError {
  return new AppError(
    'limit',
    'subscription closed: its reader is too slow for the events of this region; subscribe again from the last index',
  );
}
