// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { FrameQueue, frameQueueSize } from './frame-queue.ts';

async function readAll(queue: FrameQueue): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const frame of queue.read()) out.push(frame);
  return out;
}

test('frames come in order, also those pushed before anyone reads', async () => {
  const queue = new FrameQueue();
  await queue.push(1);
  const reading = readAll(queue);
  await queue.push(2);
  await new Promise((resolve) => setImmediate(resolve));
  await queue.push(3);
  queue.end();
  assert.deepEqual(await reading, [1, 2, 3]);
});

test('limit: a full queue makes the sender wait until frames are taken', async () => {
  const queue = new FrameQueue();
  for (let i = 1; i < frameQueueSize; i++) await queue.push(i);
  let through = false;
  const last = queue.push('last').then(() => {
    through = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(through, false);
  const frames = queue.read();
  await frames.next();
  await last;
  assert.ok(through);
});

test('frames pushed before the end are delivered after it, later ones are refused', async () => {
  const queue = new FrameQueue();
  await queue.push('a');
  queue.end();
  await assert.rejects(queue.push('b'), { code: 'canceled' });
  assert.deepEqual(await readAll(queue), ['a']);
});

test('a reader that goes frees a waiting sender and drops what is left', async () => {
  const queue = new FrameQueue();
  for (let i = 1; i < frameQueueSize; i++) await queue.push(i);
  const waiting = assert.rejects(queue.push('x'), { code: 'canceled' });
  queue.discard();
  await waiting;
  assert.deepEqual(await readAll(queue), []);
});
