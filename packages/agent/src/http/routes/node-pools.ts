// SPDX-License-Identifier: MPL-2.0
// Node pools and namespaces: reads.

import {
  Job_List,
  Namespace_GetNamespace,
  Namespace_ListNamespaces,
  Node_List,
  NodePool_GetNodePool,
  NodePool_List,
  type QueryOptions,
  type routes,
} from '@serai/api';
import { AppError } from '#base';
import type { RpcCaller } from '#rpc';
import type { HandlersOf } from '../request/call.ts';
import { found, listed } from './found.ts';

export const nodePoolHandlers: HandlersOf<typeof routes.nodePools> = {
  list: async (call) => {
    const reply = await call.services.rpc.call(NodePool_List, call.read(), call);
    return listed(reply.NodePools, reply);
  },

  get: async (call) => {
    const args = { ...call.read(), Name: call.params.name };
    const reply = await call.services.rpc.call(NodePool_GetNodePool, args, call);
    return found(reply.NodePool, reply, 'node pool not found');
  },

  nodes: async (call) => {
    const { resources, os } = call.query;
    const Fields = resources || os ? { Resources: resources, OS: os } : null;
    const read = await inPool(call.services.rpc, call.read(), {
      pool: call.params.name,
      signal: call.signal,
    });
    const reply = await call.services.rpc.call(Node_List, { ...read, Fields }, call);
    return listed(reply.Nodes, reply);
  },

  jobs: async (call) => {
    const Fields = call.query.meta ? { Meta: true } : null;
    const read = await inPool(call.services.rpc, call.read(), {
      pool: call.params.name,
      signal: call.signal,
    });
    const reply = await call.services.rpc.call(Job_List, { ...read, Fields }, call);
    return listed(reply.Jobs, reply);
  },
};

/** Pool that holds every node, whatever pool it has joined. */
const allPool = 'all';

/** The read narrowed to one pool, which must exist. */
async function inPool(
  rpc: RpcCaller,
  read: QueryOptions,
  target: { readonly pool: string; readonly signal: AbortSignal },
): Promise<QueryOptions> {
  const { pool, signal } = target;
  if (read.Prefix !== '') throw new AppError('invalid', 'prefix not allowed for a node pool');
  const once = { ...read, MinQueryIndex: 0, Filter: '', PerPage: 0, NextToken: '', Name: pool };
  const { NodePool } = await rpc.call(NodePool_GetNodePool, once, { signal });
  if (!NodePool) throw new AppError('not-found', 'node pool not found');
  if (pool === allPool) return read;
  const own = `NodePool == ${JSON.stringify(pool)}`;
  return { ...read, Filter: read.Filter === '' ? own : `${own} and (${read.Filter})` };
}

export const namespaceHandlers: HandlersOf<typeof routes.namespaces> = {
  list: async (call) => {
    const reply = await call.services.rpc.call(Namespace_ListNamespaces, call.read(), call);
    return listed(reply.Namespaces, reply);
  },

  get: async (call) => {
    const args = { ...call.read(), Name: call.params.name };
    const reply = await call.services.rpc.call(Namespace_GetNamespace, args, call);
    return found(reply.Namespace, reply, 'Namespace not found');
  },
};
