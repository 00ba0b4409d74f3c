// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import {
  FileSystem_Logs,
  Job_List,
  make,
  Node_UpdateStatus,
  NodeUpdateResponse,
  Operator_SnapshotRestore,
  Status_Leader,
  Status_Ping,
} from '@serai/api';
import { AppError, nullLogger } from '#base';
import { FakeRpc, VirtualClock } from '#testing';
import { NodeConnections } from '../node-connections.ts';
import { Router } from '../router.ts';
import { frameError, payloads } from '../stream-failure.ts';
import { frameQueueSize } from './frame-queue.ts';
import { LocalCaller } from './local-caller.ts';

const query = make(Status_Ping.request, {});

function local(): {
  router: Router;
  caller: LocalCaller;
  clock: VirtualClock;
  nodes: NodeConnections;
  reverse: FakeRpc;
} {
  const clock = new VirtualClock();
  const router = new Router();
  const reverse = new FakeRpc();
  const nodes = new NodeConnections({ clock, log: nullLogger });
  const caller = new LocalCaller({ reverse }, { router, clock, log: nullLogger, nodes });
  return { router, caller, clock, nodes, reverse };
}

test('a call reaches the handler and returns the very object it gave', async () => {
  const { router, caller } = local();
  const reply = make(Job_List.reply, { Index: 5 });
  router.handle(Job_List, (_, context) => {
    assert.equal(context.origin, 'local');
    return reply;
  });
  assert.equal(await caller.call(Job_List, make(Job_List.request, {})), reply);
});

test('errors keep code and text; unknown methods are one', async () => {
  const { router, caller } = local();
  router.handle(Status_Leader, () => {
    throw new AppError('unavailable', 'No cluster leader');
  });
  router.handle(Status_Ping, async () => {
    throw new TypeError('a bug');
  });
  await assert.rejects(caller.call(Status_Leader, query), {
    code: 'unavailable',
    message: 'No cluster leader',
  });
  await assert.rejects(caller.call(Status_Ping, query), { code: 'internal', message: 'a bug' });
  await assert.rejects(caller.call(Job_List, make(Job_List.request, {})), {
    code: 'unsupported',
    message: "rpc: can't find service Job.List",
  });
  await assert.rejects(caller.stream(FileSystem_Logs, {}), {
    code: 'unsupported',
    message: 'Unknown rpc method: "FileSystem.Logs"',
  });
});

test('a caller that gives up aborts the handler', async () => {
  const { router, caller, clock } = local();
  let aborted = 0;
  router.handle(Status_Leader, async (_, context) => {
    await once(context.signal, 'abort');
    aborted += 1;
    return '';
  });
  const controller = new AbortController();
  const call = caller.call(Status_Leader, query, { signal: controller.signal });
  controller.abort();
  await assert.rejects(call, { code: 'canceled' });
  await assert.rejects(caller.call(Status_Leader, query, { signal: AbortSignal.abort() }), {
    code: 'canceled',
  });
  const timed = caller.call(Status_Leader, query, { timeoutMs: 1_000 });
  const failed = assert.rejects(timed, {
    code: 'timeout',
    message: 'Status.Leader: no answer within 1000 ms',
  });
  await clock.advance(1_000);
  await failed;
  assert.equal(aborted, 2, 'a call that was given up before it began runs no handler');
  assert.equal(clock.pendingTimers, 0);
});

test('the node that speaks can be called back until the caller stops', async () => {
  const { router, caller, nodes, reverse } = local();
  router.handle(Node_UpdateStatus, (args, context) => {
    context.bindNode(args.NodeID);
    context.bindNode('another');
    return make(NodeUpdateResponse, {});
  });
  await caller.call(Node_UpdateStatus, make(Node_UpdateStatus.request, { NodeID: 'n1' }));
  assert.deepEqual(nodes.nodeIds(), ['n1'], 'the first node of a connection wins');
  await nodes.callNode('n1', Status_Leader, query);
  assert.equal(reverse.calls.length, 1);
  await caller.stop();
  assert.deepEqual(nodes.nodeIds(), []);
});

test('a stream fills missing arguments and carries frames both ways', async () => {
  const { router, caller } = local();
  router.handleStream(Operator_SnapshotRestore, async (args, stream) => {
    assert.equal(args.Namespace, '');
    for await (const frame of stream.frames()) {
      if (frame === 'last') break;
      await stream.send(`got ${String(frame)}`);
    }
    await stream.send('done');
  });
  const stream = await caller.stream(Operator_SnapshotRestore, { Region: 'global' });
  for (const frame of ['a', 'b', 'last']) await stream.send(frame);
  const frames: unknown[] = [];
  for await (const frame of stream.frames()) frames.push(frame);
  assert.deepEqual(frames, ['got a', 'got b', 'done']);
  await assert.rejects(stream.send('late'), { code: 'canceled' });
});

test('a slow reader holds the sender back', async () => {
  const { router, caller } = local();
  let sent = 0;
  router.handleStream(FileSystem_Logs, async (_, stream, context) => {
    while (!context.signal.aborted) {
      await stream.send({ Error: null, Payload: Buffer.from([sent]) });
      sent += 1;
    }
  });
  const stream = await caller.stream(FileSystem_Logs, {});
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(sent < frameQueueSize, `${sent} frames`);
  let read = 0;
  for await (const _ of payloads(stream)) if (++read > 3 * frameQueueSize) break;
  assert.ok(sent > 2 * frameQueueSize);
  stream.close();
  await caller.stop();
});

test('a failing handler sends its error as the last frame', async () => {
  const { router, caller } = local();
  router.handleStream(FileSystem_Logs, async (_, stream) => {
    await stream.send({ Error: null, Payload: Buffer.from('x') });
    throw new AppError('not-found', 'no such file');
  });
  const stream = await caller.stream(FileSystem_Logs, {});
  const read = async (): Promise<void> => {
    for await (const piece of payloads(stream)) assert.equal(Buffer.from(piece).toString(), 'x');
  };
  await assert.rejects(read(), { code: 'not-found', status: 404, message: 'no such file' });
});

test('the caller that closes, aborts or stops ends the handler', async () => {
  const { router, caller } = local();
  let running = 0;
  router.handleStream(FileSystem_Logs, async (_, stream) => {
    running += 1;
    for await (const _frame of stream.frames());
    running -= 1;
  });
  const controller = new AbortController();
  const first = await caller.stream(FileSystem_Logs, {});
  await caller.stream(FileSystem_Logs, {}, { signal: controller.signal });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(running, 2);
  first.close();
  controller.abort();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(running, 0);
  await assert.rejects(caller.stream(FileSystem_Logs, {}, { signal: AbortSignal.abort() }), {
    code: 'canceled',
  });
});

test('frame errors are read from both forms', () => {
  assert.equal(frameError({ Error: null, Payload: null }), undefined);
  assert.equal(frameError({ SnapshotChecksum: 'x', Index: 1 }), undefined);
  assert.deepEqual(frameError({ Error: { Message: 'm', Code: null } })?.status, 500);
  assert.deepEqual(frameError({ ErrorMsg: 'm', ErrorCode: 403 })?.code, 'denied');
  assert.deepEqual(frameError({ Error: { Message: 'm', Code: 7 } })?.status, 500);
});
