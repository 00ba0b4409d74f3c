// SPDX-License-Identifier: MPL-2.0
// Calls that a client has to answer: find the node, then call it over the connection it made.

import {
  type Allocation,
  Allocations_GarbageCollect,
  Allocations_GarbageCollectAll,
  Allocations_Restart,
  Allocations_Signal,
  Allocations_Stats,
  ClientAllocations_GarbageCollect,
  ClientAllocations_GarbageCollectAll,
  ClientAllocations_Restart,
  ClientAllocations_Signal,
  ClientAllocations_Stats,
  ClientStats_Stats,
  FileSystem_List,
  FileSystem_Logs,
  FileSystem_Stat,
  FileSystem_Stream,
  type RpcMethod,
  type StreamMethod,
} from '@serai/api';
import { AppError } from '#base';
import type { RpcContext, RpcStream } from '#rpc';
import type { ServerContext } from '../context.ts';
import {
  type Access,
  type Endpoint,
  endpoint,
  readsObject,
  type StreamEndpoint,
  streamEndpoint,
  writes,
} from './endpoint.ts';

export function clientForwardEndpoints(context: ServerContext): readonly Endpoint[] {
  const lifecycle = writes('alloc-lifecycle', 'object');
  const readFs = readsObject('read-fs');
  return [
    toAlloc(context, { from: ClientAllocations_Restart, to: Allocations_Restart, access: lifecycle }),
    toAlloc(context, { from: ClientAllocations_Signal, to: Allocations_Signal, access: lifecycle }),
    toAlloc(context, {
      from: ClientAllocations_Stats,
      to: Allocations_Stats,
      access: readsObject('read-job'),
    }),
    toAlloc(context, {
      from: ClientAllocations_GarbageCollect,
      to: Allocations_GarbageCollect,
      access: writes('submit-job', 'object'),
    }),
    toAlloc(context, { from: FileSystem_List, to: FileSystem_List, access: readFs }),
    toAlloc(context, { from: FileSystem_Stat, to: FileSystem_Stat, access: readFs }),
    toNode(context, {
      from: ClientAllocations_GarbageCollectAll,
      to: Allocations_GarbageCollectAll,
      access: writes('node:write', 'none'),
    }),
    toNode(context, {
      from: ClientStats_Stats,
      to: ClientStats_Stats,
      access: { ...readsObject('node:read'), namespace: 'none' },
    }),
  ];
}

export function clientForwardStreams(context: ServerContext): readonly StreamEndpoint[] {
  return [
    streamToAlloc(context, FileSystem_Logs, { ...readsObject('read-logs'), rate: 'stream' }),
    streamToAlloc(context, FileSystem_Stream, { ...readsObject('read-fs'), rate: 'stream' }),
  ];
}

interface Forward {
  readonly from: RpcMethod;
  readonly to: RpcMethod;
  readonly access: Access;
}

function toAlloc(context: ServerContext, { from, to, access }: Forward): Endpoint {
  return endpoint(from, access, async (args, rpc) => {
    const alloc = allocOf(context, (args as { AllocID: string }).AllocID);
    return context.nodes.callNode(alloc.NodeID, to, args, { signal: rpc.signal });
  });
}

function toNode(context: ServerContext, { from, to, access }: Forward): Endpoint {
  return endpoint(from, access, async (args, rpc) => {
    const { NodeID: nodeId } = args as { NodeID: string };
    if (nodeId === '') throw new AppError('invalid', 'missing NodeID');
    if (!context.store.snapshot().node(nodeId)) {
      throw new AppError('not-found', `Unknown node ${JSON.stringify(nodeId)}`);
    }
    return context.nodes.callNode(nodeId, to, args, { signal: rpc.signal });
  });
}

function allocOf(context: ServerContext, allocId: string): Allocation {
  if (allocId === '') throw new AppError('invalid', 'missing allocation ID');
  const alloc = context.store.snapshot().alloc(allocId);
  if (!alloc) throw new AppError('not-found', `Unknown allocation ${JSON.stringify(allocId)}`);
  if (!context.store.snapshot().node(alloc.NodeID)) {
    throw new AppError('not-found', `Unknown node ${JSON.stringify(alloc.NodeID)}`);
  }
  return alloc;
}

function streamToAlloc(context: ServerContext, method: StreamMethod, access: Access): StreamEndpoint {
  return streamEndpoint(method, access, async (args, stream, rpc) => {
    const request = args as { AllocID: string } & Record<string, unknown>;
    const alloc = allocOf(context, request.AllocID);
    const remote = await context.nodes.streamNode(alloc.NodeID, method, request, { signal: rpc.signal });
    await copyFrames(remote, stream, rpc);
  });
}

/** Frames of the node to the caller, until either side ends. */
async function copyFrames(remote: RpcStream, caller: RpcStream, rpc: RpcContext): Promise<void> {
  const end = (): void => remote.close();
  rpc.signal.addEventListener('abort', end, { once: true });
  try {
    for await (const frame of remote.frames()) await caller.send(frame);
  } finally {
    rpc.signal.removeEventListener('abort', end);
    remote.close();
  }
}
