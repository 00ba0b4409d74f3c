// SPDX-License-Identifier: MPL-2.0
// Deliveries → JSON. Those of one commit are encoded once for all subscribers with the same filter.

import { eventJson } from './event.ts';
import type { Delivery } from './subscription.ts';

/** Bytes of encoded frames that are kept for other subscribers; the oldest go first. */
export const maxEncodedBytes = 8 * 1024 * 1024;
/** Events of one frame: a large commit goes out as several frames of the same index. */
export const maxFrameEvents = 32;

/** A sign of life. */
export const emptyFrame: Uint8Array = Buffer.from('{}');

export class EncodedFrames {
  readonly #known = new Map<string, readonly Uint8Array[]>();
  #bytes = 0;

  /** One by one, so that others get their turn while a large commit is sent. */
  *of(delivery: Delivery, signature: string): Generator<Uint8Array> {
    const key = `${delivery.index}/${signature}`;
    const known = this.#known.get(key);
    if (known) {
      yield* known;
      return;
    }
    const frames: Uint8Array[] = [];
    for (let at = 0; at < delivery.events.length; at += maxFrameEvents) {
      const frame = encode(delivery, at);
      frames.push(frame);
      yield frame;
    }
    this.#keep(key, frames);
  }

  clear(): void {
    this.#known.clear();
    this.#bytes = 0;
  }

  #keep(key: string, frames: readonly Uint8Array[]): void {
    const size = sizeOf(frames);
    if (size > maxEncodedBytes || this.#known.has(key)) return;
    this.#known.set(key, frames);
    this.#bytes += size;
    for (const [oldest, old] of this.#known) {
      if (this.#bytes <= maxEncodedBytes) return;
      this.#known.delete(oldest);
      this.#bytes -= sizeOf(old);
    }
  }
}

function encode({ index, events }: Delivery, from: number): Uint8Array {
  const part = events.slice(from, from + maxFrameEvents);
  return Buffer.from(JSON.stringify({ Index: index, Events: part.map((event) => eventJson(event, index)) }));
}

function sizeOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}
