// SPDX-License-Identifier: MPL-2.0
// Node.*: reads for users, and what a client asks about its own node.

import {
  type Allocation,
  Node,
  Node_GetAllocs,
  Node_GetClientAllocs,
  Node_GetNode,
  Node_List,
  type NodeListStub,
} from '@serai/api';
import { AppError } from '#base';
import { idToken, paginate } from '#model';
import type { ServerContext } from '../context.ts';
import { clientOnly, type Endpoint, endpoint, reads, readsWithClients } from './endpoint.ts';
import { checkIdPrefix, query, ReplyCache } from './query.ts';

export function nodeReadEndpoints(context: ServerContext): readonly Endpoint[] {
  const readsNodes = { ...reads('node:read'), namespace: 'none' as const };
  return [
    listEndpoint(context),
    endpoint(Node_GetNode, readsWithClients(readsNodes), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.row('nodes', args.NodeID);
        const node = snapshot.node(args.NodeID);
        // The secret is the node's own; nobody gets it back.
        const value = { Node: node ? { ...node, SecretID: '' } : null };
        return { index: node?.ModifyIndex ?? snapshot.tableIndex('nodes'), value };
      }),
    ),
    endpoint(Node_GetAllocs, readsNodes, (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.index('allocs', 'node', args.NodeID);
        const allocs = snapshot.allocsByNode(args.NodeID);
        return { index: snapshot.tableIndex('allocs'), value: { Allocs: allocs } };
      }),
    ),
    clientAllocsEndpoint(context),
  ];
}

function listEndpoint(context: ServerContext): Endpoint {
  const cache = new ReplyCache(['nodes']);
  return endpoint(Node_List, { ...reads('node:read', 'list'), namespace: 'none' }, (args, rpc) =>
    query(context, { args, rpc }, (snapshot, watch) => {
      watch.table('nodes');
      const fields = { resources: args.Fields?.Resources ?? false, os: args.Fields?.OS ?? false };
      const key = JSON.stringify([
        args.Prefix,
        args.Filter,
        args.PerPage,
        args.NextToken,
        args.Reverse,
        fields,
      ]);
      const value = cache.get(snapshot, key, () => {
        const page = paginate<Node>(snapshot.nodes(checkIdPrefix(args.Prefix)), {
          perPage: args.PerPage,
          nextToken: args.NextToken,
          filter: args.Filter,
          schema: Node,
          reverse: args.Reverse,
          tokenizer: idToken,
        });
        return { Nodes: page.items.map((node) => nodeListStub(node, fields)), NextToken: page.nextToken };
      });
      return { index: snapshot.tableIndex('nodes'), value };
    }),
  );
}

function nodeListStub(node: Node, fields: { resources: boolean; os: boolean }): NodeListStub {
  return {
    Address: node.HTTPAddr.replace(/:\d+$/, ''),
    ID: node.ID,
    ...(fields.os ? { Attributes: { 'os.name': node.Attributes?.['os.name'] ?? '' } } : {}),
    Datacenter: node.Datacenter,
    Name: node.Name,
    NodePool: node.NodePool,
    NodeClass: node.NodeClass,
    Version: node.Attributes?.['nomad.version'] ?? '',
    Drain: node.DrainStrategy !== null,
    SchedulingEligibility: node.SchedulingEligibility,
    Status: node.Status,
    StatusDescription: node.StatusDescription,
    Drivers: node.Drivers,
    HostVolumes: node.HostVolumes,
    ...(fields.resources
      ? { NodeResources: node.NodeResources, ReservedResources: node.ReservedResources }
      : {}),
    LastDrain: node.LastDrain,
    CreateIndex: node.CreateIndex,
    ModifyIndex: node.ModifyIndex,
  };
}

/** What a client should run: ids and the index at which each was last changed by a server. */
function clientAllocsEndpoint(context: ServerContext): Endpoint {
  const removals = new AllocRemovals(context);
  return endpoint(Node_GetClientAllocs, clientOnly('list'), (args, rpc) => {
    if (args.NodeID === '') throw new AppError('invalid', 'missing node ID', { status: 500 });
    return query(context, { args, rpc }, (snapshot, watch) => {
      watch.index('allocs', 'node', args.NodeID).row('nodes', args.NodeID);
      const node = snapshot.node(args.NodeID);
      if (node && node.SecretID !== args.SecretID) {
        throw new AppError('denied', 'node secret ID does not match', { status: 500 });
      }
      if (node) rpc.bindNode(args.NodeID);
      const allocs = node ? snapshot.allocsByNode(args.NodeID) : [];
      const wanted: Record<string, number> = {};
      for (const alloc of allocs) wanted[alloc.ID] = alloc.AllocModifyIndex;
      return {
        index: newestChange(allocs, removals.indexOf(args.NodeID)),
        value: { Allocs: wanted, MigrateTokens: {} },
      };
    });
  });
}

/** The client's own reports must not wake it: only what a server changed counts, or that an allocation is gone. */
function newestChange(allocs: readonly Allocation[], removedIndex: number): number {
  let newest = Math.max(1, removedIndex);
  for (const alloc of allocs) newest = Math.max(newest, alloc.AllocModifyIndex);
  return newest;
}

/** When an allocation of a node was last deleted. Nobody but the node's client asks, so nothing is stored. */
class AllocRemovals {
  readonly #byNode = new Map<string, number>();

  constructor(context: ServerContext) {
    context.store.onCommit(({ index, changes, reset }) => {
      if (reset) this.#byNode.clear();
      for (const { table, before, after, key } of changes) {
        if (table === 'allocs' && before && !after) this.#byNode.set((before as Allocation).NodeID, index);
        if (table === 'nodes' && !after) this.#byNode.delete(key);
      }
    });
  }

  indexOf(nodeId: string): number {
    return this.#byNode.get(nodeId) ?? 0;
  }
}
