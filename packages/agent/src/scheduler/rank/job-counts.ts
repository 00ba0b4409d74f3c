// SPDX-License-Identifier: MPL-2.0
// Where the job's allocations are, for everything that looks at neighbours: anti-affinity, distinct_hosts,
// distinct_property and spread.

import type { Allocation, Job, Node, TaskGroup } from '@serai/api';
import { isTerminal } from '#model';
import {
  type DistinctHosts,
  type DistinctProperty,
  distinctHostsOf,
  distinctPropertiesOf,
} from '../feasible/distinct.ts';
import { type SpreadCounter, spreadCounters } from './spread.ts';

/** Values of one node for all spreads and distinct properties, in order. */
export type PropertyValues = readonly (string | undefined)[];

export class JobCounts {
  readonly spreads: readonly SpreadCounter[];
  readonly properties: readonly DistinctProperty[];
  readonly #distinctHosts: DistinctHosts;
  readonly #propertyUse: readonly Map<string, number>[];
  readonly #job: Job;
  readonly #group: string;
  /** allocations of the group per row */
  readonly collisions: Uint16Array;
  /** allocations per row that forbid another one there */
  readonly #hosts: Uint16Array | undefined;

  constructor(job: Job, group: TaskGroup, length: number) {
    this.#job = job;
    this.#group = group.Name;
    this.spreads = spreadCounters(job, group);
    this.properties = distinctPropertiesOf(job, group, { region: job.Region });
    this.#propertyUse = this.properties.map(() => new Map<string, number>());
    this.#distinctHosts = distinctHostsOf(job, group);
    this.collisions = new Uint16Array(length);
    this.#hosts = this.#distinctHosts ? new Uint16Array(length) : undefined;
  }

  get hasProperties(): boolean {
    return this.spreads.length + this.properties.length > 0;
  }

  /** An allocation came to a node (1) or leaves it (-1). Others' allocations and ended ones do not count. */
  count(alloc: Allocation, at: { row: number; node: Node | undefined }, change: 1 | -1): void {
    if (alloc.JobID !== this.#job.ID || alloc.Namespace !== this.#job.Namespace || isTerminal(alloc)) return;
    const ofGroup = alloc.TaskGroup === this.#group;
    if (ofGroup) this.collisions[at.row] = (this.collisions[at.row] ?? 0) + change;
    if (this.#hosts && (ofGroup || this.#distinctHosts === 'job'))
      this.#hosts[at.row] = (this.#hosts[at.row] ?? 0) + change;
    if (!at.node) return;
    if (ofGroup) for (const spread of this.spreads) spread.count(spread.read(at.node), change);
    for (const [i, property] of this.properties.entries()) {
      if (!ofGroup && property.scope === 'group') continue;
      const value = property.read(at.node);
      const use = this.#propertyUse[i];
      if (value !== undefined && use) use.set(value, (use.get(value) ?? 0) + change);
    }
  }

  /** distinct_hosts forbids the row. */
  isTakenHost(row: number): boolean {
    return this.#hosts !== undefined && (this.#hosts[row] ?? 0) > 0;
  }

  valuesOf(node: Node): PropertyValues {
    return [
      ...this.spreads.map((spread) => spread.read(node)),
      ...this.properties.map((property) => property.read(node)),
    ];
  }

  /** The attribute of a distinct_property that the node lacks. */
  missingProperty(values: PropertyValues): string | undefined {
    return this.properties.find((_, i) => values[this.spreads.length + i] === undefined)?.attribute;
  }

  /** Why distinct_property forbids nodes with these values. */
  propertyRefusal(values: PropertyValues): string | undefined {
    for (const [i, property] of this.properties.entries()) {
      const value = values[this.spreads.length + i];
      if (value === undefined) continue;
      const used = this.#propertyUse[i]?.get(value) ?? 0;
      if (used >= property.allowed)
        return `distinct_property: ${property.attribute}=${value} used by ${used} allocs`;
    }
    return undefined;
  }

  spreadBoost(values: PropertyValues): number {
    let sum = 0;
    for (let i = 0; i < this.spreads.length; i++) sum += this.spreads[i]?.boost(values[i]) ?? 0;
    return sum;
  }
}
