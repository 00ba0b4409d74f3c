// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import { nullLogger } from '#base';
import { VirtualClock } from '#testing';
import { encodeHeader, type FrameHeader, FrameParser, flag, frameType } from './frame.ts';
import type { YamuxLimits } from './limits.ts';
import { YamuxSession } from './session.ts';
import type { YamuxStream } from './stream.ts';

interface Frame extends FrameHeader {
  readonly body: string;
}

/** A session whose other end the test plays by hand. */
class Hand {
  readonly clock = new VirtualClock();
  readonly frames: Frame[] = [];
  readonly streams: YamuxStream[] = [];
  readonly session: YamuxSession;
  readonly wire: Duplex;
  reason: string | undefined;

  constructor(role: 'client' | 'server', limits: Partial<YamuxLimits> = {}) {
    const [near, far] = duplexPair();
    this.wire = far;
    this.session = new YamuxSession(
      { role, limits },
      {
        transport: near,
        clock: this.clock,
        log: nullLogger,
        onStream: (stream) => this.streams.push(stream),
      },
    );
    this.session.whenClosed((error) => {
      this.reason = error.message;
    });
    let body = '';
    const parser = new FrameParser({
      header: () => {
        body = '';
      },
      body: (piece) => {
        body += piece.toString('latin1');
      },
      frameEnd: (header) => this.frames.push({ ...header, body }),
    });
    far.on('data', (chunk: Buffer) => parser.push(chunk));
  }

  /** Sends a frame and lets the session act on it. */
  async send(header: Partial<FrameHeader>, body = ''): Promise<void> {
    const full = { type: frameType.windowUpdate, flags: 0, streamId: 0, length: body.length, ...header };
    this.wire.write(Buffer.concat([encodeHeader(full), Buffer.from(body, 'latin1')]));
    await this.settle();
  }

  async data(streamId: number, body: string, flags = 0): Promise<void> {
    await this.send({ type: frameType.data, flags, streamId }, body);
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Frames since the last call, as short texts. */
  async seen(): Promise<string[]> {
    await this.settle();
    return this.frames.splice(0).map(({ type, flags, streamId, length, body }) => {
      const names = Object.entries(flag).filter(([, bit]) => flags & bit);
      const kind = ['data', 'window', 'ping', 'away'][type];
      return [kind, streamId, ...names.map(([name]) => name), body === '' ? length : `"${body}"`].join(' ');
    });
  }
}

function text(stream: YamuxStream): string {
  const chunk: unknown = stream.read();
  return chunk instanceof Buffer ? chunk.toString() : '';
}

test('the dialler opens odd streams, and may send before the acknowledgement', async () => {
  const hand = new Hand('client');
  const first = await hand.session.open();
  first.write('hello');
  const second = await hand.session.open();
  assert.deepEqual([first.id, second.id], [1, 3]);
  assert.deepEqual(await hand.seen(), ['window 1 syn 0', 'data 1 "hello"', 'window 3 syn 0']);
});

test('the acceptor opens even streams', async () => {
  const hand = new Hand('server');
  assert.equal((await hand.session.open()).id, 2);
});

test('an incoming stream is acknowledged and its data is read', async () => {
  const hand = new Hand('server');
  await hand.send({ flags: flag.syn, streamId: 1 });
  assert.deepEqual(await hand.seen(), ['window 1 ack 0']);
  await hand.data(1, 'abc');
  await hand.data(1, 'def');
  const [stream] = hand.streams;
  assert.ok(stream);
  assert.equal(text(stream), 'abcdef');
});

test('syn may ride on a data frame, fin and rst on any', async () => {
  const hand = new Hand('server');
  await hand.data(1, 'abc', flag.syn);
  await hand.data(1, 'def', flag.fin);
  const [stream] = hand.streams;
  assert.ok(stream);
  const ended = new Promise((resolve) => stream.once('end', resolve));
  let all = '';
  stream.on('data', (chunk: Buffer) => {
    all += chunk;
  });
  await ended;
  assert.equal(all, 'abcdef');
  stream.write('still open this way');
  assert.deepEqual(await hand.seen(), ['window 1 ack 0', 'data 1 "still open this way"']);
  stream.end();
  assert.deepEqual(await hand.seen(), ['window 1 fin 0']);
  assert.equal(hand.session.streamCount, 0);
});

test('closing our half leaves theirs open', async () => {
  const hand = new Hand('client');
  const stream = await hand.session.open();
  await hand.send({ flags: flag.ack, streamId: 1 });
  stream.end('bye');
  assert.deepEqual(await hand.seen(), ['window 1 syn 0', 'data 1 "bye"', 'window 1 fin 0']);
  await hand.data(1, 'answer');
  assert.equal(text(stream), 'answer');
  await hand.send({ flags: flag.fin, streamId: 1 });
  assert.equal(hand.session.streamCount, 0);
});

test('a reset ends both directions with an error', async () => {
  const hand = new Hand('client');
  const stream = await hand.session.open();
  const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
  await hand.send({ flags: flag.rst, streamId: 1 });
  assert.equal((await failed).message, 'connection reset');
  assert.equal(hand.session.streamCount, 0);
  assert.equal(hand.reason, undefined);
});

test('destroying a stream closes it in peace, destroying it with an error resets it', async () => {
  const hand = new Hand('client');
  const first = await hand.session.open();
  const second = await hand.session.open();
  await hand.seen();
  first.destroy();
  second.destroy(new Error('x'));
  assert.deepEqual(await hand.seen(), ['window 1 fin 0', 'window 3 rst 0']);
  await hand.data(1, 'nobody reads this');
  await hand.send({ flags: flag.fin, streamId: 1 });
  assert.equal(hand.session.streamCount, 0);
  assert.equal(hand.reason, undefined);
});

test('sending stops at the window and goes on when it grows', async () => {
  const hand = new Hand('client', { windowBytes: 10, maxFrameBytes: 4 });
  const stream = await hand.session.open();
  let flushed = false;
  stream.write('0123456789abcdef', () => {
    flushed = true;
  });
  assert.deepEqual(await hand.seen(), ['window 1 syn 0', 'data 1 "0123"', 'data 1 "4567"', 'data 1 "89"']);
  assert.equal(flushed, false);
  await hand.send({ streamId: 1, length: 3 });
  assert.deepEqual(await hand.seen(), ['data 1 "abc"']);
  await hand.send({ streamId: 1, length: 100 });
  assert.deepEqual(await hand.seen(), ['data 1 "def"']);
  assert.equal(flushed, true);
});

test('the window is given back once half of it was read', async () => {
  const hand = new Hand('server', { windowBytes: 100 });
  await hand.data(1, 'x'.repeat(90), flag.syn);
  await hand.seen();
  const [stream] = hand.streams;
  assert.ok(stream);
  stream.read(49);
  assert.deepEqual(await hand.seen(), []);
  stream.read(1);
  assert.deepEqual(await hand.seen(), ['window 1 50']);
  stream.read();
  assert.deepEqual(await hand.seen(), []);
});

test('data for a stream that is not known is dropped without an error', async () => {
  const hand = new Hand('server');
  await hand.data(9, 'who is this');
  await hand.data(1, 'known', flag.syn);
  const [stream] = hand.streams;
  assert.ok(stream);
  assert.equal(text(stream), 'known');
});

test('negative: breaking the rules ends the session with a go away', async () => {
  const cases: readonly [string, (hand: Hand) => Promise<void>][] = [
    ['receive window exceeded', (hand) => hand.data(1, 'x'.repeat(101), flag.syn)],
    ['stream id not valid or in use', (hand) => hand.send({ flags: flag.syn, streamId: 2 })],
    ['stream id not valid or in use', (hand) => hand.send({ flags: flag.syn, streamId: 0 })],
    [
      'stream id not valid or in use',
      async (hand) => {
        await hand.send({ flags: flag.syn, streamId: 1 });
        await hand.send({ flags: flag.syn, streamId: 1 });
      },
    ],
    ['yamux frame type 9 is not known', (hand) => hand.send({ type: 9 as 0 })],
  ];
  for (const [reason, act] of cases) {
    const hand = new Hand('server', { windowBytes: 100 });
    await act(hand);
    assert.equal(hand.reason, reason);
    assert.equal((await hand.seen()).at(-1), 'away 0 1', reason);
    assert.ok(hand.streams.every((stream) => stream.destroyed));
  }
});

test('limit: more streams than allowed are reset, and places come back', async () => {
  const hand = new Hand('server', { maxIncomingStreams: 2 });
  await hand.send({ flags: flag.syn, streamId: 1 });
  await hand.send({ flags: flag.syn, streamId: 3 });
  await hand.send({ flags: flag.syn, streamId: 5 });
  assert.deepEqual(await hand.seen(), ['window 1 ack 0', 'window 3 ack 0', 'window 5 rst 0']);
  await hand.send({ flags: flag.rst, streamId: 1 });
  await hand.send({ flags: flag.syn, streamId: 7 });
  assert.deepEqual(await hand.seen(), ['window 7 ack 0']);
  assert.equal(hand.streams.length, 3);
});

test('limit: unread bytes over all streams', async () => {
  const hand = new Hand('server', { maxBufferedBytes: 150, windowBytes: 100 });
  await hand.data(1, 'x'.repeat(100), flag.syn);
  await hand.data(3, 'x'.repeat(60), flag.syn);
  assert.deepEqual(await hand.seen(), ['window 1 ack 0', 'window 3 ack 0', 'window 3 rst 0']);
  const [first] = hand.streams;
  first?.read();
  await hand.data(5, 'x'.repeat(100), flag.syn);
  assert.equal(hand.streams[2]?.destroyed, false);
});

test('limit: a peer that makes us answer but does not read is cut off', async () => {
  const hand = new Hand('server', { maxUnsentBytes: 10_000 });
  hand.wire.removeAllListeners('data');
  hand.wire.pause();
  const ping = encodeHeader({ type: frameType.ping, flags: flag.syn, streamId: 0, length: 1 });
  for (let i = 0; i < 1_000 && !hand.reason; i++) {
    hand.wire.write(Buffer.concat(Array.from({ length: 100 }, () => ping)));
    await hand.settle();
  }
  assert.equal(hand.reason, 'peer does not read');
});

test('limit: a transport that takes nothing for 10 s ends the session', async () => {
  const hand = new Hand('client');
  hand.wire.removeAllListeners('data');
  hand.wire.pause();
  const stream = await hand.session.open();
  stream.write(Buffer.alloc(250_000));
  await hand.settle();
  await hand.clock.advance(9_000);
  assert.equal(hand.reason, undefined);
  await hand.clock.advance(2_000);
  assert.equal(hand.reason, 'connection write timeout');
});

test('limit: streams without acknowledgement wait for their turn', async () => {
  const hand = new Hand('client', { maxUnackedOpens: 2 });
  await hand.session.open();
  await hand.session.open();
  let opened = false;
  const third = hand.session.open().then((stream) => {
    opened = true;
    return stream;
  });
  await hand.settle();
  assert.equal(opened, false);
  await hand.send({ flags: flag.ack, streamId: 1 });
  assert.equal((await third).id, 5);
});

test('a stream nobody acknowledges within 75 s ends the session', async () => {
  const hand = new Hand('client', { keepAliveMs: 1e9 });
  await hand.session.open();
  await hand.session.open();
  await hand.send({ flags: flag.ack, streamId: 1 });
  await hand.clock.advance(74_000);
  assert.equal(hand.reason, undefined);
  await hand.clock.advance(2_000);
  assert.equal(hand.reason, 'stream open timeout');
});

test('a stream that the peer never closes is reset after 5 minutes', async () => {
  const hand = new Hand('client', { keepAliveMs: 1e9 });
  const stream = await hand.session.open();
  await hand.send({ flags: flag.ack, streamId: 1 });
  stream.end();
  await hand.seen();
  await hand.clock.advance(299_000);
  assert.deepEqual(await hand.seen(), []);
  await hand.clock.advance(2_000);
  assert.deepEqual(await hand.seen(), ['window 1 rst 0']);
  assert.equal(hand.session.streamCount, 0);
});

test('a ping is answered, and ours counts from 0 every 30 s', async () => {
  const hand = new Hand('server');
  await hand.send({ type: frameType.ping, flags: flag.syn, length: 77 });
  assert.deepEqual(await hand.seen(), ['ping 0 ack 77']);
  await hand.clock.advance(30_000);
  assert.deepEqual(await hand.seen(), ['ping 0 syn 0']);
  await hand.send({ type: frameType.ping, flags: flag.ack, length: 0 });
  await hand.clock.advance(30_000);
  assert.deepEqual(await hand.seen(), ['ping 0 syn 1']);
  assert.equal(hand.reason, undefined);
});

test('a peer that does not answer a ping within 10 s is gone', async () => {
  const hand = new Hand('server');
  await hand.clock.advance(39_000);
  assert.equal(hand.reason, undefined);
  await hand.clock.advance(2_000);
  assert.equal(hand.reason, 'keepalive timeout');
  assert.equal(hand.clock.pendingTimers, 0, 'no timer is left behind');
});

test('after a go away of the peer nothing new opens, what is open goes on', async () => {
  const hand = new Hand('client');
  const stream = await hand.session.open();
  await hand.send({ type: frameType.goAway, length: 0 });
  assert.equal(hand.session.usable, false);
  await assert.rejects(hand.session.open(), { code: 'unavailable', message: 'session shutdown' });
  await hand.data(1, 'still here');
  assert.equal(text(stream), 'still here');
});

test('after our own go away new streams are reset', async () => {
  const hand = new Hand('server');
  hand.session.goAway();
  await hand.send({ flags: flag.syn, streamId: 1 });
  assert.deepEqual(await hand.seen(), ['away 0 0', 'window 1 rst 0']);
});

test('when the transport ends, all streams break and waiting opens fail', async () => {
  const hand = new Hand('client', { maxUnackedOpens: 1 });
  const stream = await hand.session.open();
  const waiting = hand.session.open();
  const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
  hand.wire.end();
  assert.equal((await failed).message, 'EOF');
  await assert.rejects(waiting, { message: 'EOF' });
  await assert.rejects(hand.session.open(), { message: 'EOF' });
});

test('the recorded bytes of a client are taken without a complaint', async () => {
  const folder = join(import.meta.dirname, '../../../test/fixtures/rpc');
  const bytes = readFileSync(join(folder, 'conn1.c2s.bin')).subarray(1);
  const hand = new Hand('server');
  let received = 0;
  const open = hand.streams.length;
  for (let at = 0; at < bytes.length; at += 1_000) {
    hand.wire.write(bytes.subarray(at, at + 1_000));
    await hand.settle();
    for (const stream of hand.streams) received += text(stream).length;
  }
  assert.equal(open, 0);
  assert.equal(hand.reason, undefined);
  assert.deepEqual(
    hand.streams.map(({ id }) => id),
    [1, 3, 5],
  );
  assert.ok(received > 40_000, `${received} bytes`);
});
