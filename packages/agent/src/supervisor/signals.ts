// SPDX-License-Identifier: MPL-2.0
// Names and numbers of signals.

import { constants } from 'node:os';
import { AppError } from '#base';

const numbers: ReadonlyMap<string, number> = new Map(Object.entries(constants.signals));

/**
 * Number of a signal given as `SIGHUP`, `hup`, `HUP` or `1`.
 * @throws AppError `invalid` for anything else.
 */
export function signalNumber(signal: string): number {
  const upper = signal.trim().toUpperCase();
  const named = numbers.get(upper) ?? numbers.get(`SIG${upper}`);
  if (named !== undefined) return named;
  // Nomad also takes numbers; 64 is the highest real-time signal
  if (/^\d{1,2}$/.test(upper) && Number(upper) >= 1 && Number(upper) <= 64) return Number(upper);
  throw new AppError('invalid', `unknown signal ${JSON.stringify(signal)}: use a name like "SIGHUP"`);
}

/** `SIGKILL` for 9; `signal 42` for one without a name. */
export function signalName(signal: number): string {
  for (const [name, value] of numbers) if (value === signal) return name;
  return `signal ${signal}`;
}
