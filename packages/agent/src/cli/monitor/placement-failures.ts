// SPDX-License-Identifier: MPL-2.0
// Why a task group could not be placed, in sentences.

import type { AllocMetric } from '@serai/api';

const entries = (map: Readonly<Record<string, number>> | null): [string, number][] =>
  Object.entries(map ?? {}).sort();

/** One line for each reason, most general first. */
export function placementFailures(metric: AllocMetric): string[] {
  const lines: string[] = [];
  if (metric.NodesEvaluated === 0) lines.push('* No nodes were eligible for evaluation');
  for (const [dc, count] of entries(metric.NodesAvailable)) {
    if (count === 0) lines.push(`* No nodes are available in datacenter ${JSON.stringify(dc)}`);
  }
  for (const [name, count] of entries(metric.ClassFiltered)) {
    lines.push(`* Class ${JSON.stringify(name)}: ${nodes(count)} excluded by filter`);
  }
  for (const [text, count] of entries(metric.ConstraintFiltered)) {
    lines.push(`* Constraint ${JSON.stringify(text)}: ${nodes(count)} excluded by filter`);
  }
  if (metric.NodesExhausted > 0) lines.push(`* Resources exhausted on ${nodes(metric.NodesExhausted)}`);
  for (const [name, count] of entries(metric.ClassExhausted)) {
    lines.push(`* Class ${JSON.stringify(name)} exhausted on ${nodes(count)}`);
  }
  for (const [dimension, count] of entries(metric.DimensionExhausted)) {
    lines.push(`* Dimension ${JSON.stringify(dimension)} exhausted on ${nodes(count)}`);
  }
  for (const quota of metric.QuotaExhausted ?? []) lines.push(`* Quota limit hit ${JSON.stringify(quota)}`);
  return lines;
}

function nodes(count: number): string {
  return `${count} nodes`;
}

export interface FailedGroup {
  /** `Task Group "web" (failed to place 3 allocations):` */
  readonly title: string;
  readonly reasons: readonly string[];
}

/** All groups that could not be placed, by name. */
export function failedGroups(failed: Readonly<Record<string, AllocMetric>> | null): readonly FailedGroup[] {
  return Object.entries(failed ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, metric]) => {
      const count = metric.CoalescedFailures + 1;
      const what = count === 1 ? '1 allocation' : `${count} allocations`;
      return {
        title: `Task Group ${JSON.stringify(group)} (failed to place ${what}):`,
        reasons: placementFailures(metric),
      };
    });
}

export function hasFailures(of: {
  readonly FailedTGAllocs: Readonly<Record<string, unknown>> | null;
}): boolean {
  return Object.keys(of.FailedTGAllocs ?? {}).length > 0;
}
