// SPDX-License-Identifier: MPL-2.0
// What a group says about clients that are out of reach: the `disconnect` block and the older keys it replaced.

import type { Allocation, TaskGroup } from '@serai/api';
import { clientStatus, findTaskGroup } from '#model';
import { nsOfIso } from '../alloc-rows.ts';

/** Default kill timeout of a task, nanoseconds. */
const defaultKillTimeoutNs = 5_000_000_000;

export interface DisconnectRules {
  /** how long an allocation of an unreachable client may come back, nanoseconds, perhaps Infinity; undefined: lost at once */
  readonly lostAfterNs: number | undefined;
  /** the client stops the allocation itself after this long, nanoseconds */
  readonly stopAfterNs: number | undefined;
  /** place a replacement meanwhile */
  readonly replace: boolean;
  readonly reconcile: 'best_score' | 'keep_original' | 'keep_replacement' | 'longest_running';
}

export function disconnectRules(group: TaskGroup | undefined): DisconnectRules {
  const block = group?.Disconnect;
  const neverLost = group?.PreventRescheduleOnLost ?? false;
  const lostAfter = block?.LostAfter || group?.MaxClientDisconnect || undefined;
  return {
    lostAfterNs: lostAfter ?? (neverLost ? Number.POSITIVE_INFINITY : undefined),
    stopAfterNs: block?.StopOnClientAfter ?? group?.StopAfterClientDisconnect ?? undefined,
    replace: neverLost ? false : (block?.Replace ?? true),
    reconcile: reconcileChoice(block?.Reconcile),
  };
}

function reconcileChoice(text: string | undefined): DisconnectRules['reconcile'] {
  switch (text) {
    case 'keep_original':
    case 'keep_replacement':
    case 'longest_running':
      return text;
    default:
      return 'best_score';
  }
}

export function rulesOf(alloc: Allocation): DisconnectRules {
  return disconnectRules(findTaskGroup(alloc.Job, alloc.TaskGroup));
}

/** The allocation was marked unknown and nobody noted yet that its client is back. */
export function isAwaitingReconnect(alloc: Allocation): boolean {
  const states = (alloc.AllocStates ?? []).filter((state) => state.Field === 'ClientStatus');
  return states.at(-1)?.Value === clientStatus.unknown;
}

/** Unix nanoseconds of the last time the server gave the allocation this client status. */
function lastMarkedNs(alloc: Allocation, statuses: readonly string[]): number | undefined {
  const state = (alloc.AllocStates ?? []).findLast(
    (item) => item.Field === 'ClientStatus' && statuses.includes(item.Value),
  );
  return state ? nsOfIso(state.Time) : undefined;
}

/** Out of reach for longer than its group allows. */
export function isExpired(alloc: Allocation, nowNs: number): boolean {
  const { lostAfterNs } = rulesOf(alloc);
  const since = lastMarkedNs(alloc, [clientStatus.unknown]);
  return lostAfterNs !== undefined && since !== undefined && nowNs - since >= lostAfterNs;
}

/** Unix nanoseconds until which a lost allocation may still run on its client; undefined: it doesn't wait. */
export function stopsOnClientAtNs(alloc: Allocation, nowNs: number): number | undefined {
  const { stopAfterNs } = rulesOf(alloc);
  if (stopAfterNs === undefined) return undefined;
  const since = lastMarkedNs(alloc, [clientStatus.lost, clientStatus.unknown]) ?? nowNs;
  const group = findTaskGroup(alloc.Job, alloc.TaskGroup);
  const kill = Math.max(defaultKillTimeoutNs, ...(group?.Tasks ?? []).map((task) => task.KillTimeout));
  return since + stopAfterNs + kill;
}

/** Lost allocations that an earlier evaluation left to their clients and whose time is not up. */
export function stillOnClient(allocs: readonly Allocation[], nowNs: number): Allocation[] {
  return allocs.filter(
    (alloc) =>
      alloc.ClientStatus === clientStatus.lost &&
      alloc.FollowupEvalID !== '' &&
      alloc.NextAllocation === '' &&
      (stopsOnClientAtNs(alloc, nowNs) ?? 0) > nowNs,
  );
}
