// SPDX-License-Identifier: MPL-2.0
// Well-formed frames in senseless order, and servers that answer nonsense: sessions end or go on, calls settle.

import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import test from 'node:test';
import { make, Status_Leader, Status_Ping } from '@serai/api';
import fc from 'fast-check';
import { AppError, nullLogger, nullMetrics, systemClock } from '#base';
import { ConnectionPool, clientPool, Router } from '#rpc';
import { encodeHeader, type FrameType, frameType } from '../../../src/rpc/yamux/frame.ts';
import { YamuxSession } from '../../../src/rpc/yamux/session.ts';
import type { YamuxStream } from '../../../src/rpc/yamux/stream.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100);
const limits = { windowBytes: 2_000, maxIncomingStreams: 8, maxBufferedBytes: 10_000 };

const frame = fc
  .record({
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0, 1) },
      { weight: 1, arbitrary: fc.constantFrom(2, 3) },
    ) as fc.Arbitrary<FrameType>,
    flags: fc.oneof(fc.constantFrom(0, 1, 2, 4, 8), fc.integer({ min: 0, max: 15 })),
    streamId: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffff_ffff })),
    body: fc.uint8Array({ maxLength: 300 }),
    length: fc.oneof(fc.nat(5_000), fc.integer({ min: 0, max: 0xffff_ffff })),
  })
  .map(({ body, length, ...header }) => {
    const isData = header.type === frameType.data;
    const bytes = encodeHeader({ ...header, length: isData ? body.length : length });
    return isData ? Buffer.concat([bytes, body]) : bytes;
  });

/** What the application does with a stream that a peer opened. */
const habits = fc.constantFrom('read', 'ignore', 'write', 'end', 'destroy', 'fail');
type Habit = 'read' | 'ignore' | 'write' | 'end' | 'destroy' | 'fail';

function act(stream: YamuxStream, habit: Habit): void {
  if (habit === 'read') stream.resume();
  else if (habit === 'write') stream.write(Buffer.alloc(5_000));
  else if (habit === 'end') stream.end('bye');
  else if (habit === 'destroy') stream.destroy();
  else if (habit === 'fail') stream.destroy(new Error('x'));
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('fuzz: frames in any order keep the limits, and a session always comes to its end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 60 }),
      fc.array(habits, { minLength: 1 }),
      async (frames, plan) => {
        const [near, far] = duplexPair();
        const streams: YamuxStream[] = [];
        const session = new YamuxSession(
          { role: 'server', limits },
          {
            transport: near,
            clock: systemClock,
            log: nullLogger,
            onStream: (stream) => {
              act(stream, plan[streams.length % plan.length] as Habit);
              streams.push(stream);
            },
          },
        );
        far.resume();
        far.on('error', () => {});
        for (const bytes of frames) {
          if (far.destroyed || far.writableEnded) break;
          far.write(bytes);
          const held = streams
            .filter(({ destroyed }) => !destroyed)
            .reduce((sum, s) => sum + s.readableLength, 0);
          assert.ok(held <= limits.maxBufferedBytes);
          assert.ok(session.streamCount <= limits.maxIncomingStreams);
        }
        await turns(2);
        session.close();
        await turns(3);
        assert.equal(session.streamCount, 0);
        // Closed by both sides with nobody reading: what it holds may still be read.
        const over = (stream: YamuxStream): boolean => stream.remoteClosed && stream.writableEnded;
        assert.ok(streams.every((stream) => stream.destroyed || over(stream)));
      },
    ),
    { numRuns },
  );
});

test('fuzz: a server that answers nonsense makes calls fail, never hang once it is gone', async () => {
  const answers = fc.array(
    fc.oneof(
      frame,
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    ),
    {
      maxLength: 20,
    },
  );
  await fc.assert(
    fc.asyncProperty(answers, async (pieces) => {
      const pool = new ConnectionPool(clientPool, {
        clock: systemClock,
        log: nullLogger,
        metrics: nullMetrics,
        reverse: new Router().handle(Status_Leader, () => 'x'),
        dial: async () => {
          const [near, far] = duplexPair();
          far.on('error', () => {});
          far.resume();
          void turns(1).then(() => {
            for (const piece of pieces) if (!far.destroyed && !far.writableEnded) far.write(piece);
            far.end();
            return turns(3).then(() => far.destroy());
          });
          return near;
        },
      });
      await assert.rejects(pool.to('s').call(Status_Leader, make(Status_Ping.request, {})), AppError);
      await pool.stop();
    }),
    { numRuns },
  );
});
