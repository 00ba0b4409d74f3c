// SPDX-License-Identifier: MPL-2.0
// Leadership of an engine with one server: always the leader.

import type { Leadership } from './contract.ts';

/** Says `leader` and then waits until the signal or `ended` fires. */
export async function* alwaysLeader(
  ...ends: readonly (AbortSignal | undefined)[]
): AsyncGenerator<Leadership> {
  const signals = ends.filter((end) => end !== undefined);
  if (signals.some((signal) => signal.aborted)) return;
  yield 'leader';
  const any = AbortSignal.any(signals);
  if (any.aborted) return;
  await new Promise<void>((resolve) => any.addEventListener('abort', () => resolve(), { once: true }));
}
