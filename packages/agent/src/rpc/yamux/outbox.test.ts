// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { Writable } from 'node:stream';
import test from 'node:test';
import { VirtualClock } from '#testing';
import { frameType } from './frame.ts';
import { Outbox } from './outbox.ts';

/** A transport that counts system calls and takes bytes only when told to. */
class Sink extends Writable {
  readonly batches: string[][] = [];
  open = true;
  #pending: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 100 });
  }
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.batches.push(chunks.map(({ chunk }) => chunk.toString('hex')));
    if (this.open) done();
    else this.#pending = done;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this._writev([{ chunk }], done);
  }
  release(): void {
    this.open = true;
    this.#pending?.();
  }
}

function setUp(): { sink: Sink; clock: VirtualClock; outbox: Outbox; stalls: () => number } {
  const sink = new Sink();
  const clock = new VirtualClock();
  let stalls = 0;
  const outbox = new Outbox({
    transport: sink as unknown as Duplex,
    clock,
    writeTimeoutMs: 10_000,
    stalled: () => {
      stalls += 1;
    },
  });
  return { sink, clock, outbox, stalls: () => stalls };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const data = (length: number): { type: 0; flags: number; streamId: number; length: number } => ({
  type: frameType.data,
  flags: 0,
  streamId: 1,
  length,
});

test('frames of one turn leave together', async () => {
  const { sink, outbox } = setUp();
  outbox.send(data(2), Buffer.from('ab'));
  outbox.send({ type: frameType.ping, flags: 1, streamId: 0, length: 9 });
  await turn();
  assert.deepEqual(sink.batches, [['0000000000000001000000026162', '000200010000000000000009']]);
  outbox.send(data(1), Buffer.from('c'));
  await turn();
  assert.equal(sink.batches.length, 2);
});

test('a large body is not copied behind its header', async () => {
  const { sink, outbox } = setUp();
  const body = Buffer.alloc(10_000);
  outbox.send(data(body.length), body);
  await turn();
  assert.deepEqual(
    sink.batches[0]?.map((hex) => hex.length / 2),
    [12, 10_000],
  );
});

test('a full transport is not writable until it drains, and those who wait are called', async () => {
  const { sink, clock, outbox, stalls } = setUp();
  sink.open = false;
  outbox.send(data(200), Buffer.alloc(200));
  await turn();
  assert.equal(outbox.writable, false);
  assert.ok(outbox.unsentBytes >= 200);
  let called = 0;
  outbox.waitForDrain(() => {
    called += 1;
  });
  await clock.advance(9_000);
  sink.release();
  await turn();
  assert.equal(called, 1);
  assert.ok(outbox.writable);
  await clock.advance(10_000);
  assert.equal(stalls(), 0);
});

test('limit: a transport that takes nothing for the write time is reported once', async () => {
  const { sink, clock, outbox, stalls } = setUp();
  sink.open = false;
  outbox.send(data(200), Buffer.alloc(200));
  outbox.send(data(200), Buffer.alloc(200));
  await turn();
  await clock.advance(20_000);
  assert.equal(stalls(), 1);
});

test('a transport that is gone gets nothing', async () => {
  const { sink, clock, outbox } = setUp();
  sink.destroy();
  outbox.send(data(1), Buffer.from('x'));
  outbox.stop();
  await turn();
  assert.deepEqual(sink.batches, []);
  assert.equal(clock.pendingTimers, 0);
});
