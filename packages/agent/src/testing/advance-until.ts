// SPDX-License-Identifier: MPL-2.0
// For code that works with real files under a virtual clock: lets files happen and time pass by turns.

import type { VirtualClock } from './virtual-clock.ts';

/** Steps before a condition counts as never true. */
const maxSteps = 20_000;

/** Moves time in small steps until the condition holds. @throws with the text when it never does. */
export async function advanceUntil(
  clock: VirtualClock,
  condition: () => boolean,
  options: { readonly stepMs?: number; readonly what?: string } = {},
): Promise<void> {
  const stepMs = options.stepMs ?? 1;
  for (let step = 0; step < maxSteps; step++) {
    if (condition()) return;
    await clock.advance(stepMs);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error(`never came true: ${options.what ?? condition.toString()}`);
}
