// SPDX-License-Identifier: MPL-2.0
// Canaries: allocations of a new version beside the old ones, until someone promotes them.

import type { Allocation, Deployment } from '@serai/api';
import { clientStatus, isTerminal } from '#model';
import type { Collector } from './reconciler.ts';
import { type DesiredCounts, stopReason } from './result.ts';
import { sortByTaint, type TaintedNodes } from './taint.ts';

/** Stops canaries that nobody promoted: of an older deployment, or of this one when it failed. Returns the others. */
export function stopOldCanaries(
  allocs: readonly Allocation[],
  collected: Collector,
  counts: DesiredCounts,
): Allocation[] {
  const { previous, current, failed } = collected.progress;
  const ids = new Set([
    ...(previous ? placedCanaries(previous, { promoted: false }) : []),
    ...(current && failed ? placedCanaries(current, { promoted: false }) : []),
  ]);
  if (ids.size === 0) return [...allocs];
  const kept: Allocation[] = [];
  for (const alloc of allocs) {
    if (!ids.has(alloc.ID)) kept.push(alloc);
    else if (!isTerminal(alloc)) {
      collected.stop({ alloc, description: stopReason.notNeeded });
      counts.stop++;
    }
  }
  return kept;
}

/** The deployment's canaries that still stand, and all allocations but those that their node took away. */
export function currentCanaries(
  allocs: readonly Allocation[],
  options: { readonly collected: Collector; readonly tainted: TaintedNodes; readonly nowNs: number },
): { canaries: Allocation[]; rest: Allocation[] } {
  const { collected, tainted, nowNs } = options;
  const { current } = collected.progress;
  const ids = new Set(current ? placedCanaries(current) : []);
  const mine = allocs.filter((alloc) => ids.has(alloc.ID));
  if (mine.length === 0) return { canaries: [], rest: [...allocs] };
  const sets = sortByTaint(mine, tainted, nowNs);
  for (const alloc of sets.migrate) collected.stop({ alloc, description: stopReason.migrating });
  for (const alloc of sets.lost)
    collected.stop({ alloc, description: stopReason.lost, clientStatus: clientStatus.lost });
  const gone = new Set([...sets.migrate, ...sets.lost].map((alloc) => alloc.ID));
  return {
    canaries: sets.untainted.filter((alloc) => !isTerminal(alloc)),
    rest: allocs.filter((alloc) => !gone.has(alloc.ID)),
  };
}

function placedCanaries(deployment: Deployment, only?: { promoted: boolean }): string[] {
  return Object.values(deployment.TaskGroups ?? {}).flatMap((state) =>
    only && state.Promoted !== only.promoted ? [] : [...(state.PlacedCanaries ?? [])],
  );
}
