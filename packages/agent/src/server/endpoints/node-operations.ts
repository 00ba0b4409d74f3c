// SPDX-License-Identifier: MPL-2.0
// Node.*: what an operator does to a node: evaluate, drain, eligibility, purge.

import {
  type DrainStrategy,
  type Evaluation,
  type Node,
  Node_BatchDeregister,
  Node_Deregister,
  Node_Evaluate,
  Node_UpdateDrain,
  Node_UpdateEligibility,
  zeroTime,
} from '@serai/api';
import { AppError } from '#base';
import {
  deleteNodes,
  type StateReader,
  type Tx,
  updateNodeDrain,
  updateNodeEligibility,
  upsertEvals,
} from '#state';
import type { ServerContext } from '../context.ts';
import { nodeEvaluations } from '../node-evaluations.ts';
import { loseStopped, strayAllocs } from '../node-status.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { type Args, type Endpoint, endpoint, type Reply, writes } from './endpoint.ts';
import { clusterSubsystem } from './node-registration.ts';
import { evalFields, nodeResponse } from './node-response.ts';

/** Subsystem of events about a drain. */
export const drainSubsystem = 'Drain';

/** Nodes that one request may purge. */
export const maxDeregisteredNodes = 1_000;

export function nodeOperationEndpoints(context: ServerContext): readonly Endpoint[] {
  const operator = writes('node:write', 'none');
  return [
    endpoint(Node_Evaluate, operator, (args) => evaluate(context, args)),
    endpoint(Node_UpdateDrain, operator, (args) => updateDrain(context, args)),
    endpoint(Node_UpdateEligibility, operator, (args) => updateEligibility(context, args)),
    endpoint(Node_Deregister, operator, (args) => deregister(context, [args.NodeID])),
    endpoint(Node_BatchDeregister, operator, (args) => deregister(context, args.NodeIDs ?? [])),
  ];
}

function knownNode(state: StateReader, nodeId: string): Node {
  const node = state.node(nodeId);
  if (!node) throw new AppError('not-found', 'node not found', { status: 500 });
  return node;
}

async function evaluate(
  context: ServerContext,
  args: Args<typeof Node_Evaluate>,
): Promise<Reply<typeof Node_Evaluate>> {
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('evaluate node', (tx) => {
    const node = knownNode(tx, args.NodeID);
    const evals = nodeEvaluations(tx, node, stamp());
    upsertEvals(tx, evals);
    return { evals, nodeIndex: node.ModifyIndex };
  });
  const answer = nodeResponse(context, { index, ttlMs: 0, evals: result.evals });
  return { ...answer, NodeModifyIndex: result.nodeIndex };
}

async function updateDrain(
  context: ServerContext,
  args: Args<typeof Node_UpdateDrain>,
): Promise<Reply<typeof Node_UpdateDrain>> {
  const stamp = stampFor(context);
  const { index, result: evals } = await context.writes.write('update node drain', (tx) =>
    changeDrain(tx, args, stamp()),
  );
  return { NodeModifyIndex: index, ...evalFields({ index, evals }), Index: index };
}

/** Returns the evaluations it made. Operation. */
function changeDrain(tx: Tx, args: Args<typeof Node_UpdateDrain>, stamp: Stamp): Evaluation[] {
  const node = knownNode(tx, args.NodeID);
  const drain = args.DrainStrategy && dated(args.DrainStrategy, stamp);
  // Only a node that takes allocations again gives jobs something to look at.
  const opens = !drain && args.MarkEligible;
  const evals = opens ? nodeEvaluations(tx, node, stamp) : [];
  updateNodeDrain(tx, {
    nodeId: node.ID,
    drain,
    markEligible: args.MarkEligible,
    meta: args.Meta,
    evals,
    nowIso: stamp.nowIso,
    event: {
      message: drainMessage(node, drain),
      subsystem: drainSubsystem,
      timestamp: stamp.nowIso,
    },
  });
  return evals;
}

/** The deadline counts from now; without one (0), or at once (negative), there is no date. */
function dated(asked: DrainStrategy, stamp: Stamp): DrainStrategy {
  const deadlineMs = stamp.nowMs + asked.Deadline / 1e6;
  const limited = asked.Deadline > 0 && deadlineMs < maxDateMs;
  return {
    ...asked,
    StartedAt: stamp.nowIso,
    ForceDeadline: limited ? new Date(deadlineMs).toISOString() : zeroTime,
  };
}

/** The last instant that a Date can hold, in Unix milliseconds. */
const maxDateMs = 8.64e15;

function drainMessage(node: Node, drain: DrainStrategy | null): string {
  if (!drain) return 'Node drain disabled';
  return node.DrainStrategy ? 'Node drain strategy updated' : 'Node drain strategy set';
}

async function updateEligibility(
  context: ServerContext,
  args: Args<typeof Node_UpdateEligibility>,
): Promise<Reply<typeof Node_UpdateEligibility>> {
  const { Eligibility: eligibility } = args;
  if (eligibility !== 'eligible' && eligibility !== 'ineligible') {
    throw new AppError('invalid', `invalid scheduling eligibility ${JSON.stringify(eligibility)}`, {
      status: 500,
    });
  }
  const stamp = stampFor(context);
  const { index, result: evals } = await context.writes.write('update node eligibility', (tx) => {
    const at = stamp();
    const node = knownNode(tx, args.NodeID);
    const opens = node.SchedulingEligibility !== eligibility && eligibility === 'eligible';
    const made = opens ? nodeEvaluations(tx, node, at) : [];
    updateNodeEligibility(tx, {
      nodeId: node.ID,
      eligibility,
      evals: made,
      event: {
        message: `Node marked as ${eligibility} for scheduling`,
        subsystem: clusterSubsystem,
        timestamp: at.nowIso,
      },
    });
    return made;
  });
  return { NodeModifyIndex: index, ...evalFields({ index, evals }), Index: index };
}

async function deregister(
  context: ServerContext,
  nodeIds: readonly string[],
): Promise<Reply<typeof Node_Deregister>> {
  if (nodeIds.length === 0)
    throw new AppError('invalid', 'missing node IDs for client deregistration', { status: 500 });
  if (nodeIds.length > maxDeregisteredNodes) {
    throw new AppError('limit', `${nodeIds.length} nodes at once, at most ${maxDeregisteredNodes} are taken`);
  }
  const ids = [...new Set(nodeIds)];
  const stamp = stampFor(context);
  const { index, result: evals } = await context.writes.write('deregister nodes', (tx) => {
    const at = stamp();
    const made = ids.flatMap((id) => nodeEvaluations(tx, knownNode(tx, id), at));
    for (const id of ids) loseStopped(tx, strayAllocs(tx, id), at);
    deleteNodes(tx, ids, made);
    return made;
  });
  for (const id of ids) context.heartbeats.clear(id);
  return { ...nodeResponse(context, { index, ttlMs: 0, evals }), NodeModifyIndex: index };
}
