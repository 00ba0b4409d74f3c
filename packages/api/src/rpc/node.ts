// SPDX-License-Identifier: MPL-2.0
// Node.*: registration, heartbeat and the work list of a client; drain and eligibility by an operator.

import { Allocation } from '../objects/allocation.ts';
import { Evaluation } from '../objects/evaluation.ts';
import { Job } from '../objects/job.ts';
import { DrainStrategy, Node, NodeEvent, NodeListStub } from '../objects/node.ts';
import { bool, duration, int, list, map, ptr, type Static, str, struct, uint } from '../schema.ts';
import { GenericResponse, method, queryMeta, queryOptions, writeMeta, writeRequest } from './method.ts';
import { NodeServerInfo } from './status.ts';

/** HeartbeatTTL in nanoseconds; Servers replaces the client's list when the set of addresses differs. */
export const NodeUpdateResponse = struct('NodeUpdateResponse', {
  HeartbeatTTL: duration,
  EvalIDs: list(str),
  EvalCreateIndex: uint,
  NodeModifyIndex: uint,
  Features: uint,
  LeaderRPCAddr: str,
  NumNodes: int,
  Servers: list(NodeServerInfo),
  SchedulingEligibility: str,
  ...queryMeta,
});
export interface NodeUpdateResponse extends Static<typeof NodeUpdateResponse> {}

export const NodeSpecificRequest = struct('NodeSpecificRequest', {
  NodeID: str,
  SecretID: str,
  ...queryOptions,
});
export interface NodeSpecificRequest extends Static<typeof NodeSpecificRequest> {}

/** CreateNodePool is set by the server, never by a client. */
export const Node_Register = method('Node.Register', {
  request: struct('NodeRegisterRequest', {
    Node: ptr(Node),
    NodeEvent: ptr(NodeEvent),
    CreateNodePool: bool,
    ...writeRequest,
  }),
  reply: NodeUpdateResponse,
});
/** The heartbeat. UpdatedAt (Unix seconds) is set by the server. */
export const Node_UpdateStatus = method('Node.UpdateStatus', {
  request: struct('NodeUpdateStatusRequest', {
    NodeID: str,
    Status: str,
    NodeEvent: ptr(NodeEvent),
    UpdatedAt: int,
    ...writeRequest,
  }),
  reply: NodeUpdateResponse,
});
/** Alloc holds stripped allocations: ids and what the client knows better. Evals must be empty. */
export const Node_UpdateAlloc = method('Node.UpdateAlloc', {
  request: struct('AllocUpdateRequest', {
    Alloc: list(Allocation),
    AllocsStopped: list(Allocation),
    AllocsUpdated: list(Allocation),
    Evals: list(Evaluation),
    Job: ptr(Job),
    ...writeRequest,
  }),
  reply: GenericResponse,
});
/** Allocs: allocation id to AllocModifyIndex. */
export const Node_GetClientAllocs = method('Node.GetClientAllocs', {
  request: NodeSpecificRequest,
  reply: struct('NodeClientAllocsResponse', { Allocs: map(uint), MigrateTokens: map(str), ...queryMeta }),
});
export const Node_EmitEvents = method('Node.EmitEvents', {
  request: struct('EmitNodeEventsRequest', { NodeEvents: map(list(NodeEvent)), ...writeRequest }),
  reply: GenericResponse,
});
export const Node_GetNode = method('Node.GetNode', {
  request: NodeSpecificRequest,
  reply: struct('SingleNodeResponse', { Node: ptr(Node), ...queryMeta }),
});
export const Node_List = method('Node.List', {
  request: struct('NodeListRequest', {
    Fields: ptr(struct('NodeStubFields', { Resources: bool, OS: bool })),
    ...queryOptions,
  }),
  reply: struct('NodeListResponse', { Nodes: list(NodeListStub), ...queryMeta }),
});
export const Node_GetAllocs = method('Node.GetAllocs', {
  request: NodeSpecificRequest,
  reply: struct('NodeAllocsResponse', { Allocs: list(Allocation), ...queryMeta }),
});
export const Node_Evaluate = method('Node.Evaluate', {
  request: struct('NodeEvaluateRequest', { NodeID: str, ...writeRequest }),
  reply: NodeUpdateResponse,
});

export const NodeChangeResponse = struct('NodeDrainUpdateResponse', {
  NodeModifyIndex: uint,
  EvalIDs: list(str),
  EvalCreateIndex: uint,
  ...writeMeta,
});
export interface NodeChangeResponse extends Static<typeof NodeChangeResponse> {}

/** DrainStrategy null ends a drain. */
export const Node_UpdateDrain = method('Node.UpdateDrain', {
  request: struct('NodeUpdateDrainRequest', {
    NodeID: str,
    DrainStrategy: ptr(DrainStrategy),
    MarkEligible: bool,
    NodeEvent: ptr(NodeEvent),
    Meta: map(str),
    UpdatedAt: int,
    ...writeRequest,
  }),
  reply: NodeChangeResponse,
});
export const Node_UpdateEligibility = method('Node.UpdateEligibility', {
  request: struct('NodeUpdateEligibilityRequest', {
    NodeID: str,
    Eligibility: str,
    NodeEvent: ptr(NodeEvent),
    UpdatedAt: int,
    ...writeRequest,
  }),
  reply: NodeChangeResponse,
});
export const Node_Deregister = method('Node.Deregister', {
  request: struct('NodeDeregisterRequest', { NodeID: str, ...writeRequest }),
  reply: NodeUpdateResponse,
});
export const Node_BatchDeregister = method('Node.BatchDeregister', {
  request: struct('NodeBatchDeregisterRequest', { NodeIDs: list(str), ...writeRequest }),
  reply: NodeUpdateResponse,
});
