// SPDX-License-Identifier: MPL-2.0
// Two sessions against each other.
import assert from 'node:assert/strict';
import { type Duplex, duplexPair, Transform } from 'node:stream';
import test from 'node:test';
import fc from 'fast-check';
import { nullLogger } from '#base';
import { VirtualClock } from '#testing';
import type { YamuxLimits } from './limits.ts';
import { YamuxSession } from './session.ts';
import type { YamuxStream } from './stream.ts';

/** Passes bytes on in pieces of changing size. */
function chopper(sizes: readonly number[]): Transform {
  let turn = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; ) {
        const size = sizes[turn++ % sizes.length] ?? 1;
        this.push(chunk.subarray(at, at + size));
        at += size;
      }
      done();
    },
  });
}

function linked(sizes: readonly number[]): [Duplex, Duplex] {
  const [a, b] = duplexPair();
  const [c, d] = duplexPair();
  b.pipe(chopper(sizes)).pipe(c);
  c.pipe(chopper(sizes)).pipe(b);
  return [a, d];
}

async function collect(stream: YamuxStream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function echo(stream: YamuxStream): Promise<void> {
  for await (const piece of stream) {
    if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
}

function sessions(sizes: readonly number[], limits: Partial<YamuxLimits>): [YamuxSession, YamuxSession] {
  const [near, far] = linked(sizes);
  const clock = new VirtualClock();
  const shared = { clock, log: nullLogger, onStream: (stream: YamuxStream) => echoes.push(echo(stream)) };
  return [
    new YamuxSession({ role: 'client', limits }, { ...shared, transport: near }),
    new YamuxSession({ role: 'server', limits }, { ...shared, transport: far }),
  ];
}
const echoes: Promise<void>[] = [];

test('property: every byte of every stream arrives in order, however writes and reads interleave', async () => {
  const plan = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
    windowBytes: fc.integer({ min: 16, max: 3_000 }),
    maxFrameBytes: fc.integer({ min: 8, max: 2_000 }),
    messages: fc.array(
      fc.record({
        side: fc.constantFrom(0, 1),
        pieces: fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 6 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ sizes, messages, ...limits }) => {
      const pair = sessions(sizes, limits);
      const transfers = messages.map(async ({ side, pieces }, n) => {
        const stream = await (pair[side] as YamuxSession).open();
        const back = collect(stream);
        const sent = pieces.map((size, i) => Buffer.alloc(size, n * 16 + i));
        for (const piece of sent) {
          if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
        }
        stream.end();
        assert.ok((await back).equals(Buffer.concat(sent)));
      });
      await Promise.all(transfers);
      await Promise.all(echoes.splice(0));
      assert.deepEqual(
        pair.map(({ streamCount }) => streamCount),
        [0, 0],
        'both sides forgot every stream',
      );
      for (const session of pair) session.close();
    }),
    { numRuns: 40 },
  );
});

test('a large transfer needs no more than the window at any moment', async () => {
  const [client, server] = sessions([65_536], {});
  const stream = await client.open();
  const size = 5_000_000;
  let received = 0;
  stream.on('data', (piece: Buffer) => {
    received += piece.length;
  });
  for (let sent = 0; sent < size; sent += 50_000) {
    if (!stream.write(Buffer.alloc(50_000))) await new Promise((resolve) => stream.once('drain', resolve));
    assert.ok(stream.writableLength <= 256 * 1024 + 50_000);
  }
  stream.end();
  await new Promise((resolve) => stream.once('end', resolve));
  assert.equal(received, size);
  await Promise.all(echoes.splice(0));
  for (const session of [client, server]) session.close();
});
