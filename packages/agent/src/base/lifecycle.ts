// SPDX-License-Identifier: MPL-2.0
// Things that are started once and stopped once, in reverse order.

import type { Logger } from './log.ts';

export interface Startable {
  start(): Promise<void>;
  /** Must not throw for work that is already done; called once. */
  stop(): Promise<void>;
}

/** Starts its parts in order; stops those that were started in reverse order, also after a failed start. */
export class Lifecycle {
  readonly #log: Logger;
  readonly #started: { name: string; stop: () => Promise<void> }[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  async start(name: string, part: Startable): Promise<void> {
    await part.start();
    this.#started.push({ name, stop: () => part.stop() });
  }

  onStop(name: string, stop: () => Promise<void>): void {
    this.#started.push({ name, stop });
  }

  async stop(): Promise<void> {
    for (let part = this.#started.pop(); part; part = this.#started.pop()) {
      try {
        await part.stop();
      } catch (error) {
        this.#log.error('stopping failed', { part: part.name, error });
      }
    }
  }
}
