// SPDX-License-Identifier: MPL-2.0
// Pings a peer at an interval and notices when it stops answering.

import type { Clock, Timer } from '#base';
import type { YamuxLimits } from './limits.ts';

export class KeepAlive {
  readonly #clock: Clock;
  readonly #pingTimeoutMs: number;
  readonly #send: (id: number) => void;
  readonly #dead: () => void;
  readonly #interval: Timer;
  /** Pings on their way, by id. */
  readonly #waiting = new Map<number, Timer>();
  #nextId = 0;

  constructor(
    limits: Pick<YamuxLimits, 'keepAliveMs' | 'pingTimeoutMs'>,
    dependencies: { clock: Clock; send: (id: number) => void; dead: () => void },
  ) {
    this.#clock = dependencies.clock;
    this.#pingTimeoutMs = limits.pingTimeoutMs;
    this.#send = dependencies.send;
    this.#dead = dependencies.dead;
    this.#interval = this.#clock.every(limits.keepAliveMs, () => this.#ping(), { unref: true });
  }

  answered(id: number): void {
    this.#waiting.get(id)?.cancel();
    this.#waiting.delete(id);
  }

  stop(): void {
    this.#interval.cancel();
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }

  #ping(): void {
    const id = this.#nextId;
    this.#nextId = (id + 1) % 2 ** 32;
    this.#waiting.set(id, this.#clock.after(this.#pingTimeoutMs, this.#dead, { unref: true }));
    this.#send(id);
  }
}
