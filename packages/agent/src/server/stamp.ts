// SPDX-License-Identifier: MPL-2.0
// What an operation of the write loop uses instead of clock and randomness: drawn before it runs, and the same each time
// it runs again.

import { createHash } from 'node:crypto';
import type { Clock, Random } from '#base';

export interface Stamp {
  readonly nowMs: number;
  readonly nowNs: number;
  /** RFC 3339 */
  readonly nowIso: string;
  /** UUID v4 text, a new one with each call. */
  uuid(): string;
}

interface Sources {
  readonly clock: Clock;
  readonly random: Random;
}

/** Draws now; each call of the result starts the same sequence of ids anew. Call it once, inside the operation. */
export function stampFor({ clock, random }: Sources): () => Stamp {
  const salt = random.uuid();
  const times = { nowMs: clock.nowMs(), nowNs: clock.nowNs(), nowIso: clock.nowIso() };
  return () => {
    let drawn = 0;
    return {
      ...times,
      uuid: () => {
        drawn += 1;
        return drawn === 1 ? salt : derivedUuid(`${salt}/${drawn}`);
      },
    };
  };
}

/** For code outside of operations, which runs once. */
export function stampNow(sources: Sources): Stamp {
  return stampFor(sources)();
}

function derivedUuid(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
