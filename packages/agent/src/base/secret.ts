// SPDX-License-Identifier: MPL-2.0
// A value that must not reach a log, an error text or a JSON body by accident.

import { inspect } from 'node:util';

const redacted = '[redacted]';

export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The real text: call it only where it is used, never store the result. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return redacted;
  }
  toJSON(): string {
    return redacted;
  }
  [inspect.custom](): string {
    return redacted;
  }
}
