// SPDX-License-Identifier: MPL-2.0
// The calling side of streaming calls against a peer that the test plays by hand.
import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import {
  Allocations_Exec,
  FileSystem_Logs,
  make,
  Operator_SnapshotSave,
  SnapshotSaveResponse,
  type StreamMethod,
} from '@serai/api';
import { decodeMsgpack, encodeMsgpack, type MsgpackShape } from '#base';
import { VirtualClock } from '#testing';
import type { RpcStream } from '../caller.ts';
import { defaultMessageLimits } from '../limits.ts';
import { payloads } from '../stream-failure.ts';
import { StreamingAck, StreamingRequest } from './envelope.ts';
import { ObjectReader } from './object-reader.ts';
import { openStream } from './open-stream.ts';

class Callee {
  readonly clock = new VirtualClock();
  readonly near: Duplex;
  readonly wire: Duplex;
  readonly reader: ObjectReader;

  constructor() {
    const [near, far] = duplexPair({ allowHalfOpen: true });
    this.near = near;
    this.wire = far;
    near.on('error', () => {});
    far.on('error', () => {});
    this.reader = new ObjectReader(far, defaultMessageLimits);
  }

  open(method: StreamMethod, args: Record<string, unknown>, signal?: AbortSignal): Promise<RpcStream> {
    return openStream(
      this.near,
      { method, args },
      { prelude: Buffer.from([5]), limits: defaultMessageLimits, clock: this.clock, signal },
    );
  }

  async object<T>(shape: MsgpackShape<T>): Promise<T> {
    const object = await this.reader.next();
    return decodeMsgpack(shape, object?.bytes ?? Buffer.alloc(0));
  }

  write<T>(shape: MsgpackShape<T>, value: T): void {
    this.wire.write(encodeMsgpack(shape, value));
  }

  /** Plays the handshake; the open stream and the request that came. */
  async accepted<M extends StreamMethod>(
    method: M,
    args: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<{ stream: RpcStream; request: unknown }> {
    const opening = this.open(method, args, signal);
    await this.reader.byte();
    await this.object(StreamingRequest);
    this.write(StreamingAck, { Error: '' });
    const request = await this.object<unknown>(method.request);
    return { stream: await opening, request };
  }
}

async function collect(frames: AsyncIterable<unknown>): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const frame of frames) out.push(frame);
  return out;
}

const logs = make(FileSystem_Logs.request, { AllocID: 'a1', Task: 'web' });

test('selector, method, acknowledgement, request', async () => {
  const callee = new Callee();
  const opening = callee.open(FileSystem_Logs, { ...logs });
  assert.equal(await callee.reader.byte(), 5);
  assert.deepEqual(await callee.object(StreamingRequest), { Method: 'FileSystem.Logs' });
  callee.write(StreamingAck, { Error: '' });
  await opening;
  assert.deepEqual(await callee.object(FileSystem_Logs.request), logs);
});

test('missing arguments are zero on the other side', async () => {
  const { request } = await new Callee().accepted(FileSystem_Logs, { Task: 'web' });
  assert.deepEqual(request, make(FileSystem_Logs.request, { Task: 'web' }));
});

test('a refusal at the handshake is the error of the call', async () => {
  const callee = new Callee();
  const opening = callee.open(FileSystem_Logs, {});
  callee.write(StreamingAck, { Error: 'RPC Error:: 404,no such thing' });
  await assert.rejects(opening, { code: 'not-found', message: 'no such thing' });
  assert.ok(callee.near.destroyed);
});

test('a peer that ends or says nothing at the handshake is an error', async () => {
  const ends = new Callee();
  const opening = ends.open(FileSystem_Logs, {});
  ends.wire.end();
  await assert.rejects(opening, { code: 'unavailable', message: 'rpc error: EOF' });

  const silent = new Callee();
  const waiting = assert.rejects(silent.open(FileSystem_Logs, {}), {
    code: 'timeout',
    message: 'FileSystem.Logs: no answer within 30000 ms',
  });
  await silent.clock.advance(30_000);
  await waiting;
  assert.ok(silent.near.destroyed);

  const controller = new AbortController();
  const canceled = new Callee();
  const call = canceled.open(FileSystem_Logs, {}, controller.signal);
  controller.abort();
  await assert.rejects(call, { code: 'canceled' });
});

test('frames come until the other side closes', async () => {
  const callee = new Callee();
  const { stream } = await callee.accepted(FileSystem_Logs, {});
  callee.wire.write(Buffer.from('82a54572726f72c0a75061796c6f6164a161', 'hex'));
  callee.wire.end(Buffer.from('82a54572726f72c0a75061796c6f6164a162', 'hex'));
  const pieces: string[] = [];
  for await (const piece of payloads(stream)) pieces.push(Buffer.from(piece).toString());
  assert.deepEqual(pieces, ['a', 'b']);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(callee.near.destroyed, 'the stream is freed without a call of close');
});

test('the recorded error frame ends the payloads with its message and status', async () => {
  const callee = new Callee();
  const { stream } = await callee.accepted(FileSystem_Logs, {});
  const frame = `82a54572726f7282a74d657373616765b7${Buffer.from('unknown task name "zzz"').toString('hex')}a4436f6465d10190a75061796c6f6164c0`;
  callee.wire.end(Buffer.from(frame, 'hex'));
  await assert.rejects(
    async () => {
      for await (const _ of payloads(stream));
    },
    { code: 'invalid', status: 400, message: 'unknown task name "zzz"' },
  );
});

test('a connection that breaks in the middle is an error, not an end', async () => {
  const callee = new Callee();
  const { stream } = await callee.accepted(FileSystem_Logs, {});
  callee.wire.write(Buffer.from('82a54572726f72c0a75061796c6f6164a161', 'hex'));
  setImmediate(() => callee.near.destroy(new Error('connection reset')));
  await assert.rejects(collect(stream.frames()), { code: 'unavailable', message: 'connection reset' });
});

test('a frame that is none is an error', async () => {
  const callee = new Callee();
  const { stream } = await callee.accepted(FileSystem_Logs, {});
  callee.wire.write(Buffer.from('07', 'hex'));
  await assert.rejects(collect(stream.frames()), /cannot decode map/);
});

test('closing tells the other side and ends sending', async () => {
  const callee = new Callee();
  const { stream } = await callee.accepted(Allocations_Exec, {});
  const ended = new Promise<void>((resolve) => callee.reader.whenEnded(resolve));
  stream.close();
  stream.close();
  await ended;
  await assert.rejects(stream.send({}), { code: 'canceled' });
  assert.deepEqual(await collect(stream.frames()), []);
});

test('aborting the signal closes an open stream', async () => {
  const callee = new Callee();
  const controller = new AbortController();
  await callee.accepted(FileSystem_Logs, {}, controller.signal);
  const ended = new Promise<void>((resolve) => callee.reader.whenEnded(resolve));
  controller.abort();
  await ended;
});

test('frames of the caller are written by the method, and only where it sends any', async () => {
  const callee = new Callee();
  const { stream } = await callee.accepted(Allocations_Exec, {});
  const input = { Setup: null, Stdin: { Data: Buffer.from('ls\n'), Close: false }, TtySize: null };
  await stream.send(input);
  assert.deepEqual(await callee.object(Allocations_Exec.send as MsgpackShape), input);
  const { stream: silent } = await new Callee().accepted(FileSystem_Logs, {});
  await assert.rejects(silent.send({}), /sends no frames/);
});

test('after the first frame of a snapshot everything is raw', async () => {
  const callee = new Callee();
  const { stream } = await callee.accepted(Operator_SnapshotSave, {});
  const first = make(SnapshotSaveResponse, { SnapshotChecksum: 'sha-256=x' });
  callee.write(SnapshotSaveResponse, first);
  callee.wire.write(Buffer.from('not msgpack \xc1', 'latin1'));
  callee.wire.end('to the end');
  const [head, ...rest] = await collect(stream.frames());
  assert.deepEqual(head, first);
  assert.equal(Buffer.concat(rest as Buffer[]).toString('latin1'), 'not msgpack \xc1to the end');
});
