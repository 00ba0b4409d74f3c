// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  Alloc_GetAllocs,
  type Allocation,
  Allocation as AllocationSchema,
  make,
  Node_GetClientAllocs,
} from '@serai/api';
import { AppError, nullLogger, seededRandom } from '#base';
import { FakeNodeServer, mockAlloc, VirtualClock } from '#testing';
import { AllocSync, maxUpdatesPerCall, syncTickMs } from './alloc-sync.ts';
import { type AllocChanges, AllocWatcher } from './alloc-watcher.ts';

const update = (ID: string, ClientStatus: string): Allocation => make(AllocationSchema, { ID, ClientStatus });

async function startSync(t: TestContext, registered: () => Promise<void> = async () => {}) {
  const clock = new VirtualClock();
  const server = new FakeNodeServer();
  const sync = new AllocSync(
    { region: 'global', secretId: 's' },
    { rpc: server.rpc, clock, random: seededRandom(1), log: nullLogger, registered },
  );
  t.after(() => sync.stop());
  await sync.start();
  const sent = (): string[] => server.reports.map((alloc) => `${alloc.ID} ${alloc.ClientStatus}`);
  return { clock, server, sync, sent };
}

test('an urgent change is sent at once, together with what waits', async (t) => {
  const { clock, server, sync, sent } = await startSync(t);
  sync.update(update('a', 'pending'), false);
  await clock.advance(10);
  assert.deepEqual(sent(), []);
  sync.update(update('b', 'running'), true);
  await clock.advance(2);
  assert.deepEqual(sent(), ['a pending', 'b running']);
  assert.deepEqual(server.batches, [2]);
});

test('other changes wait for a tick, of several of one allocation the last is sent', async (t) => {
  const { clock, sync, sent } = await startSync(t);
  sync.update(update('a', 'pending'), false);
  sync.update(update('a', 'running'), false);
  await clock.advance(syncTickMs - 1);
  assert.deepEqual(sent(), []);
  await clock.advance(2);
  assert.deepEqual(sent(), ['a running']);
});

test('what the servers know is not sent again', async (t) => {
  const { clock, sync, sent } = await startSync(t);
  sync.update(update('a', 'running'), true);
  await clock.advance(5);
  sync.update(update('a', 'running'), true);
  await clock.advance(syncTickMs);
  assert.deepEqual(sent(), ['a running']);
  assert.equal(sync.pendingCount, 0);
});

test('updates outlive an error, and only their newest state is sent then', async (t) => {
  const { clock, server, sync, sent } = await startSync(t);
  server.failures.set('Node.UpdateAlloc', [new AppError('unavailable', 'No cluster leader')]);
  sync.update(update('a', 'running'), true);
  await clock.advance(10);
  assert.equal(sync.pendingCount, 1);
  sync.update(update('a', 'failed'), true);
  await clock.advance(11_000);
  assert.deepEqual(sent(), ['a failed']);
});

test('nothing is sent before the node is registered', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { clock, sync, sent } = await startSync(t, () => gate.promise);
  sync.update(update('a', 'running'), true);
  await clock.advance(60_000);
  assert.deepEqual(sent(), []);
  gate.resolve();
  await clock.advance(1);
  assert.deepEqual(sent(), ['a running']);
});

test('a change that comes while one is sent is sent after it', async (t) => {
  const { clock, server, sync, sent } = await startSync(t);
  const gate = Promise.withResolvers<void>();
  const call = server.rpc.call.bind(server.rpc);
  let held = false;
  server.rpc.call = async (method, args, options) => {
    if (!held) {
      held = true;
      await gate.promise;
    }
    return await call(method, args, options);
  };
  sync.update(update('a', 'running'), true);
  await clock.advance(5);
  sync.update(update('a', 'complete'), true);
  await clock.advance(5);
  gate.resolve();
  await clock.advance(5);
  assert.deepEqual(sent(), ['a running', 'a complete']);
});

test('a call holds a bounded number of allocations', async (t) => {
  const { clock, server, sync } = await startSync(t);
  for (let i = 0; i < maxUpdatesPerCall + 10; i++) sync.update(update(`a${i}`, 'running'), true);
  await clock.advance(20);
  assert.deepEqual(server.batches, [maxUpdatesPerCall, 10]);
});

test('a forgotten allocation is not reported any more', async (t) => {
  const { clock, sync, sent } = await startSync(t);
  sync.update(update('a', 'running'), false);
  sync.forget('a');
  await clock.advance(syncTickMs * 2);
  assert.deepEqual(sent(), []);
});

async function startWatcher(t: TestContext) {
  const clock = new VirtualClock();
  const server = new FakeNodeServer();
  const applied: AllocChanges[] = [];
  const here = new Map<string, number>();
  let forgotten = 0;
  const watcher = new AllocWatcher(
    { region: 'global', nodeId: 'n', secretId: 's', devMode: false },
    {
      rpc: server.rpc,
      clock,
      random: seededRandom(1),
      log: nullLogger,
      registered: async () => {},
      onForgotten: () => {
        forgotten += 1;
      },
      indexes: () => here,
      apply: (changes) => {
        applied.push(changes);
        for (const id of changes.diff.removed) here.delete(id);
        for (const [id, alloc] of changes.allocs) here.set(id, alloc.AllocModifyIndex);
      },
    },
  );
  t.after(() => watcher.stop());
  return { clock, server, watcher, applied, here, forgotten: () => forgotten };
}

test('new, changed and forgotten allocations arrive without waiting', async (t) => {
  const { clock, server, watcher, applied } = await startWatcher(t);
  const alloc = mockAlloc();
  await watcher.start();
  await clock.advance(1);
  server.put(alloc);
  await clock.advance(1);
  assert.deepEqual(applied.at(-1)?.diff.added, [alloc.ID]);
  assert.equal(applied.at(-1)?.allocs.get(alloc.ID)?.JobID, alloc.JobID);
  server.stop(alloc.ID);
  await clock.advance(1);
  assert.deepEqual(applied.at(-1)?.diff.updated, [alloc.ID]);
  assert.equal(applied.at(-1)?.allocs.get(alloc.ID)?.DesiredStatus, 'stop');
  server.forget(alloc.ID);
  await clock.advance(1);
  assert.deepEqual(applied.at(-1)?.diff.removed, [alloc.ID]);
});

test('the first question goes to the leader, so that an old answer stops nothing', async (t) => {
  const { clock, server, watcher } = await startWatcher(t);
  server.put(mockAlloc());
  await watcher.start();
  await clock.advance(1);
  const lists = server.rpc.calls.filter((call) => call.method === Node_GetClientAllocs.name);
  assert.deepEqual(
    lists.map((call) => [call.args['AllowStale'], call.args['MinQueryIndex']]),
    [
      [false, 0],
      [true, 2],
    ],
  );
  assert.equal(server.rpc.last(Alloc_GetAllocs)['MinQueryIndex'], 1);
});

test('an allocation that is listed but can not be fetched yet is asked for again', async (t) => {
  const { clock, server, watcher, applied } = await startWatcher(t);
  const alloc = mockAlloc();
  let misses = 1;
  const call = server.rpc.call.bind(server.rpc);
  server.rpc.call = async (method, args, options) => {
    const reply = await call(method, args, options);
    if (method.name !== Alloc_GetAllocs.name || misses-- <= 0) return reply;
    return make(method.reply, {}) as never;
  };
  server.put(alloc);
  await watcher.start();
  await clock.advance(1_000);
  assert.equal(applied.length, 0, 'nothing half is applied');
  await clock.advance(4_000);
  assert.deepEqual(applied.at(-1)?.diff.added, [alloc.ID]);
});

test('an error waits; a refused identity registers again', async (t) => {
  const { clock, server, watcher, applied, forgotten } = await startWatcher(t);
  server.failures.set('Node.GetClientAllocs', [
    new AppError('internal', 'boom'),
    new AppError('invalid', 'node secret ID does not match'),
  ]);
  server.put(mockAlloc());
  await watcher.start();
  await clock.advance(29_000);
  assert.equal(applied.length, 0);
  await clock.advance(150_000);
  assert.equal(forgotten(), 1);
  assert.equal(applied.length, 1);
});
