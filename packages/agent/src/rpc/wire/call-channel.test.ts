// SPDX-License-Identifier: MPL-2.0
// The calling side against a peer that the test plays by hand.
import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import { Job_List, make, Node_UpdateStatus, Status_Leader, Status_Ping } from '@serai/api';
import { AppError, decodeMsgpack, encodeMsgpack } from '#base';
import { defaultMessageLimits } from '../limits.ts';
import { connectionFailure } from '../wire-error.ts';
import { CallChannel } from './call-channel.ts';
import { emptyBody, RequestHeader, ResponseHeader } from './envelope.ts';
import { ObjectReader } from './object-reader.ts';

const query = make(Status_Ping.request, {});
const never = new AbortController().signal;

class Callee {
  readonly channel: CallChannel;
  readonly wire: Duplex;
  readonly reader: ObjectReader;

  constructor(options: { prelude?: Buffer; maxMessageBytes?: number; hop?: boolean } = {}) {
    const [near, far] = duplexPair({ allowHalfOpen: true });
    this.wire = far;
    this.wire.on('error', () => {});
    near.on('error', () => {});
    this.reader = new ObjectReader(far, defaultMessageLimits);
    const limits = { ...defaultMessageLimits, ...options };
    this.channel = new CallChannel(near, {
      limits,
      hop: options.hop ?? true,
      ...(options.prelude ? { prelude: options.prelude } : {}),
    });
  }

  /** The next request's header; its body is dropped. */
  async request(): Promise<RequestHeader> {
    const header = await this.reader.next();
    await this.reader.next();
    return decodeMsgpack(RequestHeader, header?.bytes ?? Buffer.alloc(0));
  }

  answer(seq: number, body: Buffer, error = ''): void {
    this.wire.write(
      encodeMsgpack(ResponseHeader, { Error: error, Seq: seq, ServiceMethod: 'Status.Leader' }),
    );
    this.wire.write(body);
  }

  call(seq: number, signal = never): Promise<string> {
    return this.channel.call(Status_Leader, query, { seq, signal });
  }
}

const text = (value: string): Buffer => encodeMsgpack(Status_Leader.reply, value);

test('the request is header and body, after the selector of the stream', async () => {
  const callee = new Callee({ prelude: Buffer.from([1]) });
  const call = callee.call(7);
  assert.equal(await callee.reader.byte(), 1);
  assert.deepEqual(await callee.request(), { Seq: 7, ServiceMethod: 'Status.Leader' });
  callee.answer(7, text('here'));
  assert.equal(await call, 'here');
  const next = callee.call(8);
  assert.deepEqual(
    await callee.request(),
    { Seq: 8, ServiceMethod: 'Status.Leader' },
    'the selector comes once',
  );
  callee.answer(8, text('there'));
  assert.equal(await next, 'there');
  assert.ok(callee.channel.reusable);
});

test('an error answer keeps the channel', async () => {
  const callee = new Callee();
  const call = callee.call(1);
  await callee.request();
  callee.answer(1, emptyBody, 'No cluster leader');
  await assert.rejects(call, { code: 'unavailable', message: 'rpc error: No cluster leader' });
  assert.ok(callee.channel.reusable);
});

test('an error without a pool in between has no prefix', async () => {
  const callee = new Callee({ hop: false });
  const call = callee.call(1);
  await callee.request();
  callee.answer(1, emptyBody, 'Task not running');
  await assert.rejects(call, { message: 'Task not running' });
});

test("after net/rpc's own errors the channel is not used again", async () => {
  for (const error of ["rpc: can't find method Status.X", 'msgpack decode error [pos 3]: x']) {
    const callee = new Callee();
    const call = callee.call(1);
    await callee.request();
    callee.answer(1, emptyBody, error);
    await assert.rejects(call, { message: `rpc error: ${error}` });
    assert.equal(callee.channel.reusable, false);
  }
});

test('an answer to another call ends the channel', async () => {
  const callee = new Callee();
  const call = callee.call(1);
  await callee.request();
  callee.answer(2, text('x'));
  await assert.rejects(call, { code: 'internal', message: 'answer 2 to call 1' });
  assert.equal(callee.channel.reusable, false);
});

test('a reply of another shape is an error and ends the channel', async () => {
  const callee = new Callee();
  const call = callee.call(1);
  await callee.request();
  callee.answer(1, Buffer.from('07', 'hex'));
  await assert.rejects(call, /msgpack decode error \[pos \d+\]: cannot decode string/);
  assert.equal(callee.channel.reusable, false);
});

test('the end of the stream instead of an answer is a lost connection', async () => {
  for (const end of [
    (callee: Callee) => callee.wire.end(),
    (callee: Callee) => callee.wire.end(Buffer.from('83a5', 'hex')),
    (callee: Callee) => callee.wire.destroy(),
  ]) {
    const callee = new Callee();
    const call = callee.call(1);
    await callee.request();
    end(callee);
    await assert.rejects(
      call,
      (error) => connectionFailure(error) === 'lost' && (error as Error).message === 'rpc error: EOF',
    );
    assert.equal(callee.channel.reusable, false);
  }
});

test('an answer that came just before the end still counts', async () => {
  const callee = new Callee();
  const call = callee.call(1);
  await callee.request();
  callee.answer(1, text('last words'));
  callee.wire.end();
  assert.equal(await call, 'last words');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(callee.channel.reusable, false);
});

test('giving up closes the stream, so that the handler is aborted', async () => {
  const callee = new Callee();
  const controller = new AbortController();
  const call = callee.call(1, controller.signal);
  await callee.request();
  const ended = new Promise<void>((resolve) => callee.reader.whenEnded(resolve));
  controller.abort(new AppError('canceled', 'no longer needed'));
  await assert.rejects(call, { code: 'canceled', message: 'no longer needed' });
  await ended;
  assert.equal(callee.channel.reusable, false);
});

test('a signal that was aborted before sends nothing', async () => {
  const callee = new Callee();
  await assert.rejects(callee.call(1, AbortSignal.abort(new AppError('canceled', 'too late'))), /too late/);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(callee.wire.readableLength, 0);
});

test('limit: a reply beyond the size is refused before it has come', async () => {
  const callee = new Callee({ maxMessageBytes: 1_000 });
  const call = callee.call(1);
  await callee.request();
  callee.answer(1, Buffer.from('db00ffffff', 'hex'));
  await assert.rejects(call, /message is larger than 1000 bytes/);
});

test('arguments that do not fit their declaration are an error of the caller, nothing is sent', async () => {
  const callee = new Callee();
  const args = { ...make(Node_UpdateStatus.request, {}), UpdatedAt: 'now' as unknown as number };
  await assert.rejects(callee.channel.call(Node_UpdateStatus, args, { seq: 1, signal: never }), {
    code: 'internal',
    message: 'NodeUpdateStatusRequest.UpdatedAt: cannot encode string now as int64',
  });
});

test('a large request waits for the peer to take it', async () => {
  const callee = new Callee();
  callee.wire.pause();
  const args = make(Job_List.request, { Prefix: 'x'.repeat(1_000_000) });
  const call = callee.channel.call(Job_List, args, { seq: 1, signal: never });
  callee.wire.resume();
  await callee.request();
  callee.answer(1, encodeMsgpack(Job_List.reply, make(Job_List.reply, { Index: 3 })));
  assert.equal((await call).Index, 3);
});
