// SPDX-License-Identifier: MPL-2.0
// What a node is told about the cluster with each answer.

import { type Evaluation, make, NodeUpdateResponse } from '@serai/api';
import type { ServerContext } from '../context.ts';

export interface NodeAnswer {
  /** 0: nothing changed */
  readonly index: number;
  /** 0: no heartbeat is expected */
  readonly ttlMs: number;
  readonly evals: readonly Evaluation[];
}

export function nodeResponse(context: ServerContext, of: NodeAnswer): NodeUpdateResponse {
  const { options, store } = context;
  return make(NodeUpdateResponse, {
    HeartbeatTTL: Math.round(of.ttlMs * 1e6),
    ...evalFields(of),
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

export function evalFields(of: Pick<NodeAnswer, 'index' | 'evals'>): {
  EvalIDs: string[] | null;
  EvalCreateIndex: number;
} {
  const { index, evals } = of;
  return {
    EvalIDs: evals.length > 0 ? evals.map((evaluation) => evaluation.ID) : null,
    EvalCreateIndex: evals.length > 0 ? index : 0,
  };
}
