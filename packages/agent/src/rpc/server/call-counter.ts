// SPDX-License-Identifier: MPL-2.0
// How many handlers run for one connection. They count until they return, also when their stream is gone: a peer that
// opens and resets streams gains nothing.

export class CallCounter {
  readonly #limit: number;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get running(): number {
    return this.#running;
  }

  /** False when the limit is reached. */
  enter(): boolean {
    if (this.#running >= this.#limit) return false;
    this.#running += 1;
    return true;
  }

  leave(): void {
    this.#running -= 1;
  }
}
