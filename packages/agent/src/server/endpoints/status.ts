// SPDX-License-Identifier: MPL-2.0
// Status.*, Region.*, NodePool.*, Namespace.*: who leads, who is there, and small tables.

import {
  type AgentMember,
  Namespace_GetNamespace,
  Namespace_ListNamespaces,
  NodePool,
  NodePool_GetNodePool,
  NodePool_List,
  Region_List,
  Status_HasNodeConn,
  Status_Leader,
  Status_Members,
  Status_Peers,
  Status_Ping,
  Status_RaftStats,
  Status_Version,
  zeroTime,
} from '@serai/api';
import { nameToken, paginate } from '#model';
import type { ServerContext } from '../context.ts';
import { type Endpoint, endpoint, open, reads, readsWithClients } from './endpoint.ts';
import { metaAt, query } from './query.ts';

export function statusEndpoints(context: ServerContext): readonly Endpoint[] {
  const { options } = context;
  return [
    endpoint(Status_Ping, open, () => ({})),
    endpoint(Status_Leader, open, () => (context.isLeader() ? context.rpcAddress() : '')),
    endpoint(Status_Peers, open, () => [context.rpcAddress()]),
    endpoint(Status_Members, { ...reads('node:read'), namespace: 'none' }, () => ({
      ServerName: options.name,
      ServerRegion: options.region,
      ServerDC: options.datacenter,
      Members: [selfMember(context)],
    })),
    endpoint(Status_HasNodeConn, { ...open, callers: ['server'] }, (args) => {
      const established = context.nodes.established(args.NodeID);
      return {
        Connected: established !== undefined,
        Established: established ?? zeroTime,
        ...metaAt(context.store.index),
      };
    }),
    endpoint(Status_RaftStats, { ...open, callers: ['server'] }, () => ({
      LastContact: '0',
      LastTerm: 1,
      LastIndex: context.store.index,
    })),
    endpoint(Status_Version, open, () => ({
      Build: options.version.nomad,
      Versions: null,
      ...metaAt(context.store.index),
    })),
    endpoint(Region_List, open, () => [options.region]),
  ];
}

/** How this server shows itself among the members; tags as Nomad's servers gossip them. */
export function selfMember(context: ServerContext): AgentMember {
  const { options } = context;
  return {
    Name: `${options.name}.${options.region}`,
    Addr: options.serfAdvertise.host,
    Port: options.serfAdvertise.port,
    Tags: {
      role: 'nomad',
      region: options.region,
      dc: options.datacenter,
      id: options.serverId,
      build: options.version.nomad,
      serai: options.version.serai,
      rpc_addr: options.rpcAdvertise.host,
      port: context.rpcAddress().split(':').at(-1) ?? '',
      vsn: '1',
      bootstrap: '1',
    },
    Status: 'alive',
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}

export function namespaceEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Namespace_ListNamespaces, { ...reads('any', 'list'), namespace: 'object' }, (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('namespaces');
        const value = { Namespaces: [...snapshot.namespaces(args.Prefix)] };
        return { index: snapshot.tableIndex('namespaces'), value };
      }),
    ),
    endpoint(Namespace_GetNamespace, { ...reads('any'), namespace: 'object' }, (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.row('namespaces', args.Name);
        const found = snapshot.namespace(args.Name) ?? null;
        return {
          index: found?.ModifyIndex ?? snapshot.tableIndex('namespaces'),
          value: { Namespace: found },
        };
      }),
    ),
    endpoint(NodePool_List, { ...reads('node_pool:read', 'list'), namespace: 'none' }, (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('nodePools');
        const page = paginate<NodePool>(snapshot.nodePools(args.Prefix), {
          perPage: args.PerPage,
          nextToken: args.NextToken,
          filter: args.Filter,
          schema: NodePool,
          reverse: args.Reverse,
          tokenizer: nameToken,
        });
        const value = { NodePools: page.items, NextToken: page.nextToken };
        return { index: snapshot.tableIndex('nodePools'), value };
      }),
    ),
    endpoint(
      NodePool_GetNodePool,
      readsWithClients({ ...reads('node_pool:read'), namespace: 'none' }),
      (args, rpc) =>
        query(context, { args, rpc }, (snapshot, watch) => {
          watch.row('nodePools', args.Name);
          const found = snapshot.nodePool(args.Name) ?? null;
          return {
            index: found?.ModifyIndex ?? snapshot.tableIndex('nodePools'),
            value: { NodePool: found },
          };
        }),
    ),
  ];
}
