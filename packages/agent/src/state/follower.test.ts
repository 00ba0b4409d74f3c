// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { AppError, nullLogger, nullMetrics } from '#base';
import { GatedEngine, mockEval, VirtualClock } from '#testing';
import { StateFollower } from './follower.ts';
import { StateStore } from './store.ts';
import { encodeJson, encodeRow, storedKey } from './tables/codec.ts';
import { WriteLoop } from './write-loop.ts';

const flush = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

/** A leader that writes and a follower on the same engine. */
async function pair(t: TestContext, engine = new GatedEngine()) {
  const clock = new VirtualClock();
  const leader = new StateStore({ freezeRows: true }, { clock });
  const follower = new StateStore({ freezeRows: true }, { clock });
  const writes = new WriteLoop({}, { engine, store: leader, clock, log: nullLogger, metrics: nullMetrics });
  await leader.load(await engine.open());
  await writes.start();
  await follower.load(await engine.open());
  const following = new StateFollower({ engine, store: follower, log: nullLogger });
  await following.start();
  t.after(async () => {
    await following.stop();
    await engine.close();
  });
  const put = (id: string) => writes.write('put', (tx) => tx.put('evals', mockEval({ ID: id })));
  return { engine, leader, follower, following, put };
}

test('a follower has what the leader wrote', async (t) => {
  const { leader, follower, put } = await pair(t);
  for (const id of ['a', 'b', 'c']) await put(id);
  await follower.snapshotAt(3);
  assert.deepEqual(follower.snapshot().tables, leader.snapshot().tables);
  assert.deepEqual(follower.snapshot().tableIndexes, leader.snapshot().tableIndexes);
});

test('a follower reads everything again after a restore', async (t) => {
  const { engine, follower, put } = await pair(t);
  await put('a');
  const chunks: Buffer[] = [];
  for await (const chunk of engine.snapshot()) chunks.push(chunk as Buffer);
  await put('b');
  await engine.restore(Readable.from(chunks));
  const snapshot = await follower.snapshotAt(3);
  assert.deepEqual(
    [...snapshot.evalsByCreation()].map(({ ID }) => ID),
    ['a'],
  );
});

test('a follower that fell too far behind reads everything again', async (t) => {
  class Forgetful extends GatedEngine {
    forgetful = false;
    override async *follow(from: number, signal?: AbortSignal) {
      if (this.forgetful && from === 0) throw new AppError('conflict', 'gone');
      yield* super.follow(from, signal);
    }
  }
  const engine = new Forgetful();
  engine.forgetful = true;
  const { follower, put } = await pair(t, engine);
  await put('a');
  await put('b');
  await flush();
  assert.ok(follower.index <= 2);
});

test('a follower of its own write loop does nothing twice', async (t) => {
  const engine = new GatedEngine();
  const { leader, put } = await pair(t, engine);
  const own = new StateFollower({ engine, store: leader, log: nullLogger });
  await own.start();
  let commits = 0;
  leader.onCommit(() => {
    commits += 1;
  });
  for (const id of ['a', 'b', 'c']) await put(id);
  await flush();
  assert.deepEqual([leader.index, commits], [3, 3]);
  await own.stop();
});

test('a batch of another server is told as one operation without a name', async (t) => {
  const { follower, put } = await pair(t, new GatedEngine());
  const seen: unknown[] = [];
  follower.onCommit(({ operations }) => {
    for (const { name, changes } of operations) seen.push([name, [...changes.keys()]]);
  });
  await put('a');
  await flush();
  assert.deepEqual(seen, [['', [storedKey('evals', 'a')]]]);
});

test('a gap in the batches is a bug that is seen', () => {
  const store = new StateStore({}, { clock: new VirtualClock() });
  assert.throws(
    () => store.applyStored({ index: 2, changes: [] }),
    /state is at index 0 and got the batch of index 2/,
  );
});

test('rows of unknown tables are left alone, rows that are no JSON are an error', async () => {
  const store = new StateStore({}, { clock: new VirtualClock() });
  const rows = async function* (...list: { key: string; value: Uint8Array }[]) {
    yield* list;
  };
  await store.load({
    index: 5,
    rows: rows(
      { key: 'fromTheFuture/x', value: encodeJson({}) },
      { key: storedKey('evals', 'e'), value: encodeRow('evals', mockEval({ ID: 'e' })) },
      { key: 'meta/other', value: encodeJson(1) },
    ),
  });
  assert.deepEqual([store.index, store.snapshot().count('evals')], [5, 1]);
  await assert.rejects(
    store.load({ index: 6, rows: rows({ key: storedKey('evals', 'e'), value: Buffer.from('{') }) }),
    /a stored row of "evals" is not valid JSON/,
  );
  assert.equal(store.index, 5);
});

test('an allocation whose job version is missing is an error that says so', async () => {
  const store = new StateStore({}, { clock: new VirtualClock() });
  const value = encodeJson({
    ID: 'a',
    Namespace: 'default',
    JobID: 'web',
    Job: { CreateIndex: 1, Version: 3 },
  });
  const rows = (async function* () {
    yield { key: storedKey('allocs', 'a'), value };
  })();
  await assert.rejects(
    store.load({ index: 1, rows }),
    /allocation "a" refers to version 3 of job "web", which is not stored/,
  );
});
