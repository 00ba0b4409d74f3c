// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockAlloc, mockJob, mockNode } from '#testing';
import { loadTables } from './load.ts';
import { encodeJson, encodeRow, parseStoredKey, storedKey, tableIndexesKey } from './tables/codec.ts';
import { jobVersionKey } from './tables/keys.ts';
import { jobVersionOf } from './tables/rows.ts';

const job = mockJob({ ID: 'web' });
const version = {
  key: storedKey('jobVersions', jobVersionKey(job)),
  value: encodeRow('jobVersions', jobVersionOf(job)),
};
const alloc = (id: string) => {
  const row = mockAlloc({ ID: id, Job: job, EvalID: 'e', NodeID: 'n1' });
  return { row, key: storedKey('allocs', id), value: encodeRow('allocs', row) };
};

async function load(...rows: { key: string; value: Uint8Array }[]) {
  const source = (async function* () {
    yield* rows;
  })();
  return loadTables(source, { freezeRows: true });
}

test('allocations come back whole, whether their job version came before or after them', async () => {
  const [a, b] = [alloc('a'), alloc('b')];
  const { tables } = await load(a, version, b);
  for (const { row } of [a, b]) assert.deepEqual(tables.allocs.rows.get(row.ID), row);
  assert.equal(tables.allocs.rows.get('a')?.Job, tables.allocs.rows.get('b')?.Job);
  assert.equal(tables.allocs.rows.get('a')?.Job, tables.jobVersions.rows.get(jobVersionKey(job))?.Job);
});

test('a stored allocation does not hold its job', () => {
  const { value } = alloc('a');
  assert.ok(value.length < 2_500);
  assert.deepEqual(JSON.parse(Buffer.from(value).toString()).Job, {
    CreateIndex: job.CreateIndex,
    Version: job.Version,
  });
});

test('equal resources and ids are shared among loaded allocations', async () => {
  const { tables } = await load(version, alloc('a'), alloc('b'));
  const [a, b] = [tables.allocs.rows.get('a'), tables.allocs.rows.get('b')];
  assert.ok(a && b);
  assert.equal(a.AllocatedResources, b.AllocatedResources);
  assert.equal(a.DesiredTransition, b.DesiredTransition);
});

test('an allocation without a job is kept as it is', async () => {
  const row = mockAlloc({ ID: 'a', Job: null, JobID: 'web', TaskGroup: 'web' });
  const { tables } = await load({ key: storedKey('allocs', 'a'), value: encodeRow('allocs', row) });
  assert.deepEqual(tables.allocs.rows.get('a'), row);
});

test('a version that became stable shows it, and its job stays as registered', async () => {
  const row = jobVersionOf(job, true);
  const { tables } = await load({ key: version.key, value: encodeRow('jobVersions', row) });
  const loaded = tables.jobVersions.rows.get(jobVersionKey(job));
  assert.deepEqual([loaded?.Stable, loaded?.Job.Stable, loaded?.view.Stable], [true, false, true]);
});

test('of the table indexes only numbers of known tables are taken', async () => {
  const value = encodeJson({ nodes: 7, jobs: 'x', fromTheFuture: 9 });
  assert.deepEqual((await load({ key: tableIndexesKey, value })).tableIndexes, { nodes: 7 });
});

test('keys of rows are told apart from other keys', () => {
  assert.deepEqual(parseStoredKey('nodes/a/b'), { table: 'nodes', key: 'a/b' });
  assert.deepEqual(parseStoredKey('jobs/default\0a/b'), { table: 'jobs', key: 'default\0a/b' });
  for (const key of ['nodes', '/a', '', 'unknown/a', 'toString/a'])
    assert.equal(parseStoredKey(key), undefined);
});

test('names that are not ASCII survive', async () => {
  const node = mockNode({ ID: 'n', Name: 'Müller €𝄞', Meta: { ключ: '値' } });
  const { tables } = await load({ key: storedKey('nodes', 'n'), value: encodeRow('nodes', node) });
  assert.deepEqual(tables.nodes.rows.get('n'), node);
});
