// SPDX-License-Identifier: MPL-2.0
// How many calls are at work, by rate class.

import type { Security } from '@serai/api';
import { AppError } from '#base';
import { maxConcurrentCalls } from '../limits.ts';

type RateClass = Security['rate'];

export class Gate {
  readonly #limits: Readonly<Record<RateClass, number>>;
  readonly #working: Record<RateClass, number> = { read: 0, write: 0, expensive: 0, stream: 0 };

  constructor(limits: Readonly<Record<RateClass, number>> = maxConcurrentCalls) {
    this.#limits = limits;
  }

  /** Pair with `leave`. */
  enter(rate: RateClass): void {
    if (this.#working[rate] >= this.#limits[rate])
      throw new AppError('limit', `too many ${rate} requests are being served: try again later`);
    this.#working[rate]++;
  }

  leave(rate: RateClass): void {
    this.#working[rate]--;
  }
}
