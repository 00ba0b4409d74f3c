// SPDX-License-Identifier: MPL-2.0
// Deliveries → JSON. Those of one commit are encoded once for all subscribers with the same filter.

import { eventJson } from './event.ts';
import type { Delivery } from './subscription.ts';

/** Bytes of encoded frames that are kept for other subscribers; the oldest go first. */
export const maxEncodedBytes = 8 * 1024 * 1024;
/** Events of one frame: a large commit goes out as several frames of the same index. */
export const maxFrameEvents = 32;
/** Characters from which on a frame takes no further event. */
export const maxFrameLength = 1024 * 1024;

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
    for (const frame of encoded(delivery)) {
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

function* encoded({ index, events }: Delivery): Generator<Uint8Array> {
  let part: string[] = [];
  let length = 0;
  for (const event of events) {
    const text = JSON.stringify(eventJson(event, index));
    part.push(text);
    length += text.length;
    if (part.length < maxFrameEvents && length < maxFrameLength) continue;
    yield frameOf(index, part);
    part = [];
    length = 0;
  }
  if (part.length > 0) yield frameOf(index, part);
}

function frameOf(index: number, events: readonly string[]): Uint8Array {
  return Buffer.from(`{"Index":${index},"Events":[${events.join(',')}]}`);
}

function sizeOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}
