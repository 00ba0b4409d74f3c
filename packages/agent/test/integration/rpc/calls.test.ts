// SPDX-License-Identifier: MPL-2.0
// Calls over real sockets, in both directions.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import {
  Allocations_Restart,
  FileSystem_List,
  FileSystem_Logs,
  Job_List,
  make,
  Node_Register,
  Node_UpdateStatus,
  NodeUpdateResponse,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  SnapshotRestoreResponse,
  SnapshotSaveResponse,
  Status_Leader,
  Status_Peers,
  Status_Ping,
  type StreamErrWrapper,
} from '@serai/api';
import { AppError } from '#base';
import { payloads } from '#rpc';
import { rpcPair } from './rpc-pair.ts';

const query = make(Status_Ping.request, { Region: 'global' });
const nodeId = 'b5777a83-6a0b-4c14-8c4e-000000000001';
const heartbeat = make(Node_UpdateStatus.request, { NodeID: nodeId, Status: 'ready', Region: 'global' });

test('a call brings its arguments to the handler and the reply back', async (t) => {
  const { pool, address, router } = await rpcPair(t);
  router.handle(Status_Leader, () => '127.0.0.1:4647').handle(Status_Peers, () => ['127.0.0.1:4647']);
  router.handle(Node_UpdateStatus, (args, context) => {
    assert.equal(args.NodeID, nodeId);
    assert.equal(context.origin, 'network');
    assert.equal(context.remoteAddress, '127.0.0.1');
    return make(NodeUpdateResponse, { HeartbeatTTL: 10e9, EvalIDs: ['e1'] });
  });
  const server = pool.to(address);
  assert.equal(await server.call(Status_Leader, query), '127.0.0.1:4647');
  assert.deepEqual(await server.call(Status_Peers, query), ['127.0.0.1:4647']);
  const reply = await server.call(Node_UpdateStatus, heartbeat);
  assert.deepEqual({ ttl: reply.HeartbeatTTL, evals: reply.EvalIDs }, { ttl: 10e9, evals: ['e1'] });
});

test('many calls at once share one connection and all get their own answers', async (t) => {
  const { pool, address, router } = await rpcPair(t);
  router.handle(Job_List, async (args) => {
    await new Promise((resolve) => setImmediate(resolve));
    return make(Job_List.reply, { Index: args.MinQueryIndex });
  });
  const calls = Array.from({ length: 600 }, (_, i) =>
    pool.to(address).call(Job_List, make(Job_List.request, { Region: 'global', MinQueryIndex: i })),
  );
  const replies = await Promise.all(calls);
  assert.deepEqual(
    replies.map((reply) => reply.Index),
    Array.from({ length: 600 }, (_, i) => i),
  );
  assert.deepEqual(pool.addresses(), [address]);
});

test('errors keep their status, plain ones get the prefix of the hop', async (t) => {
  const { pool, address, router } = await rpcPair(t);
  router.handle(Node_UpdateStatus, () => {
    throw new AppError('not-found', 'node not found');
  });
  router.handle(Status_Leader, () => {
    throw new AppError('unavailable', 'No cluster leader');
  });
  router.handle(Status_Ping, () => {
    throw new AppError('denied', 'Permission denied');
  });
  const server = pool.to(address);
  await assert.rejects(server.call(Node_UpdateStatus, heartbeat), {
    code: 'not-found',
    status: 404,
    message: 'node not found',
  });
  await assert.rejects(server.call(Status_Leader, query), {
    code: 'unavailable',
    message: 'rpc error: No cluster leader',
  });
  await assert.rejects(server.call(Status_Ping, query), { code: 'denied', status: 403 });
});

test('an unknown method is an error, and the connection goes on', async (t) => {
  const { pool, address, router } = await rpcPair(t);
  router.handle(Status_Leader, () => 'x');
  const server = pool.to(address);
  await assert.rejects(server.call(Status_Peers, query), {
    code: 'unsupported',
    message: "rpc error: rpc: can't find method Status.Peers",
  });
  await assert.rejects(server.call(Job_List, make(Job_List.request, {})), /can't find service Job.List/);
  assert.equal(await server.call(Status_Leader, query), 'x');
});

test('the server calls back over the connection that the client dialled', async (t) => {
  const { pool, address, router, reverse, nodes } = await rpcPair(t);
  router.handle(Node_Register, (args, context) => {
    context.bindNode(args.Node?.ID ?? nodeId);
    return make(NodeUpdateResponse, {});
  });
  reverse.handle(FileSystem_List, (args, context) => {
    assert.equal(context.origin, 'reverse');
    return make(FileSystem_List.reply, {
      Files: [
        {
          Name: args.Path,
          IsDir: false,
          Size: 7,
          FileMode: '-rw-r--r--',
          ModTime: '2026-01-02T03:04:05.5Z',
        },
      ],
    });
  });
  reverse.handle(Allocations_Restart, () => {
    throw new AppError('internal', 'Task not running');
  });
  const list = make(FileSystem_List.request, { AllocID: 'a1', Path: '/x', Region: 'global' });
  await assert.rejects(nodes.callNode(nodeId, FileSystem_List, list), { message: 'No path to node' });
  await pool.to(address).call(Node_Register, make(Node_Register.request, { Region: 'global' }));
  assert.ok(nodes.established(nodeId));
  const reply = await nodes.callNode(nodeId, FileSystem_List, list);
  assert.equal(reply.Files?.[0]?.Name, '/x');
  assert.equal(reply.Files?.[0]?.ModTime, '2026-01-02T03:04:05.5Z');
  const restart = make(Allocations_Restart.request, { AllocID: 'a1' });
  await assert.rejects(nodes.callNode(nodeId, Allocations_Restart, restart), { message: 'Task not running' });
  await pool.stop();
  while (nodes.nodeIds().length > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('logs stream from the client through its own connection, and stop when the reader goes', async (t) => {
  const { pool, address, router, reverse, nodes } = await rpcPair(t);
  router.handle(Node_Register, (_, context) => {
    context.bindNode(nodeId);
    return make(NodeUpdateResponse, {});
  });
  const handlerGone = Promise.withResolvers<void>();
  reverse.handleStream(FileSystem_Logs, async (args, stream, context) => {
    context.signal.addEventListener('abort', () => handlerGone.resolve());
    for (let i = 0; !context.signal.aborted; i++) {
      await stream.send({ Error: null, Payload: Buffer.from(`${args.Task} line ${i}\n`) });
    }
  });
  await pool.to(address).call(Node_Register, make(Node_Register.request, { Region: 'global' }));
  const stream = await nodes.streamNode(nodeId, FileSystem_Logs, {
    ...make(FileSystem_Logs.request, { AllocID: 'a1', Task: 'web', LogType: 'stdout', Follow: true }),
  });
  let text = '';
  for await (const piece of payloads(stream)) {
    text += Buffer.from(piece).toString();
    if (text.length > 400_000) break;
  }
  assert.match(text, /^web line 0\nweb line 1\n/);
  stream.close();
  await handlerGone.promise;
});

test('a failing stream handler sends its error as the last frame', async (t) => {
  const { pool, address, router } = await rpcPair(t);
  router.handleStream(FileSystem_Logs, async (_, stream) => {
    await stream.send({ Error: null, Payload: Buffer.from('half') } satisfies StreamErrWrapper);
    throw new AppError('not-found', 'unknown task name "zzz"');
  });
  const stream = await pool.to(address).stream(FileSystem_Logs, { ...make(FileSystem_Logs.request, {}) });
  const frames: unknown[] = [];
  for await (const frame of stream.frames()) frames.push(frame);
  assert.deepEqual(frames, [
    { Error: null, Payload: Buffer.from('half') },
    { Error: { Message: 'unknown task name "zzz"', Code: 404 }, Payload: null },
  ]);
});

test('an unknown streaming method is refused at the handshake', async (t) => {
  const { pool, address } = await rpcPair(t);
  await assert.rejects(pool.to(address).stream(FileSystem_Logs, {}), {
    message: 'Unknown rpc method: "FileSystem.Logs"',
  });
});

test('a snapshot is one frame and then raw bytes; a restore is frames and one answer', async (t) => {
  const { pool, address, router } = await rpcPair(t);
  const archive = Buffer.alloc(3_000_000, 'snapshot ');
  router.handleStream(Operator_SnapshotSave, async (_, stream) => {
    await stream.send(make(SnapshotSaveResponse, { SnapshotChecksum: 'sha-256=abc', Index: 42 }));
    for (let at = 0; at < archive.length; at += 65_536) await stream.send(archive.subarray(at, at + 65_536));
  });
  router.handleStream(Operator_SnapshotRestore, async (_, stream) => {
    let bytes = 0;
    for await (const frame of stream.frames()) {
      const { Error: end, Payload } = frame as StreamErrWrapper;
      if (end?.Message === 'EOF') break;
      bytes += Payload?.length ?? 0;
    }
    await stream.send(make(SnapshotRestoreResponse, { Index: bytes }));
  });
  const server = pool.to(address);
  const save = await server.stream(Operator_SnapshotSave, { ...query });
  const pieces: Buffer[] = [];
  let first: SnapshotSaveResponse | undefined;
  for await (const frame of save.frames()) {
    if (first) pieces.push(Buffer.from(frame as Uint8Array));
    else first = frame as SnapshotSaveResponse;
  }
  assert.equal(first?.SnapshotChecksum, 'sha-256=abc');
  assert.equal(first?.Index, 42);
  assert.ok(Buffer.concat(pieces).equals(archive));

  const restore = await server.stream(Operator_SnapshotRestore, { Region: 'global' });
  for (let at = 0; at < archive.length; at += 65_536) {
    await restore.send({ Error: null, Payload: archive.subarray(at, at + 65_536) });
  }
  await restore.send({ Error: { Message: 'EOF', Code: null }, Payload: null });
  for await (const frame of restore.frames()) {
    assert.equal((frame as SnapshotRestoreResponse).Index, archive.length);
  }
});

test('giving up aborts the handler; a time-out says so', async (t) => {
  const { pool, address, router } = await rpcPair(t);
  const aborted = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  router.handle(Job_List, async (_, context) => {
    started.resolve();
    await once(context.signal, 'abort');
    aborted.resolve();
    return make(Job_List.reply, {});
  });
  const controller = new AbortController();
  const call = pool.to(address).call(Job_List, make(Job_List.request, {}), { signal: controller.signal });
  await started.promise;
  controller.abort();
  await assert.rejects(call, { code: 'canceled' });
  await aborted.promise;
  await assert.rejects(pool.to(address).call(Job_List, make(Job_List.request, {}), { timeoutMs: 20 }), {
    code: 'timeout',
    message: 'Job.List: no answer within 20 ms',
  });
});

test('a stopped server ends waiting calls, and the pool dials again afterwards', async (t) => {
  const first = await rpcPair(t);
  const waiting = Promise.withResolvers<void>();
  first.router.handle(Job_List, async (_, context) => {
    waiting.resolve();
    await once(context.signal, 'abort');
    return make(Job_List.reply, {});
  });
  const call = first.pool.to(first.address).call(Job_List, make(Job_List.request, {}));
  await waiting.promise;
  await Promise.all([first.listener.stop(), assert.rejects(call, { code: 'unavailable' })]);
  await assert.rejects(first.pool.to(first.address).call(Status_Leader, query), /failed to get conn/);
  const second = await rpcPair(t, { port: Number(first.address.split(':')[1]) });
  second.router.handle(Status_Leader, () => 'back');
  assert.equal(await first.pool.to(second.address).call(Status_Leader, query), 'back');
});
