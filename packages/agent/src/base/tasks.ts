// SPDX-License-Identifier: MPL-2.0
// Background work with an owner: nothing floats, and stop() waits for all of it.

import type { Logger } from './log.ts';

export class TaskSet {
  readonly #log: Logger;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Runs the job with the set's signal. A failure that is not the abort itself is logged. */
  run(name: string, job: (signal: AbortSignal) => Promise<void>): void {
    const running = job(this.#abort.signal)
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#log.error('background work failed', { work: name, error });
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#running);
  }
}
