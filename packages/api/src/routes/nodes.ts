// SPDX-License-Identifier: MPL-2.0
// Routes of nodes, node pools and namespaces.

import { Allocation } from '../objects/allocation.ts';
import { JobListStub } from '../objects/job.ts';
import { Namespace, Node, NodeListStub, NodePool } from '../objects/node.ts';
import { NodeChangeResponse, NodeUpdateResponse } from '../rpc/node.ts';
import { bool, duration, list, map, ptr, str, struct } from '../schema.ts';
import { flag } from './query.ts';
import { body, json, noBody, read, route, type Security, smallBodyBytes, write } from './route.ts';

/** As stored, without its secret, and with `Drain` as older tools read it. */
export const NodeAnswer = struct('Node', { ...Node.fields, Drain: bool });

/** Deadline in nanoseconds: 0 none, negative force. A null DrainSpec ends the drain. */
export const NodeDrainBody = struct('', {
  NodeID: str,
  DrainSpec: ptr(struct('DrainSpec', { Deadline: duration, IgnoreSystemJobs: bool })),
  MarkEligible: bool,
  Meta: map(str),
});
export const NodeEligibilityBody = struct('', { NodeID: str, Eligibility: str });

const readNode: Security = {
  callers: 'user',
  capability: 'node:read',
  bodyLimitBytes: 0,
  rate: 'read',
  audit: 'read',
};
const writeNode: Security = {
  callers: 'user',
  capability: 'node:write',
  bodyLimitBytes: smallBodyBytes,
  rate: 'write',
  audit: 'write',
};
const reading = {
  methods: read,
  request: noBody,
  blocking: true,
  paginated: false,
  security: readNode,
} as const;
const changing = {
  methods: write,
  query: {},
  blocking: false,
  paginated: false,
  security: writeNode,
} as const;

export const nodeRoutes = {
  list: route({
    ...reading,
    name: 'nodes.list',
    path: '/v1/nodes',
    query: { resources: flag, os: flag },
    response: json(list(NodeListStub)),
    paginated: true,
  }),
  get: route({
    ...reading,
    name: 'nodes.get',
    path: '/v1/node/:id',
    query: {},
    response: json(NodeAnswer),
  }),
  allocations: route({
    ...reading,
    name: 'nodes.allocations',
    path: '/v1/node/:id/allocations',
    query: {},
    response: json(list(Allocation)),
    security: { ...readNode, capability: 'node:read and namespace:read-job' },
  }),
  evaluate: route({
    ...changing,
    name: 'nodes.evaluate',
    path: '/v1/node/:id/evaluate',
    request: noBody,
    response: json(NodeUpdateResponse),
  }),
  drain: route({
    ...changing,
    name: 'nodes.drain',
    path: '/v1/node/:id/drain',
    request: body(NodeDrainBody),
    response: json(NodeChangeResponse),
  }),
  eligibility: route({
    ...changing,
    name: 'nodes.eligibility',
    path: '/v1/node/:id/eligibility',
    request: body(NodeEligibilityBody),
    response: json(NodeChangeResponse),
  }),
  purge: route({
    ...changing,
    name: 'nodes.purge',
    path: '/v1/node/:id/purge',
    request: noBody,
    response: json(NodeUpdateResponse),
  }),
} as const;

const readPool: Security = { ...readNode, capability: 'node_pool:read' };

export const nodePoolRoutes = {
  list: route({
    ...reading,
    name: 'node-pools.list',
    path: '/v1/node/pools',
    query: {},
    response: json(list(NodePool)),
    paginated: true,
    security: readPool,
  }),
  get: route({
    ...reading,
    name: 'node-pools.get',
    path: '/v1/node/pool/:name',
    query: {},
    response: json(NodePool),
    security: readPool,
  }),
  nodes: route({
    ...reading,
    name: 'node-pools.nodes',
    path: '/v1/node/pool/:name/nodes',
    query: { resources: flag, os: flag },
    response: json(list(NodeListStub)),
    paginated: true,
    security: { ...readPool, capability: 'node:read and node_pool:read' },
  }),
  jobs: route({
    ...reading,
    name: 'node-pools.jobs',
    path: '/v1/node/pool/:name/jobs',
    query: { meta: flag },
    response: json(list(JobListStub)),
    paginated: true,
    security: { ...readPool, capability: 'namespace:list-jobs and node_pool:read' },
  }),
} as const;

const readNamespace: Security = { ...readNode, capability: 'any capability on the namespace' };

export const namespaceRoutes = {
  list: route({
    ...reading,
    name: 'namespaces.list',
    path: '/v1/namespaces',
    query: {},
    response: json(list(Namespace)),
    security: readNamespace,
  }),
  get: route({
    ...reading,
    name: 'namespaces.get',
    path: '/v1/namespace/:name',
    query: {},
    response: json(Namespace),
    security: readNamespace,
  }),
} as const;
