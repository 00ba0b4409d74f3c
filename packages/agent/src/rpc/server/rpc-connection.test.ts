// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import * as api from '@serai/api';
import { MsgpackReader, nullLogger, nullMetrics, readMsgpack, TaskSet } from '#base';
import { VirtualClock } from '#testing';
import { defaultMessageLimits } from '../limits.ts';
import { NodeConnections } from '../node-connections.ts';
import { CallNumbers } from '../pool/mux-connection.ts';
import { Router } from '../router.ts';
import { RequestHeader, ResponseHeader } from '../wire/envelope.ts';
import { FrameParser, frameType } from '../yamux/frame.ts';
import { RpcConnection } from './rpc-connection.ts';

interface Accepted {
  readonly connection: RpcConnection;
  readonly peer: Duplex;
  readonly clock: VirtualClock;
  readonly router: Router;
  readonly nodes: NodeConnections;
}

function accept(): Accepted {
  const [transport, peer] = duplexPair({ allowHalfOpen: true });
  const clock = new VirtualClock();
  const router = new Router();
  const nodes = new NodeConnections({ clock, log: nullLogger });
  const connection = new RpcConnection(
    { handshakeTimeoutMs: 5_000, maxRunningCalls: 100, messages: defaultMessageLimits, yamux: {} },
    {
      transport,
      remoteAddress: '192.0.2.1',
      tasks: new TaskSet(nullLogger),
      nodes,
      numbers: new CallNumbers(),
      claimStreaming: () => false,
      router,
      clock,
      log: nullLogger,
      metrics: nullMetrics,
    },
  );
  peer.on('error', () => {});
  peer.resume();
  return { connection, peer, clock, router, nodes };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Bytes per stream of one direction of a multiplexed connection. */
class Streams {
  readonly bytes = new Map<number, Buffer[]>();
  #current = 0;
  readonly #parser = new FrameParser({
    header: ({ streamId }) => {
      this.#current = streamId;
    },
    body: (piece) => {
      this.bytes.set(this.#current, [...(this.bytes.get(this.#current) ?? []), Buffer.from(piece)]);
    },
    frameEnd: () => {},
  });

  push(chunk: Buffer): void {
    this.#parser.push(chunk);
  }
  /** Of the streams that the client opened. */
  odd(): Buffer[] {
    return [...this.bytes].filter(([id]) => id % 2 === 1).map(([, pieces]) => Buffer.concat(pieces));
  }
}

/** Numbers and methods of all calls in these bytes. */
function calls(bytes: Buffer, shape: typeof RequestHeader | typeof ResponseHeader): string[] {
  const reader = new MsgpackReader(bytes);
  const out: string[] = [];
  while (reader.remaining > 0) {
    const header = readMsgpack<{ Seq: number; ServiceMethod: string; Error?: string }>(reader, shape);
    reader.skip();
    out.push(`${header.Seq} ${header.ServiceMethod}`);
    if (header.Error) assert.fail(header.Error);
  }
  return out;
}

test('a recorded client of the original is answered call by call', async () => {
  const { peer, router, nodes, connection } = accept();
  for (const method of Object.values(api) as unknown[]) {
    if (typeof method !== 'object' || method === null || !('reply' in method)) continue;
    const declared = method as api.RpcMethod;
    router.handle(declared, (args, context) => {
      if (declared.name === 'Node.Register') context.bindNode((args as { Node: { ID: string } }).Node.ID);
      return api.zero(declared.reply);
    });
  }
  const answers = new Streams();
  peer.on('data', (chunk: Buffer) => answers.push(chunk));
  const requests = new Streams();
  const recorded = readFileSync(join(import.meta.dirname, '../../../test/fixtures/rpc/conn1.c2s.bin'));
  requests.push(recorded.subarray(1));
  for (let at = 0; at < recorded.length; at += 1_400) {
    peer.write(recorded.subarray(at, at + 1_400));
    await settle();
  }
  const sent = requests.odd().flatMap((bytes) => calls(bytes.subarray(1), RequestHeader));
  const answered = answers.odd().flatMap((bytes) => calls(bytes, ResponseHeader));
  assert.ok(sent.length > 60, `${sent.length} calls`);
  assert.deepEqual(answered.sort(), sent.sort());
  assert.equal(nodes.nodeIds().length, 1, 'the node that registered can be called back');
  connection.destroy();
  await settle();
  assert.deepEqual(nodes.nodeIds(), []);
});

test('the byte for tls is refused while tls is off, raft always', async () => {
  for (const byte of [0x04, 0x02, 0x05, 0x99]) {
    const { peer } = accept();
    peer.write(Buffer.from([byte, 1, 2, 3]));
    await settle();
    assert.ok(peer.destroyed || peer.readableEnded, `byte ${byte}`);
  }
});

test('a connection without a first byte ends after the handshake time, or with its peer', async () => {
  const silent = accept();
  await silent.clock.advance(4_900);
  assert.equal(silent.peer.readableEnded, false);
  await silent.clock.advance(200);
  await settle();
  assert.ok(silent.peer.destroyed || silent.peer.readableEnded);
  const gone = accept();
  gone.peer.end();
  await settle();
  assert.ok(gone.peer.destroyed);
  assert.equal(gone.clock.pendingTimers, 0);
});

test('draining says go away, and counts what still runs', async () => {
  const { peer, connection, router } = accept();
  const release = Promise.withResolvers<void>();
  router.handle(api.Status_Leader, async () => {
    await release.promise;
    return 'x';
  });
  const types: number[] = [];
  const parser = new FrameParser({
    header: ({ type }) => types.push(type),
    body: () => {},
    frameEnd: () => {},
  });
  peer.on('data', (chunk: Buffer) => parser.push(chunk));
  const call = '82a353657101ad536572766963654d6574686f64ad5374617475732e4c656164657280';
  const length = (call.length / 2 + 1).toString(16).padStart(8, '0');
  peer.write(Buffer.from(`060001000100000001000000000000000000000001${length}01${call}`, 'hex'));
  await settle();
  assert.equal(connection.busy, 1);
  connection.drain();
  await settle();
  assert.equal(types.at(-1), frameType.goAway);
  release.resolve();
  await settle();
  assert.equal(connection.busy, 0);
});
