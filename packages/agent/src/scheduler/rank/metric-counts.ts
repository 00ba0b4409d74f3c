// SPDX-License-Identifier: MPL-2.0
// Counts that explain a placement or its failure: Nomad's AllocMetric.

import type { AllocMetric, NodeScoreMeta } from '@serai/api';

class Counter {
  readonly #counts = new Map<string, number>();
  #record: Readonly<Record<string, number>> | null | undefined = null;

  add(key: string, change = 1): void {
    const next = (this.#counts.get(key) ?? 0) + change;
    if (next === 0) this.#counts.delete(key);
    else this.#counts.set(key, next);
    this.#record = undefined;
  }

  /** The same object until a count changes: it is shared by the metrics of many allocations. */
  record(): Readonly<Record<string, number>> | null {
    if (this.#record === undefined)
      this.#record = this.#counts.size === 0 ? null : Object.fromEntries(this.#counts);
    return this.#record;
  }
}

export class MetricCounts {
  readonly #available: Readonly<Record<string, number>> | null;
  readonly #inPool: number;
  readonly #classFiltered = new Counter();
  readonly #constraintFiltered = new Counter();
  readonly #classExhausted = new Counter();
  readonly #dimensionExhausted = new Counter();
  #evaluated = 0;
  #filtered = 0;
  #exhausted = 0;

  constructor(available: Readonly<Record<string, number>> | null, inPool: number) {
    this.#available = available;
    this.#inPool = inPool;
  }

  get filtered(): number {
    return this.#filtered;
  }
  get exhausted(): number {
    return this.#exhausted;
  }

  evaluate(count = 1): void {
    this.#evaluated += count;
  }

  /** `change` -1 takes one back. */
  filter(nodeClass: string, reason: string, change = 1): void {
    this.#filtered += change;
    if (nodeClass !== '') this.#classFiltered.add(nodeClass, change);
    this.#constraintFiltered.add(reason, change);
  }

  exhaust(nodeClass: string, dimension: string, change = 1): void {
    this.#exhausted += change;
    if (nodeClass !== '') this.#classExhausted.add(nodeClass, change);
    this.#dimensionExhausted.add(dimension, change);
  }

  metric(extra: { scores?: readonly NodeScoreMeta[]; timeNs?: number } = {}): AllocMetric {
    return {
      NodesEvaluated: this.#evaluated,
      NodesFiltered: this.#filtered,
      NodesInPool: this.#inPool,
      NodesAvailable: this.#available,
      ClassFiltered: this.#classFiltered.record(),
      ConstraintFiltered: this.#constraintFiltered.record(),
      NodesExhausted: this.#exhausted,
      ClassExhausted: this.#classExhausted.record(),
      DimensionExhausted: this.#dimensionExhausted.record(),
      QuotaExhausted: null,
      ResourcesExhausted: null,
      Scores: null,
      ScoreMetaData: extra.scores ?? null,
      AllocationTime: extra.timeNs ?? 0,
      CoalescedFailures: 0,
    };
  }
}
