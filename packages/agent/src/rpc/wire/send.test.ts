// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import test from 'node:test';
import { VirtualClock } from '#testing';
import { finish, send } from './send.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('sending waits while the other side takes nothing, and fails when it goes', async () => {
  const [near, far] = duplexPair();
  const sent = send(near, Buffer.alloc(500_000));
  let done = false;
  const waiting = sent.then(() => {
    done = true;
  });
  await turn();
  assert.equal(done, false);
  far.resume();
  await waiting;
  far.pause();
  const lost = send(near, Buffer.alloc(500_000));
  near.destroy();
  await assert.rejects(lost, { code: 'unavailable', message: 'rpc error: EOF' });
  await assert.rejects(send(near, Buffer.alloc(1)), { message: 'rpc error: EOF' });
});

test('a finished stream goes when the other side closes too', async () => {
  const [near, far] = duplexPair({ allowHalfOpen: true });
  const clock = new VirtualClock();
  far.resume();
  finish(near, clock);
  await turn();
  far.end();
  await turn();
  assert.ok(near.destroyed);
  assert.equal(clock.pendingTimers, 0);
});

test('a slow reader gets everything; only after that the other side has 5 s to close', async () => {
  const [near, far] = duplexPair({ allowHalfOpen: true });
  const clock = new VirtualClock();
  near.write(Buffer.alloc(500_000));
  finish(near, clock);
  await clock.advance(60_000);
  assert.equal(near.destroyed, false);
  let received = 0;
  far.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await turn();
  assert.equal(received, 500_000);
  await clock.advance(4_000);
  assert.equal(near.destroyed, false);
  await clock.advance(2_000);
  assert.ok(near.destroyed);
});

test('limit: a reader that takes nothing for 5 minutes is given up', async () => {
  const [near] = duplexPair({ allowHalfOpen: true });
  const clock = new VirtualClock();
  near.write(Buffer.alloc(500_000));
  finish(near, clock);
  await clock.advance(301_000);
  assert.ok(near.destroyed);
});

test('a peer that has closed its half and takes nothing is not waited for', async () => {
  const [near] = duplexPair({ allowHalfOpen: true });
  const gone = new AbortController();
  const waiting = send(near, Buffer.alloc(500_000), gone.signal);
  gone.abort();
  await assert.rejects(waiting, { message: 'rpc error: EOF' });
  await assert.rejects(send(near, Buffer.alloc(1), gone.signal), { message: 'rpc error: EOF' });
  assert.equal(near.listenerCount('drain'), 0);
  const clock = new VirtualClock();
  finish(near, clock, gone.signal);
  assert.ok(near.destroyed);
  assert.equal(clock.pendingTimers, 0);
});
