// SPDX-License-Identifier: MPL-2.0
// Spread: how much a value (a datacenter, a rack) is wanted next, given what is placed already.

import type { Job, Spread, TaskGroup } from '@serai/api';
import { type TargetContext, type TargetReader, targetReader } from '../feasible/target.ts';

/** Lets a target stand for "all other values" when the named percentages leave something over. */
const otherValues = '*';

/** One spread block of a group, with the allocations of the group counted per value. */
export class SpreadCounter {
  readonly read: TargetReader;
  readonly #weight: number;
  /** wanted allocations per value; empty: as even as possible */
  readonly #wanted: ReadonlyMap<string, number>;
  readonly #used = new Map<string, number>();
  #known: { readonly least: number; readonly most: number } | undefined;

  constructor(spread: Spread, options: { context: TargetContext; count: number; weightSum: number }) {
    this.read = targetReader(spread.Attribute, options.context);
    this.#weight = options.weightSum > 0 ? spread.Weight / options.weightSum : 0;
    this.#wanted = wantedCounts(spread, options.count);
  }

  count(value: string | undefined, change: number): void {
    if (value === undefined) return;
    this.#known = undefined;
    const next = (this.#used.get(value) ?? 0) + change;
    if (next > 0) this.#used.set(value, next);
    else this.#used.delete(value);
  }

  /** Between about -1 and 1: what a node with this value gains from one more allocation. */
  boost(value: string | undefined): number {
    if (value === undefined) return -1;
    return this.#wanted.size === 0 ? this.#evenBoost(value) : this.#targetBoost(value);
  }

  #targetBoost(value: string): number {
    const wanted = this.#wanted.get(value) ?? this.#wanted.get(otherValues);
    if (wanted === undefined || wanted <= 0) return -1;
    const used = (this.#used.get(value) ?? 0) + 1;
    return ((wanted - used) / wanted) * this.#weight;
  }

  #evenBoost(value: string): number {
    if (this.#used.size === 0) return 0;
    const { least, most } = this.#extremes();
    const current = this.#used.get(value) ?? 0;
    if (current !== least) return (least - current) / least;
    return least === most ? -1 : (most - least) / least;
  }

  /** Counted once per placement: there may be as many values as nodes. */
  #extremes(): { readonly least: number; readonly most: number } {
    if (this.#known) return this.#known;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (const count of this.#used.values()) {
      if (count < least) least = count;
      if (count > most) most = count;
    }
    this.#known = { least, most };
    return this.#known;
  }
}

function wantedCounts(spread: Spread, count: number): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  let sum = 0;
  for (const target of spread.SpreadTarget ?? []) {
    const share = (target.Percent / 100) * count;
    wanted.set(target.Value, share);
    sum += share;
  }
  if (sum > 0 && sum < count && !wanted.has(otherValues)) wanted.set(otherValues, count - sum);
  return wanted;
}

/** Spreads of the job and of the group. */
export function spreadCounters(job: Job, group: TaskGroup): SpreadCounter[] {
  const spreads = [...(group.Spreads ?? []), ...(job.Spreads ?? [])];
  const weightSum = spreads.reduce((sum, spread) => sum + spread.Weight, 0);
  const context: TargetContext = { region: job.Region };
  return spreads.map((spread) => new SpreadCounter(spread, { context, count: group.Count, weightSum }));
}
