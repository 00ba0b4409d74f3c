// SPDX-License-Identifier: MPL-2.0
// What became of the nodes that hold a job's allocations, and what follows for each allocation.

import type { Allocation, Node } from '@serai/api';
import { clientStatus, isServerTerminal, isTerminal } from '#model';
import type { StateView } from '../contract.ts';
import { isAwaitingReconnect, isExpired, rulesOf } from './disconnect.ts';

/** Nodes that are gone (null), down, disconnected or draining, by id. Others are missing. */
export type TaintedNodes = ReadonlyMap<string, Node | null>;

export function taintedNodes(state: StateView, allocs: readonly Allocation[]): TaintedNodes {
  const seen = new Set<string>();
  const tainted = new Map<string, Node | null>();
  for (const alloc of allocs) {
    if (seen.has(alloc.NodeID)) continue;
    seen.add(alloc.NodeID);
    const node = state.node(alloc.NodeID);
    if (!node) tainted.set(alloc.NodeID, null);
    else if (node.Status === 'down' || node.Status === 'disconnected' || node.DrainStrategy !== null)
      tainted.set(alloc.NodeID, node);
  }
  return tainted;
}

/**
 * untainted: its node is fine, or it has ended anyway
 * migrate: the drainer wants it elsewhere
 * lost: it can't be running any more
 * disconnecting: its client went out of reach just now and may come back
 * reconnecting: its client came back
 * ignore: out of reach, known, waiting
 */
export interface TaintSets {
  readonly untainted: Allocation[];
  readonly migrate: Allocation[];
  readonly lost: Allocation[];
  readonly disconnecting: Allocation[];
  readonly reconnecting: Allocation[];
  readonly ignore: Allocation[];
}

export type TaintKind = keyof TaintSets;

export function sortByTaint(allocs: Iterable<Allocation>, tainted: TaintedNodes, nowNs: number): TaintSets {
  const sets: TaintSets = {
    untainted: [],
    migrate: [],
    lost: [],
    disconnecting: [],
    reconnecting: [],
    ignore: [],
  };
  for (const alloc of allocs) sets[taintKind(alloc, tainted, nowNs)].push(alloc);
  return sets;
}

export function taintKind(alloc: Allocation, tainted: TaintedNodes, nowNs: number): TaintKind {
  const node = tainted.get(alloc.NodeID);
  const mayReturn = rulesOf(alloc).lostAfterNs !== undefined;
  const returning = mayReturn && isAwaitingReconnect(alloc);
  if (returning) {
    const kind = returningKind(alloc, node, nowNs);
    if (kind !== undefined) return kind;
  }
  if (isTerminal(alloc)) return 'untainted';
  if (node?.Status === 'disconnected') {
    if (!mayReturn || alloc.ClientStatus === clientStatus.pending) return 'lost';
    return alloc.ClientStatus === clientStatus.unknown ? 'ignore' : 'disconnecting';
  }
  if (alloc.DesiredTransition.Migrate && node !== null && node?.Status !== 'down') return 'migrate';
  if (node === undefined) return 'untainted';
  if (node === null) return 'lost';
  if (node.Status !== 'down') return 'untainted';
  const keeps = mayReturn && !rulesOf(alloc).replace && alloc.ClientStatus === clientStatus.running;
  return keeps ? 'disconnecting' : 'lost';
}

/** For an allocation that was marked unknown; undefined when the usual rules decide. */
function returningKind(
  alloc: Allocation,
  node: Node | null | undefined,
  nowNs: number,
): TaintKind | undefined {
  const wanted = !isServerTerminal(alloc);
  const nodeIsBack = node === undefined || (node !== null && node.Status === 'ready');
  if (alloc.ClientStatus === clientStatus.unknown) {
    if (!wanted) return undefined;
    if (isExpired(alloc, nowNs) || node === null) return 'lost';
    return 'ignore';
  }
  if (alloc.ClientStatus !== clientStatus.running && alloc.ClientStatus !== clientStatus.failed)
    return undefined;
  if (!wanted) return alloc.ClientStatus === clientStatus.failed ? 'ignore' : undefined;
  if (alloc.ClientStatus === clientStatus.failed) return 'reconnecting';
  if (!nodeIsBack) return undefined;
  return isExpired(alloc, nowNs) ? 'lost' : 'reconnecting';
}
