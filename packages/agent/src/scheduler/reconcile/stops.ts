// SPDX-License-Identifier: MPL-2.0
// Which allocations go when there are more than the group's count.

import type { Allocation } from '@serai/api';
import { isTerminal } from '#model';
import { AllocNames } from './alloc-names.ts';

export interface ExcessInput {
  readonly count: number;
  readonly jobId: string;
  readonly group: string;
  readonly untainted: readonly Allocation[];
  readonly migrate: readonly Allocation[];
  /** promoted ones: they take the place of those with the same name */
  readonly canaries: readonly Allocation[];
  readonly names: AllocNames;
}

/** Same names as promoted canaries first, then those that move anyway, then the highest indexes, then duplicates. */
export function stopExcess(input: ExcessInput): Allocation[] {
  let excess = input.untainted.length + input.migrate.length - input.count;
  if (excess <= 0) return [];
  const stopped: Allocation[] = [];
  const running = new Map(input.untainted.filter((a) => !isTerminal(a)).map((a) => [a.ID, a]));
  const take = (alloc: Allocation): void => {
    stopped.push(alloc);
    running.delete(alloc.ID);
    excess--;
  };
  const canaryIds = new Set(input.canaries.map((alloc) => alloc.ID));
  const canaryNames = new Set(input.canaries.map((alloc) => alloc.Name));
  for (const alloc of [...running.values()]) {
    if (excess > 0 && canaryNames.has(alloc.Name) && !canaryIds.has(alloc.ID)) take(alloc);
  }
  const moving = new AllocNames(input, input.migrate).highest(Math.max(0, excess));
  for (const alloc of input.migrate) {
    if (excess <= 0 || !moving.has(alloc.Name)) continue;
    take(alloc);
    input.names.free(alloc.Name);
  }
  const highest = excess > 0 ? input.names.highest(excess) : new Set<string>();
  for (const alloc of [...running.values()]) if (excess > 0 && highest.has(alloc.Name)) take(alloc);
  for (const alloc of [...running.values()]) if (excess > 0) take(alloc);
  return stopped;
}
