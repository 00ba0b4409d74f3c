// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import { encodeMsgpack } from '#base';
import { defaultMessageLimits } from '../limits.ts';
import { ByteBudget } from './byte-budget.ts';
import { ObjectReader } from './object-reader.ts';

const any = { kind: 'any' } as const;

function pair(budget?: ByteBudget): { reader: ObjectReader; peer: Duplex; stream: Duplex } {
  const [stream, peer] = duplexPair();
  stream.on('error', () => {});
  return { reader: new ObjectReader(stream, defaultMessageLimits, budget), peer, stream };
}

test('objects come out whole with their position, however they were cut', async () => {
  const { reader, peer } = pair();
  const first = encodeMsgpack(any, { a: 'x'.repeat(100) });
  const second = encodeMsgpack(any, [1, 2, 3]);
  for (const byte of Buffer.concat([first, second])) peer.write(Buffer.from([byte]));
  peer.end();
  assert.deepEqual(await reader.next(), { bytes: first, origin: 0 });
  assert.deepEqual(await reader.next(), { bytes: second, origin: first.length });
  assert.equal(await reader.next(), undefined);
});

test('an end in the middle of an object is an error', async () => {
  const { reader, peer } = pair();
  peer.end(Buffer.from('92c0', 'hex'));
  await assert.rejects(reader.next(), { code: 'unavailable', message: 'EOF' });
});

test('a stream that breaks is an error that names the reason', async () => {
  const { reader, stream } = pair();
  const next = reader.next();
  stream.destroy(new Error('connection reset'));
  await assert.rejects(next, { code: 'unavailable', message: 'connection reset' });
});

test('what arrived before the break is still read', async () => {
  const { reader, peer, stream } = pair();
  peer.write(Buffer.from('01', 'hex'));
  await new Promise((resolve) => setImmediate(resolve));
  stream.destroy();
  assert.equal((await reader.next())?.bytes.toString('hex'), '01');
  await assert.rejects(reader.next());
});

test('a byte, then an object, then the rest as it comes', async () => {
  const { reader, peer } = pair();
  peer.end(Buffer.from('0581a14101aabbccdd', 'hex'));
  assert.equal(await reader.byte(), 5);
  assert.equal((await reader.next())?.bytes.toString('hex'), '81a14101');
  const rest: Buffer[] = [];
  for await (const piece of reader.rest()) rest.push(piece);
  assert.equal(Buffer.concat(rest).toString('hex'), 'aabbccdd');
  assert.equal(await reader.byte(), undefined);
});

test('limit: a peer that sends ahead is held back', async () => {
  const { reader, peer, stream } = pair();
  const message = encodeMsgpack(any, 'x'.repeat(10_000));
  for (let i = 0; i < 50; i++) peer.write(message);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(stream.isPaused());
  assert.ok(peer.writableLength + stream.readableLength > 300_000);
  for (let i = 0; i < 50; i++) assert.equal((await reader.next())?.bytes.length, message.length);
});

test('limit: the shared budget is given back when objects are taken', async () => {
  const budget = new ByteBudget(1_000);
  const { reader, peer, stream } = pair(budget);
  for (let i = 0; i < 10; i++) {
    peer.write(encodeMsgpack(any, 'x'.repeat(500)));
    assert.ok(await reader.next());
  }
  peer.write(encodeMsgpack(any, 'x'.repeat(2_000)));
  await assert.rejects(reader.next(), { code: 'limit' });
  assert.ok(stream.destroyed);
});

test('the end is told at once, also when it has passed', async () => {
  const { reader, peer } = pair();
  const ended = new Promise<void>((resolve) => reader.whenEnded(resolve));
  peer.end();
  await ended;
  await new Promise<void>((resolve) => reader.whenEnded(resolve));
});
