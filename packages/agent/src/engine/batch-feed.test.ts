// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchFeed } from './batch-feed.ts';
import type { CommittedBatch } from './contract.ts';

const batch = (index: number, bytes = 0): CommittedBatch => ({
  index,
  changes: [{ key: 'k', value: Buffer.alloc(bytes) }],
});

async function indexes(stream: AsyncIterable<CommittedBatch>, count: number): Promise<number[]> {
  const found: number[] = [];
  for await (const { index } of stream) if (found.push(index) === count) break;
  return found;
}

test('a follower gets what is kept and then what comes', async () => {
  const feed = new BatchFeed(10);
  feed.push(batch(11));
  const following = indexes(feed.follow(10), 3);
  feed.push(batch(12));
  feed.push(batch(13));
  assert.deepEqual(await following, [11, 12, 13]);
});

test('each follower has its own place', async () => {
  const feed = new BatchFeed(0);
  const both = [indexes(feed.follow(0), 3), indexes(feed.follow(2), 1)];
  for (let i = 1; i <= 3; i++) feed.push(batch(i));
  assert.deepEqual(await Promise.all(both), [[1, 2, 3], [3]]);
});

test('batches from before the start are not there', async () => {
  const feed = new BatchFeed(10);
  await assert.rejects(indexes(feed.follow(4), 1), {
    code: 'conflict',
    message: /after index 4 are not kept/,
  });
});

test('old batches go by number and by size, and a follower that needs them is told', async () => {
  const many = new BatchFeed(0);
  for (let i = 1; i <= 5000; i++) many.push(batch(i));
  await assert.rejects(indexes(many.follow(0), 1), { code: 'conflict' });
  assert.deepEqual(await indexes(many.follow(4998), 2), [4999, 5000]);
  const large = new BatchFeed(0);
  for (let i = 1; i <= 6; i++) large.push(batch(i, 1024 * 1024));
  await assert.rejects(indexes(large.follow(0), 1), { code: 'conflict' });
  assert.deepEqual(await indexes(large.follow(3), 3), [4, 5, 6]);
});

test('a batch larger than all that is kept still reaches its followers', async () => {
  const feed = new BatchFeed(0);
  feed.push(batch(1, 20 * 1024 * 1024));
  assert.deepEqual(await indexes(feed.follow(0), 1), [1]);
});

test('a reset is the next thing for everybody, from wherever they are', async () => {
  const feed = new BatchFeed(0);
  const early = indexes(feed.follow(0), 3);
  feed.push(batch(1));
  await new Promise<void>((resolve) => setImmediate(resolve));
  feed.push({ index: 40, changes: [], reset: true });
  feed.push(batch(41));
  assert.deepEqual(await early, [1, 40, 41]);
  assert.deepEqual(await indexes(feed.follow(0), 2), [40, 41]);
  assert.deepEqual(await indexes(feed.follow(40), 1), [41]);
});

test('closing ends every follower', async () => {
  const feed = new BatchFeed(0);
  const following = [indexes(feed.follow(0), 5), indexes(feed.follow(0), 5)];
  feed.close();
  assert.deepEqual(await Promise.all(following), [[], []]);
});
