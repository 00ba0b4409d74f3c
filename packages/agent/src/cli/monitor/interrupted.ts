// SPDX-License-Identifier: MPL-2.0
// Ctrl-C while something is followed: what is followed goes on, and the user is told how to look again.

import type { CommandContext } from '../command.ts';
import { isCanceled } from '../failure.ts';

/** Exit code of an interrupted command: how it would have ended is unknown. */
const interruptedExit = 1;

export async function hintIfInterrupted(
  { ui, signal }: CommandContext,
  hint: string,
  following: Promise<number>,
): Promise<number> {
  try {
    return await following;
  } catch (error) {
    if (!isCanceled(error) || !signal.aborted) throw error;
    ui.error(`No longer following; ${hint}`);
    return interruptedExit;
  }
}
