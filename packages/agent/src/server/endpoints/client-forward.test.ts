// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Allocations_GarbageCollectAll,
  Allocations_Restart,
  ClientAllocations_GarbageCollectAll,
  ClientAllocations_Restart,
  ClientAllocations_Signal,
  ClientAllocations_Stats,
  ClientStats_Stats,
  FileSystem_List,
  FileSystem_Logs,
  make,
  Node_Deregister,
  Node_UpdateStatus,
  type StreamErrWrapper,
} from '@serai/api';
import { AppError } from '#base';
import { frameError, payloads } from '#rpc';
import { FakeRpc, mockJob, mockTaskGroup, TestCluster } from '#testing';

/** A node whose client answers calls, and one allocation on it. */
async function withClient(
  t: Parameters<typeof TestCluster.start>[0],
): Promise<{ cluster: TestCluster; client: FakeRpc; AllocID: string; NodeID: string }> {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: 1 })] }));
  const client = new FakeRpc();
  const caller = cluster.server.localCaller({ reverse: client });
  t.after(() => caller.stop());
  const beat = make(Node_UpdateStatus.request, { Region: 'global', NodeID: node.id, Status: 'ready' });
  await caller.call(Node_UpdateStatus, beat);
  return { cluster, client, AllocID: cluster.live('web')[0]?.ID ?? '', NodeID: node.id };
}

test('a call about an allocation goes to the client that runs it, under the name the client serves', async (t) => {
  const { cluster, client, AllocID } = await withClient(t);
  client.on(Allocations_Restart, ({ TaskName }) => {
    assert.equal(TaskName, 'web');
    return { Index: 42 };
  });
  const reply = await cluster.call(ClientAllocations_Restart, { AllocID, TaskName: 'web' });
  assert.equal(reply.Index, 42);
  await cluster.call(ClientAllocations_Signal, { AllocID, Signal: 'SIGHUP' });
  await cluster.call(FileSystem_List, { AllocID, Path: '/' });
  assert.deepEqual(
    client.calls.map((call) => call.method),
    ['Allocations.Restart', 'Allocations.Signal', 'FileSystem.List'],
  );
});

test('a call about a node goes to its client', async (t) => {
  const { cluster, client, NodeID } = await withClient(t);
  await cluster.call(ClientAllocations_GarbageCollectAll, { NodeID });
  await cluster.call(ClientStats_Stats, { NodeID });
  assert.equal(client.last(Allocations_GarbageCollectAll)['NodeID'], NodeID);
  assert.equal(client.last(ClientStats_Stats)['NodeID'], NodeID);
});

test('the error of the client is the answer', async (t) => {
  const { cluster, client, AllocID } = await withClient(t);
  client.on(Allocations_Restart, () => {
    throw new AppError('not-found', 'Task not running', { status: 500 });
  });
  await assert.rejects(cluster.call(ClientAllocations_Restart, { AllocID }), {
    status: 500,
    message: 'Task not running',
  });
});

test('what is unknown, and a node that nobody holds a connection of', async (t) => {
  const { cluster, AllocID, NodeID } = await withClient(t);
  const other = await cluster.addNode();
  const cases: readonly [Promise<unknown>, object][] = [
    [cluster.call(ClientAllocations_Stats, {}), { status: 400, message: 'missing allocation ID' }],
    [
      cluster.call(ClientAllocations_Stats, { AllocID: 'nope' }),
      { status: 404, message: 'Unknown allocation "nope"' },
    ],
    [cluster.call(ClientStats_Stats, {}), { status: 400, message: 'missing NodeID' }],
    [cluster.call(ClientStats_Stats, { NodeID: 'nope' }), { status: 404, message: 'Unknown node "nope"' }],
    [cluster.call(ClientStats_Stats, { NodeID: other.id }), { status: 404, message: 'No path to node' }],
  ];
  for (const [call, error] of cases) await assert.rejects(call, error);
  await cluster.call(Node_Deregister, { NodeID });
  await assert.rejects(cluster.call(ClientAllocations_Stats, { AllocID }), {
    status: 404,
    message: `Unknown node "${NodeID}"`,
  });
});

test('a stream is carried to its end', async (t) => {
  const { cluster, client, AllocID } = await withClient(t);
  client.onStream(FileSystem_Logs, async function* () {
    for (const text of ['one', 'two']) yield { Error: null, Payload: Buffer.from(text) };
  });
  const stream = await cluster.rpc.stream(FileSystem_Logs, { Region: 'global', AllocID });
  const texts: string[] = [];
  for await (const piece of payloads(stream)) texts.push(Buffer.from(piece).toString());
  assert.deepEqual(texts, ['one', 'two']);
  assert.equal(client.streams[0]?.closed, true);
});

test('a caller that stops reading ends the stream at the client', async (t) => {
  const { cluster, client, AllocID } = await withClient(t);
  client.onStream(FileSystem_Logs, async function* () {
    for (;;) {
      yield { Error: null, Payload: Buffer.from('x') } satisfies Partial<StreamErrWrapper>;
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const stream = await cluster.rpc.stream(FileSystem_Logs, { Region: 'global', AllocID });
  for await (const _ of stream.frames()) break;
  await cluster.settle();
  assert.equal(client.streams[0]?.closed, true);
});

test('a stream that cannot begin says why', async (t) => {
  const { cluster } = await withClient(t);
  const stream = await cluster.rpc.stream(FileSystem_Logs, { Region: 'global', AllocID: 'nope' });
  const errors: (string | undefined)[] = [];
  for await (const frame of stream.frames()) errors.push(frameError(frame)?.message);
  assert.deepEqual(errors, ['Unknown allocation "nope"']);
});
