// SPDX-License-Identifier: MPL-2.0
// How well a node would be used: BestFit v3 (Google's cluster data paper), between 0 and 1.

/** Largest raw score: both dimensions exactly full. */
const maxFitScore = 18;

/** 'binpack' prefers full nodes, 'spread' empty ones. */
export type Algorithm = 'binpack' | 'spread';

/** Free parts of cpu and memory once the allocation is placed: 1 is an empty node, 0 a full one. */
export function fitScore(algorithm: Algorithm, freeCpu: number, freeMemory: number): number {
  const total = 10 ** freeCpu + 10 ** freeMemory;
  const raw = algorithm === 'spread' ? total - 2 : 20 - total;
  return Math.min(Math.max(raw, 0), maxFitScore) / maxFitScore;
}

/** Part that stays free; a node without any of it counts as full. */
export function freePart(used: number, total: number): number {
  return total > 0 ? 1 - used / total : 0;
}
