// SPDX-License-Identifier: MPL-2.0
// Which ended allocations to remove now. Pure.

export interface CollectableAlloc {
  readonly id: string;
  /** no task of it will run again */
  readonly over: boolean;
  /** when it ended, Unix milliseconds */
  readonly endedMs: number;
}

export interface DiskState {
  readonly diskUsedPercent: number;
  readonly inodesUsedPercent: number;
}

export interface CollectionLimits {
  readonly diskUsagePercent: number;
  readonly inodeUsagePercent: number;
  readonly maxAllocs: number;
}

export interface CollectionPlan {
  /** oldest first */
  readonly ids: readonly string[];
  readonly reason: string;
}

/** Too many allocations: down to the limit. Disk too full: one at a time, and then look again. */
export function planCollection(
  allocs: readonly CollectableAlloc[],
  disk: DiskState,
  limits: CollectionLimits,
): CollectionPlan | undefined {
  const ended = allocs
    .filter((alloc) => alloc.over)
    .sort((a, b) => a.endedMs - b.endedMs || (a.id < b.id ? -1 : 1));
  if (ended.length === 0) return undefined;
  const surplus = allocs.length - limits.maxAllocs;
  if (surplus > 0)
    return {
      ids: ended.slice(0, surplus).map((alloc) => alloc.id),
      reason: `number of allocations (${allocs.length}) is over the limit (${limits.maxAllocs})`,
    };
  const full = (used: number, limit: number, what: string): CollectionPlan | undefined =>
    used > limit
      ? {
          ids: ended.slice(0, 1).map((alloc) => alloc.id),
          reason: `${what} usage of ${used.toFixed(0)} is over gc threshold of ${limit.toFixed(0)}`,
        }
      : undefined;
  return (
    full(disk.diskUsedPercent, limits.diskUsagePercent, 'disk') ??
    full(disk.inodesUsedPercent, limits.inodeUsagePercent, 'inode')
  );
}
