// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError, nullLogger } from '#base';
import { ClientBench, fakeAlloc, fakeTask } from '#testing';
import { Notifier } from '../alloc-runner/notifier.ts';
import { Orphans } from '../orphans.ts';

async function endedAllocs(bench: ClientBench, names: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const alloc = fakeAlloc([fakeTask(name)], { job: { Type: 'batch' } });
    ids.push(alloc.ID);
    bench.server.put(alloc);
    await bench.untilStatus(alloc.ID, 'running');
    bench.tasks.exit(name, 0);
    await bench.untilStatus(alloc.ID, 'complete');
  }
  return ids;
}

test('a full disk takes ended allocations, oldest first, until there is room again', async (t) => {
  const bench = await ClientBench.create(t);
  const ids = await endedAllocs(bench, ['a', 'b', 'c']);
  const running = fakeAlloc([fakeTask('d')]);
  bench.server.put(running);
  await bench.untilStatus(running.ID, 'running');
  const roomy = bench.host.disk;
  // full until two are gone
  bench.host.usage = async () =>
    bench.client.allocationCount > 2 ? { ...roomy, free: 5 * 1024 ** 3, available: 1024 ** 3 } : roomy;
  await bench.pass(61_000);
  await bench.until(() => bench.client.allocationCount === 2);
  await bench.pass(61_000);
  assert.equal(bench.client.allocationCount, 2);
  assert.deepEqual((await readdir(join(bench.dir, 'alloc'))).toSorted(), [ids[2], running.ID].toSorted());
});

test('a disk that stays full never costs a running allocation, and ends', async (t) => {
  const bench = await ClientBench.create(t);
  await endedAllocs(bench, ['a']);
  const running = fakeAlloc([fakeTask('d')]);
  bench.server.put(running);
  await bench.untilStatus(running.ID, 'running');
  bench.host.disk = { ...bench.host.disk, inodesFree: 1 };
  await bench.pass(61_000);
  await bench.until(() => bench.client.allocationCount === 1);
  await bench.pass(61_000);
  assert.equal(bench.client.allocationCount, 1);
  assert.equal(bench.tasks.of('d').stopped, undefined);
});

test('processes that nobody knows are ended, and only they', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'serai-orphans-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const path of ['known/web', 'lost/web', 'lost/done', 'empty'])
    await mkdir(join(root, path), { recursive: true });
  const killed: string[] = [];
  const process = (path: string, runs: boolean) => ({
    pid: 1,
    isRunning: () => runs,
    kill: async () => {
      killed.push(path);
    },
    release: () => {},
  });
  const attach = async (path: string) => {
    const name = path.slice(root.length + 1);
    if (name === 'lost/web') return process(name, true);
    if (name === 'lost/done') return process(name, false);
    throw new AppError('not-found', 'nothing is known of the task');
  };
  const orphans = new Orphans({ supervisor: { attach: attach as never }, log: nullLogger });
  await orphans.sweep(root, (id) => id === 'known');
  assert.deepEqual(killed, ['lost/web']);
  assert.deepEqual(await readdir(root), ['known']);
  await orphans.reap(join(root, 'known/web'));
  await new Orphans({ supervisor: undefined, log: nullLogger }).reap(join(root, 'known/web'));
});

test('a notifier wakes all who wait, once, and those who gave up are forgotten', async () => {
  const notifier = new Notifier();
  const gone = new AbortController();
  const woken: string[] = [];
  const first = notifier.next().then(() => woken.push('first'));
  const second = notifier.next(gone.signal);
  gone.abort(new Error('gave up'));
  await assert.rejects(second, /gave up/);
  await assert.rejects(notifier.next(gone.signal), /gave up/);
  notifier.notify();
  await first;
  notifier.notify();
  assert.deepEqual(woken, ['first']);
});
