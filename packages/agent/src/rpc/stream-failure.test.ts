// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  FileSystem_Logs,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  type StreamMethod,
} from '@serai/api';
import { AppError, decodeMsgpack, encodeMsgpack } from '#base';
import { FakeRpcStream } from '#testing';
import type { RpcContext } from './context.ts';
import { failureFrame, frameError, payloads, runStreamHandler } from './stream-failure.ts';

const context = (signal = new AbortController().signal): RpcContext => ({
  origin: 'local',
  remoteAddress: '',
  signal,
  bindNode: () => {},
});
const empty = async function* (): AsyncGenerator<unknown> {};

test('an error survives the frame of every kind of method, also over the wire', () => {
  for (const method of [FileSystem_Logs, Operator_SnapshotSave, Operator_SnapshotRestore] as StreamMethod[]) {
    const error = new AppError('not-found', 'no such file');
    const frame = failureFrame(method, error);
    const received = decodeMsgpack(method.receive, encodeMsgpack(method.receive, frame));
    for (const form of [frame, received]) {
      const back = frameError(form);
      assert.deepEqual([back?.code, back?.status, back?.message], ['not-found', 404, 'no such file']);
    }
  }
});

test('the stream is closed after the handler, whether it failed or not', async () => {
  const good = new FakeRpcStream(empty());
  const route = { method: FileSystem_Logs as StreamMethod, handler: async () => {} };
  assert.equal(await runStreamHandler(route, { args: {}, stream: good, context: context() }), undefined);
  assert.deepEqual([good.closed, good.sent], [true, []]);

  const bad = new FakeRpcStream(empty());
  const failing = {
    ...route,
    handler: async () => {
      throw new AppError('denied', 'Permission denied');
    },
  };
  const failure = await runStreamHandler(failing, { args: {}, stream: bad, context: context() });
  assert.equal(failure?.code, 'denied');
  assert.deepEqual(bad.sent, [{ Error: { Message: 'Permission denied', Code: 403 }, Payload: null }]);
  assert.ok(bad.closed);
});

test('a handler that fails because its caller went is no failure', async () => {
  const stream = new FakeRpcStream(empty());
  const route = {
    method: FileSystem_Logs as StreamMethod,
    handler: async () => {
      throw new Error('aborted');
    },
  };
  const gone = context(AbortSignal.abort());
  assert.equal(await runStreamHandler(route, { args: {}, stream, context: gone }), undefined);
  assert.deepEqual(stream.sent, []);
});

test('payloads leaves out empty frames and throws the error frame', async () => {
  const frames = async function* (): AsyncGenerator<unknown> {
    yield { Error: null, Payload: Buffer.from('a') };
    yield { Error: null, Payload: null };
    yield { Error: null, Payload: Buffer.alloc(0) };
    yield { Error: { Message: 'gone', Code: null }, Payload: null };
  };
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const piece of payloads(new FakeRpcStream(frames())))
        seen.push(Buffer.from(piece).toString());
    },
    { status: 500, message: 'gone' },
  );
  assert.deepEqual(seen, ['a']);
});
