// SPDX-License-Identifier: MPL-2.0
// Lines with the time before them, and the pauses between two looks at what is followed.

import type { CommandContext } from '../command.ts';
import { formatTime } from '../output/format.ts';
import { paint } from '../output/ui.ts';

/** Milliseconds between two looks. The API has no blocking query for an object together with its allocations. */
const pollMs = 100;
const slowPollMs = 500;
/** After this time the pauses get longer, in milliseconds. */
const slowAfterMs = 5_000;

export class Timeline {
  readonly #context: CommandContext;
  readonly #startMs: number;

  constructor(context: CommandContext) {
    this.#context = context;
    this.#startMs = context.clock.monotonicMs();
  }

  headline(text: string): void {
    const { ui } = this.#context;
    ui.output(paint(ui, 'bold', `==> ${this.#now()}: ${text}`));
  }

  line(text: string): void {
    this.#context.ui.output(`    ${this.#now()}: ${text}`);
  }

  /** Rejects when the user interrupts. */
  async pause(): Promise<void> {
    const { clock, signal } = this.#context;
    const slow = clock.monotonicMs() - this.#startMs > slowAfterMs;
    await clock.sleep(slow ? slowPollMs : pollMs, signal);
  }

  #now(): string {
    return formatTime(this.#context.clock.nowMs());
  }
}
