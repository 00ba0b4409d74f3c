// SPDX-License-Identifier: MPL-2.0
// A peer that speaks bytes against the serving side.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import {
  FileSystem_Logs,
  Job_List,
  make,
  Node_UpdateStatus,
  NodeUpdateResponse,
  Status_Leader,
  Status_Ping,
} from '@serai/api';
import {
  AppError,
  decodeMsgpack,
  encodeMsgpack,
  MetricsRegistry,
  type MsgpackShape,
  nullLogger,
} from '#base';
import { VirtualClock } from '#testing';
import { defaultMessageLimits, type MessageLimits } from '../limits.ts';
import { Router } from '../router.ts';
import { ByteBudget } from '../wire/byte-budget.ts';
import { RequestHeader, ResponseHeader, StreamingAck, StreamingRequest } from '../wire/envelope.ts';
import { ObjectReader } from '../wire/object-reader.ts';
import { CallCounter } from './call-counter.ts';
import { type IncomingStream, serveStream } from './serve-stream.ts';

class Peer {
  readonly wire: Duplex;
  readonly reader: ObjectReader;
  readonly router = new Router();
  readonly clock = new VirtualClock();
  readonly metrics = new MetricsRegistry({ nowMs: () => 0 });
  readonly budget = new ByteBudget(1_000_000);
  readonly bound: string[] = [];
  readonly done: Promise<'done' | 'unknown'>;

  constructor(
    carries: IncomingStream['carries'],
    options: { limits?: Partial<MessageLimits>; running?: CallCounter } = {},
  ) {
    const [near, far] = duplexPair({ allowHalfOpen: true });
    this.wire = far;
    this.reader = new ObjectReader(far, defaultMessageLimits);
    this.done = serveStream(
      {
        stream: near,
        carries,
        from: { origin: 'network', remoteAddress: '192.0.2.1', bindNode: (id) => this.bound.push(id) },
        limits: { ...defaultMessageLimits, ...options.limits },
        budget: this.budget,
      },
      {
        router: this.router,
        clock: this.clock,
        log: nullLogger,
        metrics: this.metrics,
        running: options.running ?? new CallCounter(10),
      },
    );
  }

  request(method: string, seq: number, body = '80'): this {
    this.wire.write(encodeMsgpack(RequestHeader, { Seq: seq, ServiceMethod: method }));
    this.wire.write(Buffer.from(body, 'hex'));
    return this;
  }

  async object<T>(shape: MsgpackShape<T>): Promise<T | undefined> {
    const object = await this.reader.next();
    return object && decodeMsgpack(shape, object.bytes);
  }

  /** Error text and body in hex of the next answer; undefined at the end of the stream. */
  async answer(): Promise<{ error: string; seq: number; body: string } | undefined> {
    const header = await this.object(ResponseHeader);
    if (!header) return undefined;
    const body = await this.reader.next();
    return { error: header.Error, seq: header.Seq, body: body?.bytes.toString('hex') ?? '' };
  }

  counter(name: string): number {
    return this.metrics.totals().counters.find((series) => series.name === name)?.sum ?? 0;
  }
}

test('a call is answered with its number and method', async () => {
  const peer = new Peer('calls');
  peer.router.handle(Status_Leader, () => 'here');
  peer.request('Status.Leader', 7);
  assert.deepEqual(await peer.object(ResponseHeader), { Error: '', Seq: 7, ServiceMethod: 'Status.Leader' });
  assert.equal(await peer.object(Status_Leader.reply), 'here');
  peer.wire.end();
  assert.equal(await peer.done, 'done');
  assert.equal(peer.counter('nomad.rpc.request'), 1);
});

test('calls that were sent ahead are answered in order, one at a time', async () => {
  const peer = new Peer('calls');
  let running = 0;
  peer.router.handle(Job_List, async () => {
    running += 1;
    assert.equal(running, 1);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return make(Job_List.reply, {});
  });
  peer.request('Job.List', 1).request('Job.List', 2).request('Job.List', 3);
  for (const seq of [1, 2, 3]) assert.equal((await peer.answer())?.seq, seq);
});

test('an error of the handler leaves the stream open', async () => {
  const peer = new Peer('calls');
  peer.router.handle(Status_Leader, () => {
    throw new AppError('unavailable', 'No cluster leader');
  });
  peer.router.handle(Status_Ping, () => {
    throw new AppError('invalid', 'bad name');
  });
  peer.request('Status.Leader', 1).request('Status.Ping', 2);
  assert.deepEqual(await peer.answer(), { error: 'No cluster leader', seq: 1, body: '80' });
  assert.deepEqual(await peer.answer(), { error: 'RPC Error:: 400,bad name', seq: 2, body: '80' });
  assert.equal(peer.counter('nomad.rpc.request_error'), 2);
});

test('a handler with a bug is an error for the caller, not the end of the agent', async () => {
  const peer = new Peer('calls');
  peer.router.handle(Status_Leader, () => (undefined as unknown as { a: string }).a);
  peer.router.handle(Status_Ping, () => ({}));
  peer.router.handle(Job_List, () => ({ ...make(Job_List.reply, {}), Index: 0.5 }));
  peer.request('Status.Leader', 1).request('Job.List', 2).request('Status.Ping', 3);
  assert.match((await peer.answer())?.error ?? '', /Cannot read properties/);
  assert.match((await peer.answer())?.error ?? '', /JobListResponse.Index: cannot encode number 0.5/);
  assert.equal((await peer.answer())?.error, '');
});

test("net/rpc's own errors are answered, then the stream closes", async () => {
  const cases: readonly [string, string, string][] = [
    ['Nope.Ping', '80', "rpc: can't find service Nope.Ping"],
    ['Status.Nope', '80', "rpc: can't find method Status.Nope"],
    ['NoDot', '80', 'rpc: service/method request ill-formed: NoDot'],
    [
      'Status.Leader',
      '81ad4d696e5175657279496e646578cb0000000000000000',
      'msgpack decode error [pos 49]: cannot decode unsigned integer: unrecognized descriptor byte: cb/float',
    ],
    ['Status.Leader', 'c1', 'msgpack decode error [pos 34]: unrecognized descriptor byte: c1/unused'],
  ];
  for (const [method, body, error] of cases) {
    const peer = new Peer('calls');
    peer.router.handle(Status_Leader, () => 'here');
    peer.request(method, 5, body);
    assert.deepEqual(await peer.answer(), { error, seq: 5, body: '80' });
    assert.equal(await peer.answer(), undefined, 'closed');
    assert.equal(await peer.done, 'done');
  }
});

test('a header that is none gets no answer', async () => {
  for (const hex of ['a3616263', 'c1', '81a353657101'.replace('01', 'a0')]) {
    const peer = new Peer('calls');
    peer.wire.write(Buffer.from(hex, 'hex'));
    peer.wire.write(Buffer.from('80', 'hex'));
    assert.equal(await peer.answer(), undefined, hex);
    assert.equal(await peer.done, 'done');
  }
});

test('the context tells who calls, and takes the node that speaks', async () => {
  const peer = new Peer('calls');
  peer.router.handle(Node_UpdateStatus, (args, context) => {
    assert.equal(context.remoteAddress, '192.0.2.1');
    context.bindNode(args.NodeID);
    return make(NodeUpdateResponse, {});
  });
  const args = make(Node_UpdateStatus.request, { NodeID: 'n1' });
  peer.request('Node.UpdateStatus', 1, encodeMsgpack(Node_UpdateStatus.request, args).toString('hex'));
  assert.equal((await peer.answer())?.error, '');
  assert.deepEqual(peer.bound, ['n1']);
});

test('the handler is aborted when its caller goes', async () => {
  for (const leave of [(wire: Duplex) => wire.end(), (wire: Duplex) => wire.destroy(new Error('reset'))]) {
    const peer = new Peer('calls');
    peer.wire.on('error', () => {});
    const started = Promise.withResolvers<void>();
    peer.router.handle(Job_List, async (_, context) => {
      started.resolve();
      await once(context.signal, 'abort');
      return make(Job_List.reply, {});
    });
    peer.request('Job.List', 1);
    await started.promise;
    leave(peer.wire);
    assert.equal(await peer.done, 'done');
  }
});

test('limit: a message beyond the size is refused before it has come', async () => {
  const peer = new Peer('calls', { limits: { maxMessageBytes: 1_000 } });
  peer.router.handle(Status_Leader, () => 'here');
  peer.request('Status.Leader', 1, '81a141db00ffffff');
  assert.match((await peer.answer())?.error ?? '', /message is larger than 1000 bytes/);
  assert.equal(await peer.answer(), undefined);
});

test('limit: handlers at once', async () => {
  const running = new CallCounter(1);
  const first = new Peer('calls', { running });
  const second = new Peer('calls', { running });
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  first.router.handle(Job_List, async () => {
    started.resolve();
    await release.promise;
    return make(Job_List.reply, {});
  });
  second.router.handle(Status_Leader, () => 'here');
  first.request('Job.List', 1);
  await started.promise;
  second.request('Status.Leader', 2);
  assert.equal((await second.answer())?.error, 'RPC Error:: 429,too many calls at once on this connection');
  release.resolve();
  assert.equal((await first.answer())?.error, '');
  second.request('Status.Leader', 3);
  assert.equal((await second.answer())?.error, '');
});

test('limit: bytes of incomplete messages over all streams of a connection', async () => {
  const peer = new Peer('calls');
  peer.wire.on('error', () => {});
  assert.ok(peer.budget.take(999_000));
  peer.request('Status.Leader', 1, `81a141db00100000${'00'.repeat(2_000)}`);
  assert.equal(await peer.done, 'done');
  peer.budget.give(999_000);
  assert.ok(peer.budget.take(1_000_000), 'the broken stream gave back what it had');
});

test('the first byte of a stream tells calls from streaming calls', async () => {
  const calls = new Peer('first-byte');
  calls.router.handle(Status_Leader, () => 'here');
  calls.wire.write(Buffer.from([1]));
  calls.request('Status.Leader', 1);
  assert.equal((await calls.answer())?.error, '');

  const streaming = new Peer('first-byte');
  streaming.wire.write(Buffer.from([5]));
  streaming.wire.write(encodeMsgpack(StreamingRequest, { Method: 'No.Such' }));
  assert.deepEqual(await streaming.object(StreamingAck), { Error: 'Unknown rpc method: "No.Such"' });
  assert.equal(await streaming.reader.next(), undefined);

  const unknown = new Peer('first-byte');
  unknown.wire.write(Buffer.from([9]));
  assert.equal(await unknown.done, 'unknown');

  const silent = new Peer('first-byte');
  silent.wire.end();
  assert.equal(await silent.done, 'done');
});

test('a streaming call: acknowledgement, request, frames, end', async () => {
  const peer = new Peer('streaming');
  peer.router.handleStream(FileSystem_Logs, async (args, stream) => {
    await stream.send({ Error: null, Payload: Buffer.from(`${args.Task} says hello`) });
  });
  peer.wire.write(encodeMsgpack(StreamingRequest, { Method: 'FileSystem.Logs' }));
  assert.deepEqual(await peer.object(StreamingAck), { Error: '' });
  peer.wire.write(encodeMsgpack(FileSystem_Logs.request, make(FileSystem_Logs.request, { Task: 'web' })));
  const frame = await peer.reader.next();
  assert.equal(
    frame?.bytes.toString('hex'),
    `82a54572726f72c0a75061796c6f6164ae${Buffer.from('web says hello').toString('hex')}`,
  );
  assert.equal(await peer.reader.next(), undefined);
  assert.equal(await peer.done, 'done');
});

test('header and request of a streaming call may come at once; a bad request is an error frame', async () => {
  const peer = new Peer('streaming');
  peer.router.handleStream(FileSystem_Logs, async () => {});
  peer.wire.write(encodeMsgpack(StreamingRequest, { Method: 'FileSystem.Logs' }));
  peer.wire.write(Buffer.from('81a64f6666736574a178', 'hex'));
  assert.deepEqual(await peer.object(StreamingAck), { Error: '' });
  const frame = (await peer.object(FileSystem_Logs.receive)) as { Error: { Message: string } };
  assert.match(frame.Error.Message, /msgpack decode error \[pos \d+\]: cannot decode signed integer/);
  assert.equal(await peer.done, 'done');
});
