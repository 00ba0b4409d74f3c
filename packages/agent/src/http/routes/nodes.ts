// SPDX-License-Identifier: MPL-2.0
import {
  type DrainStrategy,
  type Node,
  Node_Deregister,
  Node_Evaluate,
  Node_GetAllocs,
  Node_GetNode,
  Node_List,
  Node_UpdateDrain,
  Node_UpdateEligibility,
  type routes,
  zeroTime,
} from '@serai/api';
import { AppError } from '#base';
import type { HandlersOf } from '../request/call.ts';
import { json } from '../response/outcome.ts';
import { listed } from './found.ts';

export const nodeHandlers: HandlersOf<typeof routes.nodes> = {
  list: async (call) => {
    const { resources, os } = call.query;
    const Fields = resources || os ? { Resources: resources, OS: os } : null;
    const reply = await call.services.rpc.call(Node_List, { ...call.read(), Fields }, call);
    return listed(reply.Nodes, reply);
  },

  get: async (call) => {
    const args = { ...call.read(), NodeID: call.params.id, SecretID: '' };
    const reply = await call.services.rpc.call(Node_GetNode, args, call);
    if (!reply.Node) throw new AppError('not-found', 'node not found');
    return json(publicNode(reply.Node), reply);
  },

  allocations: async (call) => {
    const args = { ...call.read(), NodeID: call.params.id, SecretID: '' };
    const reply = await call.services.rpc.call(Node_GetAllocs, args, call);
    return listed(reply.Allocs, reply);
  },

  evaluate: async (call) => {
    const args = { ...call.write(), NodeID: call.params.id };
    const reply = await call.services.rpc.call(Node_Evaluate, args, call);
    return json(reply, { Index: reply.Index });
  },

  drain: async (call) => {
    const { NodeID, DrainSpec, MarkEligible, Meta } = call.body;
    checkId(NodeID, call.params.id);
    const DrainStrategy: DrainStrategy | null = DrainSpec && {
      ...DrainSpec,
      ForceDeadline: zeroTime,
      StartedAt: zeroTime,
    };
    const reply = await call.services.rpc.call(
      Node_UpdateDrain,
      {
        ...call.write(),
        NodeID: call.params.id,
        DrainStrategy,
        MarkEligible,
        Meta,
        NodeEvent: null,
        UpdatedAt: 0,
      },
      call,
    );
    return json(reply, { Index: reply.Index });
  },

  eligibility: async (call) => {
    const { NodeID, Eligibility } = call.body;
    checkId(NodeID, call.params.id);
    if (Eligibility !== 'eligible' && Eligibility !== 'ineligible')
      throw new AppError('invalid', `invalid scheduling eligibility ${JSON.stringify(Eligibility)}`);
    const reply = await call.services.rpc.call(
      Node_UpdateEligibility,
      { ...call.write(), NodeID: call.params.id, Eligibility, NodeEvent: null, UpdatedAt: 0 },
      call,
    );
    return json(reply, { Index: reply.Index });
  },

  purge: async (call) => {
    const args = { ...call.write(), NodeID: call.params.id };
    const reply = await call.services.rpc.call(Node_Deregister, args, call);
    return json(reply, { Index: reply.Index });
  },
};

/** The id in the body may be left out. */
function checkId(bodyId: string, pathId: string): void {
  if (bodyId !== '' && bodyId !== pathId) throw new AppError('invalid', 'Node ID does not match');
}

/** The node's secret never leaves; `Drain` is what older tools read. */
function publicNode(node: Node): Node & { readonly Drain: boolean } {
  return { ...node, SecretID: '', Drain: node.DrainStrategy !== null };
}
