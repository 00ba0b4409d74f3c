// SPDX-License-Identifier: MPL-2.0
// Nodes that may receive allocations of a job: ready, in its datacenters and its node pool.

import type { Job } from '@serai/api';
import { matchesAnyGlob } from '../feasible/glob.ts';
import type { Fleet } from '../fleet/fleet.ts';

/** Name of the built-in pool that holds every node. */
export const allPools = 'all';

export interface Candidates {
  readonly rows: readonly number[];
  /** per datacenter; null when there is none */
  readonly available: Readonly<Record<string, number>> | null;
  /** ready nodes of the pool, whatever their datacenter */
  readonly inPool: number;
}

export function candidatesFor(fleet: Fleet, job: Job): Candidates {
  const wantedDatacenter = fleet.datacenters.names.map((name) => matchesAnyGlob(job.Datacenters, name));
  const anyPool = job.NodePool === allPools || job.NodePool === '';
  const wantedPool = fleet.pools.names.map((name) => anyPool || name === job.NodePool);
  const rows: number[] = [];
  const counts = new Int32Array(fleet.datacenters.names.length);
  let inPool = 0;
  for (let row = 0; row < fleet.length; row++) {
    if (fleet.ready[row] === 0 || !wantedPool[fleet.poolId[row] as number]) continue;
    inPool++;
    const datacenter = fleet.datacenterId[row] as number;
    if (!wantedDatacenter[datacenter]) continue;
    counts[datacenter] = (counts[datacenter] ?? 0) + 1;
    rows.push(row);
  }
  const available: Record<string, number> = {};
  for (const [id, name] of fleet.datacenters.names.entries()) {
    if (wantedDatacenter[id] && (counts[id] ?? 0) > 0) available[name] = counts[id] ?? 0;
  }
  return { rows, available: rows.length > 0 ? available : null, inPool };
}
