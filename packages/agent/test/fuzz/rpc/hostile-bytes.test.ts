// SPDX-License-Identifier: MPL-2.0
// Mutated recordings and random bytes against codec, multiplexer and listener: an error or a closed connection, never a
// crash, a hang or wild memory. FUZZ_RUNS sets how many inputs each property tries.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import * as api from '@serai/api';
import fc from 'fast-check';
import {
  AppError,
  decodeMsgpack,
  decodeNodes,
  MsgpackReader,
  MsgpackScanner,
  nullLogger,
  nullMetrics,
  systemClock,
  TaskSet,
} from '#base';
import { defaultMessageLimits, Router } from '#rpc';
import { CallNumbers } from '../../../src/rpc/pool/mux-connection.ts';
import { RpcConnection } from '../../../src/rpc/server/rpc-connection.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 150);
/** Decoded values of a message of some kilobytes stay below this. */
const maxHeapGrowth = 200 * 1024 * 1024;

const folder = join(import.meta.dirname, '../../fixtures/rpc');
const recorded = readdirSync(folder)
  .filter((name) => /\.(req|res|rx|tx)\.bin$/.test(name))
  .map((name) => readFileSync(join(folder, name)));
const connection = readFileSync(join(folder, 'conn1.c2s.bin'));
const methods = (Object.values(api) as unknown[]).filter(
  (value): value is api.RpcMethod => typeof value === 'object' && value !== null && 'reply' in value,
);

/** Recorded bytes with some of them overwritten, cut out or repeated. */
function mutated(sources: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('set', 'cut', 'repeat', 'length'),
    value: fc.integer({ min: 0, max: 255 }),
  });
  return fc
    .tuple(fc.constantFrom(...sources), fc.array(change, { minLength: 1, maxLength: 12 }))
    .map(([source, changes]) => {
      let bytes = Buffer.from(source);
      for (const { at, kind, value } of changes) {
        const i = bytes.length === 0 ? 0 : at % bytes.length;
        if (kind === 'set') bytes[i] = value;
        else if (kind === 'cut') bytes = Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + value)]);
        else if (kind === 'repeat')
          bytes = Buffer.concat([bytes.subarray(0, i), bytes.subarray(i, i + value), bytes.subarray(i)]);
        else bytes.set(Buffer.from([0xdb, 0xff, value, 0xff, 0xff]).subarray(0, bytes.length - i), i);
      }
      return bytes;
    });
}
const randomBytes = fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes));
const messages = fc.oneof({ weight: 3, arbitrary: mutated(recorded) }, { weight: 1, arbitrary: randomBytes });

/** Anything but an AppError is a bug. */
function tolerates(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

test('fuzz: the codec gives a value or an error that says where', () => {
  const before = process.memoryUsage().heapUsed;
  fc.assert(
    fc.property(messages, fc.nat(), (bytes, pick) => {
      const method = methods[pick % methods.length] as api.RpcMethod;
      tolerates(() => decodeMsgpack(method.request, bytes));
      tolerates(() => decodeMsgpack(method.reply, bytes));
      tolerates(() => decodeNodes(bytes));
      tolerates(() => new MsgpackReader(bytes).skip());
      tolerates(() => new MsgpackReader(bytes).any());
    }),
    { numRuns },
  );
  assert.ok(process.memoryUsage().heapUsed - before < maxHeapGrowth);
});

test('fuzz: scanner and reader agree where an object ends', () => {
  fc.assert(
    fc.property(messages, (bytes) => {
      const scanner = new MsgpackScanner({ maxBytes: 1_000_000, maxDepth: 100 });
      let end = -1;
      tolerates(() => {
        end = scanner.scan(bytes, 0);
      });
      if (end < 0) return;
      const reader = new MsgpackReader(bytes);
      reader.skip();
      assert.equal(reader.position, end);
    }),
    { numRuns },
  );
});

/** A listener's connection without a socket. Every declared method is served. */
function serve(): { peer: Duplex; tasks: TaskSet; transport: Duplex } {
  const [transport, peer] = duplexPair({ allowHalfOpen: true });
  const router = new Router();
  for (const method of methods) router.handle(method, () => api.zero(method.reply));
  const log = {
    ...nullLogger,
    error: (message: string, fields?: unknown) => failures.push([message, fields]),
  };
  const tasks = new TaskSet(log);
  new RpcConnection(
    { handshakeTimeoutMs: 5_000, maxRunningCalls: 100, messages: defaultMessageLimits, yamux: {} },
    {
      transport,
      remoteAddress: '192.0.2.1',
      tasks,
      nodes: undefined,
      numbers: new CallNumbers(),
      claimStreaming: () => true,
      router,
      clock: systemClock,
      log,
      metrics: nullMetrics,
    },
  );
  peer.on('error', () => {});
  peer.resume();
  return { peer, tasks, transport };
}
/** Errors logged while serving: each would be a bug. */
const failures: unknown[] = [];

test('fuzz: a connection that gets nonsense ends, and everything it started with it', async () => {
  const selectors = fc.constantFrom(1, 3, 5, 6);
  const selected = fc
    .tuple(selectors, messages)
    .map(([selector, bytes]) => Buffer.concat([Buffer.from([selector]), bytes]));
  const inputs = fc.oneof(selected, mutated([connection.subarray(0, 8_000)]), randomBytes);
  const before = process.memoryUsage().heapUsed;
  await fc.assert(
    fc.asyncProperty(inputs, fc.integer({ min: 1, max: 4_000 }), async (bytes, step) => {
      const { peer, tasks, transport } = serve();
      for (let at = 0; at < bytes.length && !peer.destroyed; at += step)
        peer.write(bytes.subarray(at, at + step));
      await new Promise((resolve) => setImmediate(resolve));
      peer.end();
      peer.destroy();
      transport.destroy();
      await tasks.stop();
      assert.deepEqual(failures, []);
    }),
    { numRuns },
  );
  assert.ok(process.memoryUsage().heapUsed - before < maxHeapGrowth);
});
