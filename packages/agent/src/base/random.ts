// SPDX-License-Identifier: MPL-2.0
// The only place that touches randomness. Everything else takes a Random.

import { randomBytes, randomInt, randomUUID } from 'node:crypto';

export interface Random {
  /** UUID v4 text. */
  uuid(): string;
  /** 0 <= x < 1 */
  float(): number;
  /** 0 <= x < bound, whole number */
  int(bound: number): number;
  bytes(count: number): Uint8Array;
}

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  float: () => Math.random(),
  int: (bound) => (bound <= 1 ? 0 : randomInt(bound)),
  bytes: (count) => randomBytes(count),
};

/** Same seed, same numbers: for tests, simulation and the scheduler's shuffles. Not for secrets. */
export function seededRandom(seed: number | string): Random {
  let state = typeof seed === 'number' ? seed >>> 0 : hash32(seed);
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => next() & 0xff);
  return {
    float: () => next() / 2 ** 32,
    int: (bound) => (bound <= 1 ? 0 : Math.floor((next() / 2 ** 32) * bound)),
    bytes,
    uuid: () => {
      const b = bytes(16);
      b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
      b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
      const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}

/** FNV-1a, 32 bit. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
