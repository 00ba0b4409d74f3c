// SPDX-License-Identifier: MPL-2.0
// Node.*: registration, heartbeat, reports of allocations, drain, eligibility, purge.

import {
  type Evaluation,
  make,
  type Node,
  Node_BatchDeregister,
  Node_Deregister,
  Node_EmitEvents,
  Node_Evaluate,
  Node_Register,
  Node_UpdateAlloc,
  Node_UpdateDrain,
  Node_UpdateEligibility,
  Node_UpdateStatus,
  NodeUpdateResponse,
} from '@serai/api';
import { AppError, must } from '#base';
import { computeNodeClass, isClientTerminal } from '#model';
import type { RpcContext } from '#rpc';
import {
  deleteNodes,
  type NodeEventInput,
  updateAllocsFromClient,
  updateNodeDrain,
  updateNodeEligibility,
  updateNodeStatus,
  upsertEvals,
  upsertNode,
  upsertNodeEvents,
} from '#state';
import type { ServerContext } from '../context.ts';
import { newEvaluation } from '../evaluations.ts';
import { nodeEvaluations } from '../node-evaluations.ts';
import { type Args, clientOnly, type Endpoint, endpoint, type Reply, writes } from './endpoint.ts';

/** Nomad's client subsystem name in node events. */
const clusterSubsystem = 'Cluster';

export function nodeWriteEndpoints(context: ServerContext): readonly Endpoint[] {
  const operator = writes('node:write', 'none');
  return [
    endpoint(Node_Register, clientOnly('write'), (args, rpc) => register(context, args, rpc)),
    endpoint(Node_UpdateStatus, clientOnly('write'), (args, rpc) => updateStatus(context, args, rpc)),
    endpoint(Node_UpdateAlloc, clientOnly('write'), (args) => updateAlloc(context, args)),
    endpoint(Node_EmitEvents, clientOnly('write'), (args) => emitEvents(context, args)),
    endpoint(Node_Evaluate, operator, (args) => evaluate(context, args)),
    endpoint(Node_UpdateDrain, operator, (args) => updateDrain(context, args)),
    endpoint(Node_UpdateEligibility, operator, (args) => updateEligibility(context, args)),
    endpoint(Node_Deregister, operator, (args) => deregister(context, [args.NodeID])),
    endpoint(Node_BatchDeregister, operator, (args) => deregister(context, args.NodeIDs ?? [])),
  ];
}

const nodeStatuses = ['initializing', 'ready', 'down', 'disconnected'];

function checkRegistration(node: Node | null): Node {
  if (!node) throw new AppError('invalid', 'missing node for client registration', { status: 500 });
  if (node.ID === '')
    throw new AppError('invalid', 'missing node ID for client registration', { status: 500 });
  if (node.Datacenter === '')
    throw new AppError('invalid', 'missing datacenter for client registration', { status: 500 });
  if (node.Name === '')
    throw new AppError('invalid', 'missing node name for client registration', { status: 500 });
  if (Object.keys(node.Attributes ?? {}).length === 0) {
    throw new AppError('invalid', 'missing attributes for client registration', { status: 500 });
  }
  if (node.SecretID === '')
    throw new AppError('invalid', 'missing node secret ID for client registration', { status: 500 });
  if (node.NodePool === 'all' || !/^[A-Za-z0-9_-]{0,128}$/.test(node.NodePool)) {
    throw new AppError('invalid', `invalid node pool: invalid name ${JSON.stringify(node.NodePool)}`, {
      status: 500,
    });
  }
  if (node.Status !== '' && !nodeStatuses.includes(node.Status)) {
    throw new AppError('invalid', `invalid status ${JSON.stringify(node.Status)} for node`, { status: 500 });
  }
  return node;
}

async function register(
  context: ServerContext,
  args: Args<typeof Node_Register>,
  rpc: RpcContext,
): Promise<Reply<typeof Node_Register>> {
  const given = checkRegistration(args.Node);
  const existing = context.store.snapshot().node(given.ID);
  const completed: Node = {
    ...given,
    // A known node keeps the status that its heartbeats gave it.
    Status: existing?.Status ?? (given.Status === '' ? 'initializing' : given.Status),
    SchedulingEligibility: given.SchedulingEligibility === '' ? 'eligible' : given.SchedulingEligibility,
    NodePool: given.NodePool === '' ? 'default' : given.NodePool,
    StatusUpdatedAt: Math.floor(context.clock.nowMs() / 1000),
  };
  const node = { ...completed, ComputedClass: computeNodeClass(completed) };
  const evals = needsEvaluation(existing?.Status, node.Status)
    ? nodeEvaluations(context.store.snapshot(), node, context)
    : [];
  const nowIso = context.clock.nowIso();
  const { index } = await context.writes.write('register node', (tx) =>
    upsertNode(tx, { node, evals, nowIso }),
  );
  if (!args.Forwarded) rpc.bindNode(node.ID);
  const ttlMs = node.Status === 'down' ? 0 : context.heartbeats.reset(node.ID);
  return { ...response(context, { index, ttlMs, evals }), NodeModifyIndex: index };
}

/** Capacity comes or goes: jobs must be looked at. */
function needsEvaluation(before: string | undefined, after: string): boolean {
  if (before === after) return false;
  if (after === 'down' || after === 'disconnected' || after === 'ready') return true;
  // Back from silence: allocations that were lost or unknown may run there still.
  return after === 'initializing' && (before === 'down' || before === 'disconnected');
}

function response(
  context: ServerContext,
  of: { index: number; ttlMs: number; evals: readonly Evaluation[] },
): Reply<typeof Node_Register> {
  const { options, store } = context;
  return make(NodeUpdateResponse, {
    HeartbeatTTL: Math.round(of.ttlMs * 1e6),
    EvalIDs: of.evals.length > 0 ? of.evals.map((evaluation) => evaluation.ID) : null,
    EvalCreateIndex: of.evals.length > 0 ? of.index : 0,
    NodeModifyIndex: 0,
    LeaderRPCAddr: context.rpcAddress(),
    NumNodes: store.snapshot().count('nodes'),
    Servers: [
      {
        RPCAdvertiseAddr: context.rpcAddress(),
        RPCMajorVersion: 1,
        RPCMinorVersion: 1,
        Datacenter: options.datacenter,
      },
    ],
    Index: of.index,
  });
}

async function updateStatus(
  context: ServerContext,
  args: Args<typeof Node_UpdateStatus>,
  rpc: RpcContext,
): Promise<Reply<typeof Node_UpdateStatus>> {
  if (args.NodeID === '')
    throw new AppError('invalid', 'missing node ID for client status update', { status: 500 });
  if (!nodeStatuses.includes(args.Status)) {
    throw new AppError('invalid', `invalid status ${JSON.stringify(args.Status)} for node`, { status: 500 });
  }
  const snapshot = context.store.snapshot();
  const node = snapshot.node(args.NodeID);
  if (!node) throw new AppError('not-found', 'node not found', { status: 500 });
  if (!args.Forwarded) rpc.bindNode(node.ID);
  const status = nextStatus(
    node,
    args.Status,
    snapshot.allocsByNode(node.ID).some((alloc) => !isClientTerminal(alloc)),
  );
  let index = 0;
  let evals: Evaluation[] = [];
  if (status !== node.Status) {
    evals = needsEvaluation(node.Status, status)
      ? nodeEvaluations(snapshot, { ...node, Status: status }, context)
      : [];
    const nowMs = context.clock.nowMs();
    const written = await context.writes.write('update node status', (tx) =>
      updateNodeStatus(tx, {
        nodeId: node.ID,
        status,
        updatedAt: Math.floor(nowMs / 1000),
        evals,
        ...eventOf(context, node, status),
      }),
    );
    index = written.index;
  }
  const ttlMs = status === 'down' ? 0 : context.heartbeats.reset(node.ID);
  return {
    ...response(context, { index, ttlMs, evals }),
    SchedulingEligibility: context.store.snapshot().node(node.ID)?.SchedulingEligibility ?? '',
  };
}

/** A node that was silent is ready only after it has reported what became of its allocations. */
function nextStatus(node: Node, wanted: string, hasAllocs: boolean): string {
  if (wanted !== 'ready') return wanted;
  const mustReport = hasAllocs && node.LastAllocUpdateIndex < node.LastMissedHeartbeatIndex;
  if (node.Status === 'disconnected' || node.Status === 'initializing' || node.Status === 'down') {
    return mustReport ? 'initializing' : 'ready';
  }
  return 'ready';
}

function eventOf(context: ServerContext, node: Node, status: string): { event?: NodeEventInput } {
  if (node.Status !== 'down' && node.Status !== 'disconnected') return {};
  if (status === 'down' || status === 'disconnected') return {};
  return {
    event: {
      message: 'Node reregistered by heartbeat',
      subsystem: clusterSubsystem,
      timestamp: context.clock.nowIso(),
    },
  };
}

async function updateAlloc(
  context: ServerContext,
  args: Args<typeof Node_UpdateAlloc>,
): Promise<Reply<typeof Node_UpdateAlloc>> {
  const allocs = args.Alloc ?? [];
  if (allocs.length === 0)
    throw new AppError('invalid', 'must update at least one allocation', { status: 500 });
  if ((args.Evals?.length ?? 0) > 0)
    throw new AppError('invalid', 'evals field must not be set', { status: 500 });
  const snapshot = context.store.snapshot();
  const nodeId = allocs[0]?.NodeID ?? '';
  const node = snapshot.node(nodeId);
  if (!node) throw new AppError('not-found', `node ${nodeId} not found`, { status: 500 });
  if (allocs.some((alloc) => alloc.NodeID !== nodeId)) {
    throw new AppError('denied', 'a client may only update allocations of its own node', { status: 500 });
  }
  if (node.Status === 'down') {
    throw new AppError(
      'conflict',
      `node ${nodeId} is not allowed to update allocs while in status ${node.Status}`,
      { status: 500 },
    );
  }
  const evals = followUps(context, allocs);
  const nowNs = context.clock.nowNs();
  const { index } = await context.writes.write('update allocations', (tx) => {
    // Only what runs on this node: a stored allocation of another node stays as it is.
    const own = allocs.filter((alloc) => tx.alloc(alloc.ID)?.NodeID === nodeId);
    updateAllocsFromClient(tx, { allocs: own, evals, nowNs });
  });
  return { Index: index };
}

/** A failed allocation is rescheduled; one that ended on a node leaves a job to look at. One evaluation per job. */
function followUps(
  context: ServerContext,
  allocs: readonly { ID: string; ClientStatus: string }[],
): Evaluation[] {
  const snapshot = context.store.snapshot();
  const byJob = new Map<string, Evaluation>();
  for (const reported of allocs) {
    const stored = snapshot.alloc(reported.ID);
    if (!stored || isClientTerminal(stored)) continue;
    const trigger = triggerOf(stored, reported.ClientStatus);
    const job = trigger && snapshot.job(stored.Namespace, stored.JobID);
    if (!job) continue;
    const key = `${job.Namespace}\u0000${job.ID}`;
    if (byJob.has(key)) continue;
    byJob.set(
      key,
      newEvaluation(
        {
          Namespace: job.Namespace,
          Priority: job.Priority,
          Type: job.Type,
          TriggeredBy: trigger,
          JobID: job.ID,
        },
        context,
      ),
    );
  }
  return [...byJob.values()];
}

function triggerOf(
  stored: { DesiredStatus: string; ClientStatus: string },
  reported: string,
): 'alloc-failure' | 'reconnect' | undefined {
  if (reported === 'failed' && stored.DesiredStatus === 'run') return 'alloc-failure';
  if (stored.ClientStatus === 'unknown' && reported === 'running') return 'reconnect';
  return undefined;
}

async function emitEvents(
  context: ServerContext,
  args: Args<typeof Node_EmitEvents>,
): Promise<Reply<typeof Node_EmitEvents>> {
  const events = new Map<string, NodeEventInput[]>();
  for (const [nodeId, given] of Object.entries(args.NodeEvents ?? {})) {
    const inputs = (given ?? []).map((event) => ({
      message: event.Message,
      subsystem: event.Subsystem,
      ...(event.Details ? { details: event.Details } : {}),
      timestamp: event.Timestamp,
    }));
    events.set(nodeId, inputs);
  }
  if (events.size === 0) throw new AppError('invalid', 'no node events given', { status: 500 });
  const { index } = await context.writes.write('node events', (tx) => upsertNodeEvents(tx, events));
  return { Index: index };
}

function knownNode(context: ServerContext, nodeId: string): Node {
  const node = context.store.snapshot().node(nodeId);
  if (!node) throw new AppError('not-found', 'node not found', { status: 500 });
  return node;
}

async function evaluate(
  context: ServerContext,
  args: Args<typeof Node_Evaluate>,
): Promise<Reply<typeof Node_Evaluate>> {
  const node = knownNode(context, args.NodeID);
  const evals = nodeEvaluations(context.store.snapshot(), node, context);
  const { index } = await context.writes.write('evaluate node', (tx) => upsertEvals(tx, evals));
  return { ...response(context, { index, ttlMs: 0, evals }), NodeModifyIndex: node.ModifyIndex };
}

async function updateDrain(
  context: ServerContext,
  args: Args<typeof Node_UpdateDrain>,
): Promise<Reply<typeof Node_UpdateDrain>> {
  const node = knownNode(context, args.NodeID);
  const nowMs = context.clock.nowMs();
  const nowIso = context.clock.nowIso();
  const asked = args.DrainStrategy;
  const drain = asked && {
    ...asked,
    StartedAt: nowIso,
    ForceDeadline:
      asked.Deadline > 0 ? new Date(nowMs + asked.Deadline / 1e6).toISOString() : asked.ForceDeadline,
  };
  const evals = drain ? [] : nodeEvaluations(context.store.snapshot(), node, context);
  const { index } = await context.writes.write('update node drain', (tx) =>
    updateNodeDrain(tx, {
      nodeId: node.ID,
      drain,
      markEligible: args.MarkEligible,
      meta: args.Meta,
      evals,
      nowIso,
      event: {
        message: drain ? 'Node drain strategy set' : 'Node drain disabled',
        subsystem: 'Drain',
        timestamp: nowIso,
      },
    }),
  );
  return {
    NodeModifyIndex: index,
    EvalIDs: evals.length > 0 ? evals.map((evaluation) => evaluation.ID) : null,
    EvalCreateIndex: evals.length > 0 ? index : 0,
    Index: index,
  };
}

async function updateEligibility(
  context: ServerContext,
  args: Args<typeof Node_UpdateEligibility>,
): Promise<Reply<typeof Node_UpdateEligibility>> {
  if (args.Eligibility !== 'eligible' && args.Eligibility !== 'ineligible') {
    throw new AppError('invalid', `invalid scheduling eligibility ${JSON.stringify(args.Eligibility)}`);
  }
  const node = knownNode(context, args.NodeID);
  const nowIso = context.clock.nowIso();
  const changes = node.SchedulingEligibility !== args.Eligibility;
  const evals =
    changes && args.Eligibility === 'eligible'
      ? nodeEvaluations(context.store.snapshot(), node, context)
      : [];
  const { index } = await context.writes.write('update node eligibility', (tx) =>
    updateNodeEligibility(tx, {
      nodeId: node.ID,
      eligibility: args.Eligibility,
      evals,
      event: {
        message: `Node marked as ${args.Eligibility === 'eligible' ? 'eligible' : 'ineligible'} for scheduling`,
        subsystem: clusterSubsystem,
        timestamp: nowIso,
      },
    }),
  );
  return {
    NodeModifyIndex: index,
    EvalIDs: evals.length > 0 ? evals.map((evaluation) => evaluation.ID) : null,
    EvalCreateIndex: evals.length > 0 ? index : 0,
    Index: index,
  };
}

async function deregister(
  context: ServerContext,
  nodeIds: readonly string[],
): Promise<Reply<typeof Node_Deregister>> {
  if (nodeIds.length === 0)
    throw new AppError('invalid', 'missing node IDs for client deregistration', { status: 500 });
  const snapshot = context.store.snapshot();
  const evals = nodeIds.flatMap((id) =>
    nodeEvaluations(snapshot, must(knownNode(context, id), 'node'), context),
  );
  const { index } = await context.writes.write('deregister nodes', (tx) => deleteNodes(tx, nodeIds, evals));
  for (const id of nodeIds) context.heartbeats.clear(id);
  return { ...response(context, { index, ttlMs: 0, evals }), NodeModifyIndex: index };
}
