// SPDX-License-Identifier: MPL-2.0
// Calls that end at the client that runs the allocation. A server serves ClientAllocations.* and passes each on to the
// client as Allocations.*; ClientStats.Stats keeps its name.

import { AllocResourceUsage, HostStats } from '../objects/stats.ts';
import { bool, list, ptr, str, struct } from '../schema.ts';
import { AllocSpecificRequest } from './alloc.ts';
import { GenericResponse, method, queryMeta, queryOptions, streamMethod } from './method.ts';
import { NodeSpecificRequest } from './node.ts';
import { ExecInput, StreamErrWrapper } from './stream-frames.ts';

const restart = {
  request: struct('AllocRestartRequest', { AllocID: str, TaskName: str, AllTasks: bool, ...queryOptions }),
  reply: GenericResponse,
};
const signal = {
  request: struct('AllocSignalRequest', { AllocID: str, Task: str, Signal: str, ...queryOptions }),
  reply: GenericResponse,
};
const stats = {
  request: struct('AllocStatsRequest', { AllocID: str, Task: str, ...queryOptions }),
  reply: struct('AllocStatsResponse', { Stats: ptr(AllocResourceUsage), ...queryMeta }),
};
const collect = { request: AllocSpecificRequest, reply: GenericResponse };
const collectAll = { request: NodeSpecificRequest, reply: GenericResponse };

export const ClientStats_Stats = method('ClientStats.Stats', {
  request: NodeSpecificRequest,
  reply: struct('ClientStatsResponse', { HostStats: ptr(HostStats), ...queryMeta }),
});

export const ClientAllocations_Restart = method('ClientAllocations.Restart', restart);
export const ClientAllocations_Signal = method('ClientAllocations.Signal', signal);
export const ClientAllocations_Stats = method('ClientAllocations.Stats', stats);
export const ClientAllocations_GarbageCollect = method('ClientAllocations.GarbageCollect', collect);
export const ClientAllocations_GarbageCollectAll = method('ClientAllocations.GarbageCollectAll', collectAll);

export const Allocations_Restart = method('Allocations.Restart', restart);
export const Allocations_Signal = method('Allocations.Signal', signal);
export const Allocations_Stats = method('Allocations.Stats', stats);
export const Allocations_GarbageCollect = method('Allocations.GarbageCollect', collect);
export const Allocations_GarbageCollectAll = method('Allocations.GarbageCollectAll', collectAll);

/** Output payloads are JSON: {"stdout":{"data":base64}}, {"exited":true,"result":{"exit_code":n}}. */
export const Allocations_Exec = streamMethod('Allocations.Exec', {
  request: struct('AllocExecRequest', {
    AllocID: str,
    Task: str,
    Tty: bool,
    Cmd: list(str),
    ...queryOptions,
  }),
  send: ExecInput,
  receive: StreamErrWrapper,
  failure: 'wrapper',
});
