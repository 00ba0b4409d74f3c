// SPDX-License-Identifier: MPL-2.0
// What is left of the work that one evaluation may do. Counted in steps, not in time, so a result never depends on the machine.

import { LimitError } from '../diagnostic.ts';
import type { HclLimits } from '../limits.ts';

/** Levels of nested evaluation (operators in a row count, too). Keeps the recursion well inside the smallest stack. */
export const maxEvaluationDepth = 600;

export class Budget {
  readonly limits: HclLimits;
  #left: number;
  #depth = 0;

  constructor(limits: HclLimits) {
    this.limits = limits;
    this.#left = limits.steps;
  }

  readonly charge = (steps: number): void => {
    this.#left -= steps;
    if (this.#left < 0) {
      throw new LimitError(
        'Evaluation takes too long',
        `The expressions of this file need more than ${this.limits.steps} steps. Make them produce fewer or smaller values.`,
      );
    }
  };

  get used(): number {
    return this.limits.steps - this.#left;
  }

  enter(): void {
    if (++this.#depth > maxEvaluationDepth) {
      throw new LimitError(
        'Expression nested too deeply',
        `An expression may be nested ${maxEvaluationDepth} levels deep at most. Split it with local values.`,
      );
    }
  }

  leave(): void {
    this.#depth--;
  }

  /** Checks the length of a string before or after it is made, and pays for it. */
  chargeText(length: number): void {
    if (length > this.limits.stringLength) {
      throw new LimitError(
        'String too long',
        `An expression may produce a string of ${this.limits.stringLength} characters at most.`,
      );
    }
    this.charge(length >> 4);
  }

  /** Checks the length of a collection before it is made, and pays for it. */
  chargeElements(count: number): void {
    if (count > this.limits.collectionLength) {
      throw new LimitError(
        'Collection too large',
        `An expression may produce a collection of ${this.limits.collectionLength} elements at most.`,
      );
    }
    this.charge(count);
  }
}
