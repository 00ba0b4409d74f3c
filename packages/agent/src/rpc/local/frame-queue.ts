// SPDX-License-Identifier: MPL-2.0
// One direction of an in-process stream: a bounded queue with a waiting sender.

import { AppError } from '#base';

/** Frames held before `push` makes the sender wait. A frame is at most 64 KiB by convention. */
export const frameQueueSize = 16;

export class FrameQueue {
  #frames: unknown[] = [];
  #ended = false;
  #wakeReader: (() => void) | undefined;
  #wakeSenders: (() => void)[] = [];

  /** Resolves when there is room for the next frame. */
  async push(frame: unknown): Promise<void> {
    if (this.#ended) throw streamClosed();
    this.#frames.push(frame);
    this.#wakeReader?.();
    if (this.#frames.length < frameQueueSize) return;
    await new Promise<void>((resolve) => this.#wakeSenders.push(resolve));
    if (this.#ended) throw streamClosed();
  }

  /** No more frames will come; those in the queue are still delivered. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
    this.#release();
  }

  /** The reader is gone: what is in the queue is dropped. */
  discard(): void {
    this.#frames = [];
    this.end();
  }

  async *read(): AsyncGenerator<unknown> {
    for (;;) {
      const frames = this.#frames;
      this.#frames = [];
      this.#release();
      yield* frames;
      if (this.#frames.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
      this.#wakeReader = undefined;
    }
  }

  #release(): void {
    const waiting = this.#wakeSenders;
    this.#wakeSenders = [];
    for (const wake of waiting) wake();
  }
}

export function streamClosed(): AppError {
  return new AppError('canceled', 'stream closed by the other side');
}
