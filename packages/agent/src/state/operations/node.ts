// SPDX-License-Identifier: MPL-2.0
// Nodes: registration, status, drain, eligibility, events.

import {
  type DrainMetadata,
  type DrainStrategy,
  type Evaluation,
  make,
  type Node,
  NodeEvent,
  NodePool,
} from '@serai/api';
import { AppError } from '#base';
import type { Tx } from '../tx.ts';
import { upsertEvals } from './evaluation.ts';

/** Events kept of a node; the first one (its registration) always stays. */
export const maxNodeEvents = 10;

const clusterSubsystem = 'Cluster';

export interface UpsertNode {
  /** As the client registered it; what the server owns is taken from the stored row. */
  readonly node: Node;
  readonly evals?: readonly Evaluation[];
  /** RFC 3339, for the node's event */
  readonly nowIso: string;
}

/** Registers a node or what changed about it; creates its node pool when there is none. Returns the row as stored. */
export function upsertNode(tx: Tx, input: UpsertNode): Node {
  const { node, nowIso } = input;
  const existing = tx.node(node.ID);
  if (existing && existing.SecretID !== '' && existing.SecretID !== node.SecretID) {
    throw new AppError('denied', 'node secret ID does not match. Not registering node.', { status: 500 });
  }
  const stored = existing ? registeredAgain(tx, existing, input) : firstTime(tx, node, nowIso);
  tx.put('nodes', stored);
  ensurePool(tx, stored.NodePool);
  upsertNodeEvals(tx, input.evals);
  return stored;
}

function firstTime(tx: Tx, node: Node, nowIso: string): Node {
  const event = eventAt(tx, { message: 'Node registered', subsystem: clusterSubsystem, timestamp: nowIso });
  return { ...node, Events: [event], CreateIndex: tx.index, ModifyIndex: tx.index };
}

function registeredAgain(tx: Tx, existing: Node, { node, nowIso }: UpsertNode): Node {
  const wasGone = existing.Status === 'down' || existing.Status === 'disconnected';
  const again = eventAt(tx, {
    message: 'Node re-registered',
    subsystem: clusterSubsystem,
    timestamp: nowIso,
  });
  return {
    ...node,
    Events: wasGone ? withEvent(existing.Events, again) : existing.Events,
    SchedulingEligibility: existing.SchedulingEligibility,
    DrainStrategy: existing.DrainStrategy,
    LastDrain: existing.LastDrain,
    LastMissedHeartbeatIndex: existing.LastMissedHeartbeatIndex,
    LastAllocUpdateIndex: existing.LastAllocUpdateIndex,
    CreateIndex: existing.CreateIndex,
    ModifyIndex: tx.index,
  };
}

function ensurePool(tx: Tx, name: string): void {
  if (name === '' || tx.nodePool(name)) return;
  tx.put('nodePools', make(NodePool, { Name: name, CreateIndex: tx.index, ModifyIndex: tx.index }));
}

function upsertNodeEvals(tx: Tx, evals: readonly Evaluation[] | undefined): void {
  if (!evals) return;
  upsertEvals(
    tx,
    evals.map((evaluation) => ({ ...evaluation, NodeModifyIndex: tx.index })),
  );
}

function found(tx: Tx, id: string): Node {
  const node = tx.node(id);
  if (!node) throw new AppError('not-found', 'node not found');
  return node;
}

export interface NodeEventInput {
  readonly message: string;
  readonly subsystem: string;
  readonly details?: Readonly<Record<string, string>>;
  /** RFC 3339 */
  readonly timestamp: string;
}

function eventAt(tx: Tx, input: NodeEventInput): NodeEvent {
  return make(NodeEvent, {
    Message: input.message,
    Subsystem: input.subsystem,
    Details: input.details ?? null,
    Timestamp: input.timestamp,
    CreateIndex: tx.index,
  });
}

function withEvent(events: Node['Events'], event: NodeEvent): NodeEvent[] {
  const all = [...(events ?? []), event];
  const [first] = all;
  return first && all.length > maxNodeEvents ? [first, ...all.slice(1 - maxNodeEvents)] : all;
}

export interface NodeStatusUpdate {
  readonly nodeId: string;
  readonly status: string;
  readonly description?: string;
  readonly event?: NodeEventInput;
  readonly evals?: readonly Evaluation[];
  /** Unix seconds */
  readonly updatedAt: number;
}

export function updateNodeStatus(tx: Tx, update: NodeStatusUpdate): Node {
  const node = found(tx, update.nodeId);
  const gone = update.status === 'down' || update.status === 'disconnected';
  const stored: Node = {
    ...node,
    Status: update.status,
    StatusDescription: update.description ?? node.StatusDescription,
    StatusUpdatedAt: update.updatedAt,
    LastMissedHeartbeatIndex:
      gone && node.Status !== update.status ? tx.index : node.LastMissedHeartbeatIndex,
    Events: update.event ? withEvent(node.Events, eventAt(tx, update.event)) : node.Events,
    ModifyIndex: tx.index,
  };
  tx.put('nodes', stored);
  upsertNodeEvals(tx, update.evals);
  return stored;
}

export interface NodeEligibilityUpdate {
  readonly nodeId: string;
  readonly eligibility: string;
  readonly event?: NodeEventInput;
  readonly evals?: readonly Evaluation[];
}

export function updateNodeEligibility(tx: Tx, update: NodeEligibilityUpdate): Node {
  const node = found(tx, update.nodeId);
  if (node.DrainStrategy && update.eligibility === 'eligible') {
    throw new AppError('conflict', 'can not set node eligible while it is draining', { status: 500 });
  }
  const stored: Node = {
    ...node,
    SchedulingEligibility: update.eligibility,
    Events: update.event ? withEvent(node.Events, eventAt(tx, update.event)) : node.Events,
    ModifyIndex: tx.index,
  };
  tx.put('nodes', stored);
  upsertNodeEvals(tx, update.evals);
  return stored;
}

export interface NodeDrainUpdate {
  readonly nodeId: string;
  /** null: no drain (any more) */
  readonly drain: DrainStrategy | null;
  /** with `drain: null`: the drain is finished, not canceled */
  readonly complete?: boolean;
  readonly markEligible?: boolean;
  readonly meta?: Readonly<Record<string, string>> | null;
  /** accessor ID of the token that asked */
  readonly accessorId?: string;
  readonly event?: NodeEventInput;
  readonly evals?: readonly Evaluation[];
  /** RFC 3339 */
  readonly nowIso: string;
}

export function updateNodeDrain(tx: Tx, update: NodeDrainUpdate): Node {
  const node = found(tx, update.nodeId);
  const started = node.DrainStrategy?.StartedAt ?? update.nowIso;
  const stored: Node = {
    ...node,
    DrainStrategy: update.drain && { ...update.drain, StartedAt: started },
    SchedulingEligibility: eligibilityAfter(node, update),
    LastDrain: lastDrain(node, update),
    Events: update.event ? withEvent(node.Events, eventAt(tx, update.event)) : node.Events,
    ModifyIndex: tx.index,
  };
  tx.put('nodes', stored);
  upsertNodeEvals(tx, update.evals);
  return stored;
}

function eligibilityAfter(node: Node, update: NodeDrainUpdate): string {
  if (update.drain) return 'ineligible';
  return update.markEligible ? 'eligible' : node.SchedulingEligibility;
}

function lastDrain(node: Node, update: NodeDrainUpdate): DrainMetadata | null {
  if (!update.drain && !node.DrainStrategy) return node.LastDrain;
  const running = node.DrainStrategy !== null ? node.LastDrain : null;
  const ended = update.complete ? 'complete' : 'canceled';
  return {
    StartedAt: running?.StartedAt ?? update.nowIso,
    UpdatedAt: update.nowIso,
    Status: update.drain ? 'draining' : ended,
    AccessorID: update.accessorId ?? running?.AccessorID ?? '',
    Meta: update.meta ?? running?.Meta ?? null,
  };
}

/** By node id. Nodes that are gone are skipped. */
export function upsertNodeEvents(tx: Tx, events: ReadonlyMap<string, readonly NodeEventInput[]>): void {
  for (const [id, inputs] of events) {
    const node = tx.node(id);
    if (!node || inputs.length === 0) continue;
    let all = node.Events;
    for (const input of inputs) all = withEvent(all, eventAt(tx, input));
    tx.put('nodes', { ...node, Events: all, ModifyIndex: tx.index });
  }
}

/** Purge. The allocations of the node stay: the evaluations passed in reconcile their jobs. */
export function deleteNodes(tx: Tx, ids: readonly string[], evals?: readonly Evaluation[]): void {
  for (const id of ids) {
    found(tx, id);
    tx.delete('nodes', id);
  }
  upsertNodeEvals(tx, evals);
}
