// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '#base';
import { FaultyDisk } from '#testing';
import type { CommittedBatch } from '../contract.ts';
import { nodeDisk } from './disk.ts';
import { LogFile } from './log-file.ts';
import { scanLog } from './log-scan.ts';

async function newLog(t: TestContext): Promise<{ log: LogFile; path: string; disk: FaultyDisk }> {
  const directory = await mkdtemp(`${tmpdir()}/serai-log-`);
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = `${directory}/log`;
  const disk = new FaultyDisk(nodeDisk);
  const file = await disk.open(path, 'create');
  return { log: new LogFile(file, { path, from: 0, index: 0, end: 0, size: 0 }), path, disk };
}

const batch = (index: number, bytes: number) => ({
  expect: index - 1,
  index,
  changes: [{ key: `k${index}`, value: Buffer.alloc(bytes, index % 251) }],
});

async function read(path: string): Promise<{ index: number; batches: CommittedBatch[] }> {
  const file = await nodeDisk.open(path, 'read');
  const batches: CommittedBatch[] = [];
  try {
    const { index } = await scanLog(file, { path, from: 0, visit: (each) => batches.push(each) });
    return { index, batches };
  } finally {
    await file.close();
  }
}

test('batches of any size are read back, while space is written ahead between them', async (t) => {
  const { log, path } = await newLog(t);
  const random = seededRandom(7);
  const sizes: number[] = [];
  // Some batches are larger than the space written ahead, and follow at once.
  for (let i = 1; i <= 60; i++) {
    const bytes = i % 15 === 0 ? 3_000_000 + random.int(4_000_000) : random.int(200_000);
    sizes.push(bytes);
    await log.append(batch(i, bytes));
  }
  await log.close({ mark: true });
  const { index, batches } = await read(path);
  assert.equal(index, 60);
  for (const [i, { changes }] of batches.entries()) {
    const value = changes[0]?.value ?? Buffer.alloc(0);
    assert.equal(value.length, sizes[i]);
    assert.ok(
      value.every((byte) => byte === (i + 1) % 251),
      `batch ${i + 1} is whole`,
    );
  }
});

test('space is written ahead in the background, and a disk too full for it does not matter', async (t) => {
  const { log, path, disk } = await newLog(t);
  await log.append(batch(1, 10));
  await log.close({ mark: false });
  assert.ok((await stat(path)).size > 4_000_000);
  const second = await newLog(t);
  await second.log.append(batch(1, 10));
  second.disk.fail('write', { code: 'ENOSPC', times: 1 });
  disk.heal();
  await new Promise<void>((resolve) => setImmediate(resolve));
  await second.log.append(batch(2, 10)).catch(() => {});
  await second.log.append(batch(second.log.index + 1, 10));
  await second.log.close({ mark: true });
  assert.equal((await read(second.path)).index, second.log.index);
});

test('an append that fails leaves the log as it was, byte for byte in use', async (t) => {
  const { log, path, disk } = await newLog(t);
  await log.append(batch(1, 500));
  const { end } = log;
  for (const [operation, times] of [
    ['write', 30],
    ['sync', 1],
  ] as const) {
    disk.fail(operation, { partial: 123, times });
    await assert.rejects(log.append(batch(2, 500)), { code: 'unavailable' });
    disk.heal();
    assert.deepEqual([log.end, log.index], [end, 1]);
  }
  await log.append(batch(2, 100));
  await log.close({ mark: true });
  assert.deepEqual(
    (await read(path)).batches.map(({ index }) => index),
    [1, 2],
  );
});
