// SPDX-License-Identifier: MPL-2.0
// Status.* and Region.*: who is there.

import { AgentMember } from '../objects/stats.ts';
import { bool, int, list, map, str, struct, time, uint } from '../schema.ts';
import { GenericRequest, method, queryMeta, queryOptions } from './method.ts';

export const Status_Ping = method('Status.Ping', {
  request: GenericRequest,
  reply: struct('Empty', {}),
});
/** `ip:port` of the leader, "" while there is none. */
export const Status_Leader = method('Status.Leader', { request: GenericRequest, reply: str });
export const Status_Peers = method('Status.Peers', { request: GenericRequest, reply: list(str) });
export const Status_Members = method('Status.Members', {
  request: GenericRequest,
  reply: struct('ServerMembersResponse', {
    ServerName: str,
    ServerRegion: str,
    ServerDC: str,
    Members: list(AgentMember),
  }),
});
/** Does this server hold a connection of that node? */
export const Status_HasNodeConn = method('Status.HasNodeConn', {
  request: struct('NodeSpecificRequest', { NodeID: str, SecretID: str, ...queryOptions }),
  reply: struct('NodeConnQueryResponse', { Connected: bool, Established: time, ...queryMeta }),
});
export const Status_RaftStats = method('Status.RaftStats', {
  request: GenericRequest,
  reply: struct('RaftStats', { LastContact: str, LastTerm: uint, LastIndex: uint }),
});
/** Only the 1.1 line has it. */
export const Status_Version = method('Status.Version', {
  request: GenericRequest,
  reply: struct('VersionResponse', { Build: str, Versions: map(int), ...queryMeta }),
});
export const Region_List = method('Region.List', { request: GenericRequest, reply: list(str) });

export const NodeServerInfo = struct('NodeServerInfo', {
  RPCAdvertiseAddr: str,
  RPCMajorVersion: int,
  RPCMinorVersion: int,
  Datacenter: str,
});
