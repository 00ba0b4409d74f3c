// SPDX-License-Identifier: MPL-2.0
// Node.Register, Node.UpdateStatus: a client says who it is and that it is alive.

import { type Evaluation, type Node, Node_Register, Node_UpdateStatus } from '@serai/api';
import { AppError } from '#base';
import { computeNodeClass, isClientTerminal } from '#model';
import type { RpcContext } from '#rpc';
import { type NodeEventInput, type StateReader, type Tx, upsertNode } from '#state';
import type { ServerContext } from '../context.ts';
import { needsEvaluation, nodeEvaluations, offersOther } from '../node-evaluations.ts';
import { changeNodeStatus } from '../node-status.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { type Args, clientOnly, type Endpoint, endpoint, type Reply } from './endpoint.ts';
import { nodeResponse } from './node-response.ts';

/** Nomad's client subsystem name in node events. */
export const clusterSubsystem = 'Cluster';

export function nodeRegistrationEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Node_Register, clientOnly('write'), (args, rpc) => register(context, args, rpc)),
    endpoint(Node_UpdateStatus, clientOnly('write'), (args, rpc) => updateStatus(context, args, rpc)),
  ];
}

const nodeStatuses = ['initializing', 'ready', 'down', 'disconnected'];

const refused = (text: string): AppError => new AppError('invalid', text, { status: 500 });

/** In the order in which clients know the refusals. */
export function checkRegistration(node: Node | null): Node {
  if (!node) throw refused('missing node for client registration');
  if (node.ID === '') throw refused('missing node ID for client registration');
  if (node.Datacenter === '') throw refused('missing datacenter for client registration');
  if (node.Name === '') throw refused('missing node name for client registration');
  if (Object.keys(node.Attributes ?? {}).length === 0) {
    throw refused('missing attributes for client registration');
  }
  if (node.SecretID === '') throw refused('missing node secret ID for client registration');
  if (node.NodePool === 'all' || !/^[A-Za-z0-9_-]{0,128}$/.test(node.NodePool)) {
    throw refused(`invalid node pool: invalid name ${JSON.stringify(node.NodePool)}`);
  }
  if (node.Status !== '') checkStatus(node.Status);
  return node;
}

function checkStatus(status: string): void {
  if (!nodeStatuses.includes(status)) throw refused(`invalid status ${JSON.stringify(status)} for node`);
}

async function register(
  context: ServerContext,
  args: Args<typeof Node_Register>,
  rpc: RpcContext,
): Promise<Reply<typeof Node_Register>> {
  const given = withDefaults(checkRegistration(args.Node));
  const stamp = stampFor(context);
  const { index, result: evals } = await context.writes.write('register node', (tx) =>
    registerNode(tx, given, stamp()),
  );
  if (!args.Forwarded) rpc.bindNode(given.ID);
  // It is alive whatever its status is; its next heartbeat says more.
  const ttlMs = context.heartbeats.reset(given.ID);
  return { ...nodeResponse(context, { index, ttlMs, evals }), NodeModifyIndex: index };
}

function withDefaults(given: Node): Node {
  const completed: Node = {
    ...given,
    Status: given.Status === '' ? 'initializing' : given.Status,
    SchedulingEligibility: given.SchedulingEligibility === '' ? 'eligible' : given.SchedulingEligibility,
    NodePool: given.NodePool === '' ? 'default' : given.NodePool,
  };
  return { ...completed, ComputedClass: computeNodeClass(completed) };
}

/** Returns the evaluations it made. Operation. */
export function registerNode(tx: Tx, given: Node, stamp: Stamp): Evaluation[] {
  const existing = tx.node(given.ID);
  const node: Node = {
    ...given,
    // A known node keeps the status that its heartbeats gave it.
    Status: existing?.Status ?? given.Status,
    StatusDescription: existing?.StatusDescription ?? given.StatusDescription,
    StatusUpdatedAt: existing?.StatusUpdatedAt ?? Math.floor(stamp.nowMs / 1000),
  };
  const changesOffer = existing !== undefined && node.Status === 'ready' && offersOther(existing, node);
  const evals =
    changesOffer || needsEvaluation(existing?.Status, node.Status) ? nodeEvaluations(tx, node, stamp) : [];
  upsertNode(tx, { node, evals, nowIso: stamp.nowIso });
  return evals;
}

async function updateStatus(
  context: ServerContext,
  args: Args<typeof Node_UpdateStatus>,
  rpc: RpcContext,
): Promise<Reply<typeof Node_UpdateStatus>> {
  const { NodeID: nodeId, Status: wanted } = args;
  if (nodeId === '') throw refused('missing node ID for client status update');
  checkStatus(wanted);
  const snapshot = context.store.snapshot();
  const node = snapshot.node(nodeId);
  if (!node) throw new AppError('not-found', 'node not found', { status: 500 });
  if (!args.Forwarded) rpc.bindNode(nodeId);
  // Most heartbeats change nothing and must cost no write.
  const changed =
    nextStatus(snapshot, node, wanted) === node.Status
      ? { index: 0, evals: [] }
      : await changeStatus(context, nodeId, wanted);
  const stored = context.store.snapshot().node(nodeId);
  const ttlMs = stored === undefined || stored.Status === 'down' ? 0 : context.heartbeats.reset(nodeId);
  return {
    ...nodeResponse(context, { ...changed, ttlMs }),
    SchedulingEligibility: stored?.SchedulingEligibility ?? '',
  };
}

async function changeStatus(
  context: ServerContext,
  nodeId: string,
  wanted: string,
): Promise<{ index: number; evals: readonly Evaluation[] }> {
  const stamp = stampFor(context);
  const { index, result: evals } = await context.writes.write('update node status', (tx) => {
    const node = tx.node(nodeId);
    if (!node) throw new AppError('not-found', 'node not found', { status: 500 });
    const status = nextStatus(tx, node, wanted);
    if (status === node.Status) return [];
    const at = stamp();
    return changeNodeStatus(tx, { nodeId, status, ...eventOf(node, status, at) }, at);
  });
  return { index, evals };
}

/** A node that was silent is ready only after it has reported what became of its allocations. */
export function nextStatus(state: StateReader, node: Node, wanted: string): string {
  if (wanted !== 'ready' || node.Status === 'ready') return wanted;
  if (node.LastAllocUpdateIndex >= node.LastMissedHeartbeatIndex) return 'ready';
  const mustReport = state.allocsByNode(node.ID).some((alloc) => !isClientTerminal(alloc));
  return mustReport ? 'initializing' : 'ready';
}

function eventOf(node: Node, status: string, stamp: Stamp): { event?: NodeEventInput } {
  if (node.Status !== 'down' && node.Status !== 'disconnected') return {};
  if (status === 'down' || status === 'disconnected') return {};
  return {
    event: {
      message: 'Node reregistered by heartbeat',
      subsystem: clusterSubsystem,
      timestamp: stamp.nowIso,
    },
  };
}
