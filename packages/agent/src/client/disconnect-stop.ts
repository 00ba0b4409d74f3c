// SPDX-License-Identifier: MPL-2.0
// Groups with stop_after_client_disconnect end when this node has not heard from the servers for so long.

import type { Allocation } from '@serai/api';
import { findTaskGroup } from '#model';

const nsPerMs = 1_000_000;

/** Milliseconds of silence after which the allocation must end; undefined: never. */
export function silenceLimitMs(alloc: Allocation): number | undefined {
  const group = findTaskGroup(alloc.Job, alloc.TaskGroup);
  const limit = group?.Disconnect?.StopOnClientAfter ?? group?.StopAfterClientDisconnect ?? null;
  return limit === null || limit <= 0 ? undefined : limit / nsPerMs;
}

export function mustStop(alloc: Allocation, silentMs: number): boolean {
  const limitMs = silenceLimitMs(alloc);
  return limitMs !== undefined && silentMs > limitMs;
}
