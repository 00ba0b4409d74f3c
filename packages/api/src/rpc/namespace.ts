// SPDX-License-Identifier: MPL-2.0
// Namespace.* and NodePool.*: what divides a region.

import { Namespace, NodePool } from '../objects/node.ts';
import { list, ptr, str, struct } from '../schema.ts';
import { GenericRequest, method, queryMeta, queryOptions } from './method.ts';

const ByName = struct('SpecificRequest', { Name: str, ...queryOptions });

export const Namespace_ListNamespaces = method('Namespace.ListNamespaces', {
  request: GenericRequest,
  reply: struct('NamespaceListResponse', { Namespaces: list(Namespace), ...queryMeta }),
});
export const Namespace_GetNamespace = method('Namespace.GetNamespace', {
  request: ByName,
  reply: struct('SingleNamespaceResponse', { Namespace: ptr(Namespace), ...queryMeta }),
});
export const NodePool_List = method('NodePool.List', {
  request: GenericRequest,
  reply: struct('NodePoolListResponse', { NodePools: list(NodePool), ...queryMeta }),
});
export const NodePool_GetNodePool = method('NodePool.GetNodePool', {
  request: ByName,
  reply: struct('SingleNodePoolResponse', { NodePool: ptr(NodePool), ...queryMeta }),
});
