// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { make, TaskState } from '@serai/api';
import fc from 'fast-check';
import { nullLogger } from '#base';
import { mockAlloc } from '#testing';
import { type AllocRecord, decodeRecord, encodeRecord } from './alloc-record.ts';
import { AllocStore } from './alloc-store.ts';

function record(overrides: Partial<AllocRecord> = {}): AllocRecord {
  return {
    alloc: mockAlloc(),
    tasks: {
      web: {
        state: make(TaskState, { State: 'running', Restarts: 2, Events: [] }),
        driverTask: { id: 'a/web/1', driver: 'raw_exec', handle: { pid: 5 } },
        restarts: { count: 2, startedMs: 17 },
      },
      side: {
        state: make(TaskState, { State: 'pending', Events: [] }),
        driverTask: null,
        restarts: { count: 0, startedMs: undefined },
      },
    },
    deploymentStatus: null,
    ...overrides,
  };
}

async function open(t: TestContext): Promise<{ stateDir: string; store: AllocStore; allocs: string }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'serai-store-'));
  t.after(() => rm(stateDir, { recursive: true, force: true }));
  const store = new AllocStore({ stateDir }, { log: nullLogger });
  await store.load();
  return { stateDir, store, allocs: join(stateDir, 'allocs') };
}

test('what is written is read back as it was', async (t) => {
  const { store, stateDir, allocs } = await open(t);
  const one = record({
    deploymentStatus: { Healthy: true, Timestamp: '2026-01-01T00:00:00Z', Canary: false, ModifyIndex: 3 },
  });
  const two = record();
  await Promise.all([store.save(one), store.save(two)]);
  const { records, corrupt } = await new AllocStore({ stateDir }, { log: nullLogger }).load();
  assert.deepEqual(corrupt, []);
  assert.deepEqual(
    records.toSorted((a, b) => (a.alloc.ID < b.alloc.ID ? -1 : 1)),
    [one, two].toSorted((a, b) => (a.alloc.ID < b.alloc.ID ? -1 : 1)),
  );
  assert.equal((await stat(join(allocs, `${one.alloc.ID}.json`))).mode & 0o777, 0o600);
});

test('of many saves at once the last one wins, and each resolves after it is on disk', async (t) => {
  const { store, stateDir } = await open(t);
  const base = record();
  const versions = Array.from({ length: 50 }, (_, i) => ({
    ...base,
    alloc: { ...base.alloc, ModifyIndex: i },
  }));
  await Promise.all(versions.map((version) => store.save(version)));
  const { records } = await new AllocStore({ stateDir }, { log: nullLogger }).load();
  assert.equal(records[0]?.alloc.ModifyIndex, 49);
});

test('a removed allocation is gone, also when a save of it still waits', async (t) => {
  const { store, allocs } = await open(t);
  const one = record();
  const saves = [store.save(one), store.save({ ...one })];
  await store.remove(one.alloc.ID);
  await Promise.all(saves);
  assert.deepEqual(await readdir(allocs), []);
  await store.save(one);
  assert.deepEqual(await readdir(allocs), [`${one.alloc.ID}.json`]);
});

test('a corrupt file is put aside with a clear error, the others are read', async (t) => {
  const { store, stateDir, allocs } = await open(t);
  const [good, bad] = [record(), record()];
  await store.save(good);
  await store.save(bad);
  const path = join(allocs, `${bad.alloc.ID}.json`);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.slice(0, text.length / 2));
  const { records, corrupt } = await new AllocStore({ stateDir }, { log: nullLogger }).load();
  assert.deepEqual(
    records.map((item) => item.alloc.ID),
    [good.alloc.ID],
  );
  assert.equal(corrupt.length, 1);
  assert.match(
    corrupt[0]?.error.message ?? '',
    new RegExp(
      `^state of allocation ${bad.alloc.ID} can't be used: its checksum does not match.*\\.corrupt$`,
    ),
  );
  assert.ok((await readdir(allocs)).includes(`${bad.alloc.ID}.json.corrupt`));
  assert.equal(
    (await new AllocStore({ stateDir }, { log: nullLogger }).load()).corrupt.length,
    0,
    'only once',
  );
});

test('leftovers of a crash in the middle of a write are cleared, other files stay', async (t) => {
  const { stateDir, store, allocs } = await open(t);
  const one = record();
  await store.save(one);
  await writeFile(join(allocs, `${one.alloc.ID}.json.tmp`), 'half');
  await writeFile(join(allocs, 'README'), 'mine');
  const { records } = await new AllocStore({ stateDir }, { log: nullLogger }).load();
  assert.equal(records.length, 1);
  assert.deepEqual((await readdir(allocs)).toSorted(), [`${one.alloc.ID}.json`, 'README'].toSorted());
});

test('a file under the name of another allocation is not believed', async (t) => {
  const { stateDir, allocs } = await open(t);
  const [one, other] = [record(), record()];
  await writeFile(join(allocs, `${other.alloc.ID}.json`), encodeRecord(one));
  const { records, corrupt } = await new AllocStore({ stateDir }, { log: nullLogger }).load();
  assert.equal(records.length, 0);
  assert.match(corrupt[0]?.error.message ?? '', /it holds allocation/);
});

test('any damage to a record is found out', () => {
  const text = encodeRecord(record());
  fc.assert(
    fc.property(fc.nat(text.length - 2), fc.integer({ min: 1, max: 127 }), (at, change) => {
      const code = text.charCodeAt(at) ^ change;
      const damaged = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
      assert.throws(() => decodeRecord(damaged));
    }),
    { numRuns: 300 },
  );
  for (const bad of ['', 'x', '{}', '\0\0\0', text.slice(1)]) assert.throws(() => decodeRecord(bad));
});
