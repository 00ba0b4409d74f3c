// SPDX-License-Identifier: MPL-2.0
// Tables, write loop and embedded engine together: what was written is there after a restart, and in a snapshot.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { nullLogger, nullMetrics, seededRandom, systemClock } from '#base';
import { EmbeddedEngine, nodeDisk } from '#engine';
import {
  initializeState,
  readArchive,
  type StateSnapshot,
  StateStore,
  stopJob,
  tableNames,
  updateAllocsFromClient,
  upsertJob,
  upsertPlanResults,
  WriteLoop,
  writeArchive,
} from '#state';
import { FaultyDisk, mockAlloc, mockEvalOf, mockJob } from '#testing';

interface Region {
  readonly engine: EmbeddedEngine;
  readonly store: StateStore;
  readonly writes: WriteLoop;
  close(): Promise<void>;
}

async function opened(directory: string, disk = new FaultyDisk(nodeDisk)): Promise<Region> {
  const engine = new EmbeddedEngine({ directory, checkpointBytes: 100_000 }, { log: nullLogger, disk });
  const store = new StateStore({ freezeRows: true }, { clock: systemClock });
  const writes = new WriteLoop(
    {},
    { engine, store, clock: systemClock, log: nullLogger, metrics: nullMetrics },
  );
  await store.load(await engine.open());
  await writes.start();
  const close = async (): Promise<void> => {
    await writes.stop();
    await engine.close();
  };
  return { engine, store, writes, close };
}

async function tempDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(`${tmpdir()}/serai-state-`);
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const content = (snapshot: StateSnapshot): unknown =>
  tableNames.map((name) => [
    name,
    [...snapshot.tables[name].rows.keys()],
    snapshot.tables[name].rows.values(),
  ]);

/** Registers, places, reports and stops; several at a time. */
async function work({ writes, store }: Region, steps: number): Promise<void> {
  const random = seededRandom(steps);
  for (let i = 0; i < steps; i++) {
    const id = `job-${random.int(8)}`;
    const registered = await writes.write('register', (tx) => {
      const job = mockJob({ ID: id, Priority: 1 + (i % 90) });
      return upsertJob(tx, { job, evals: [mockEvalOf(job, { ID: `eval-${i}` })] });
    });
    const allocs = Array.from({ length: 4 }, (_, n) =>
      mockAlloc({ ID: `alloc-${i}-${n}`, Job: registered.result, NodeID: `node-${n}`, EvalID: `eval-${i}` }),
    );
    const plan = writes.write('plan', (tx) =>
      upsertPlanResults(tx, {
        result: {
          nodeAllocation: new Map(allocs.map((alloc) => [alloc.NodeID, [alloc]])),
          nodeUpdate: new Map(),
          nodePreemptions: new Map(),
          deployment: null,
          deploymentUpdates: [],
        },
        job: null,
        evalId: `eval-${i}`,
        nowNs: i,
      }),
    );
    const old = [...store.snapshot().allocsByNode('node-1')].slice(0, 3);
    const report = writes.write('report', (tx) =>
      updateAllocsFromClient(tx, {
        allocs: old.map((alloc) => ({ ...alloc, ClientStatus: 'running' })),
        nowNs: i,
      }),
    );
    await Promise.all([plan, report]);
    if (random.int(10) === 0) {
      await writes.write('stop', (tx) => stopJob(tx, { namespace: 'default', jobId: id, nowNs: i }));
    }
  }
}

test('the tables are the same after each restart', async (t) => {
  const directory = `${await tempDirectory(t)}/state`;
  let before: { index: number; content: unknown } | undefined;
  for (let round = 0; round < 4; round++) {
    const region = await opened(directory);
    const snapshot = region.store.snapshot();
    if (before) {
      assert.equal(snapshot.index, before.index);
      assert.deepEqual(content(snapshot), before.content);
    }
    await region.writes.write('initialize', initializeState);
    await work(region, 15 + round);
    before = { index: region.store.index, content: content(region.store.snapshot()) };
    await region.close();
  }
});

test('a snapshot of one region restores into another, and is there after a restart', async (t) => {
  const directory = await tempDirectory(t);
  const from = await opened(`${directory}/from`);
  await work(from, 20);
  const { body, index } = await writeArchive(from, { directory });
  assert.equal(index, from.store.index);
  const to = await opened(`${directory}/to`);
  await work(to, 3);
  await readArchive(to, body, { directory });
  assert.deepEqual(content(to.store.snapshot()), content(from.store.snapshot()));
  await work(to, 2);
  const expected = content(to.store.snapshot());
  await to.close();
  await from.close();
  const again = await opened(`${directory}/to`);
  assert.deepEqual(content(again.store.snapshot()), expected);
  await again.close();
});

test('a disk that fills up refuses writes and loses nothing; they go on when there is room', async (t) => {
  const directory = `${await tempDirectory(t)}/state`;
  const disk = new FaultyDisk(nodeDisk);
  const region = await opened(directory, disk);
  await work(region, 3);
  const before = content(region.store.snapshot());
  disk.fail('write', { code: 'ENOSPC', partial: 50, times: 10_000 });
  for (let i = 0; i < 3; i++) {
    await assert.rejects(
      region.writes.write('refused', (tx) => upsertJob(tx, { job: mockJob({ ID: 'refused' }) })),
      /the disk is full: make room and try again/,
    );
  }
  assert.deepEqual(content(region.store.snapshot()), before);
  disk.heal();
  await work(region, 2);
  const after = content(region.store.snapshot());
  await region.close();
  const again = await opened(directory);
  assert.deepEqual(content(again.store.snapshot()), after);
  assert.equal(again.store.snapshot().job('default', 'refused'), undefined);
  await again.close();
});
