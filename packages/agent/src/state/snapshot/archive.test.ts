// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import tar from 'tar-stream';
import { nullLogger, nullMetrics } from '#base';
import { GatedEngine, mockAlloc, mockJob, mockNode, VirtualClock } from '#testing';
import { upsertJob } from '../operations/job/job.ts';
import { upsertPlanResults } from '../operations/plan.ts';
import { StateStore } from '../store.ts';
import type { Tx } from '../tx.ts';
import { WriteLoop } from '../write-loop.ts';
import { inspectArchive, readArchive, writeArchive } from './snapshot.ts';

interface Harness {
  readonly engine: GatedEngine;
  readonly store: StateStore;
  readonly writes: WriteLoop;
  readonly directory: string;
}

async function harness(t: TestContext): Promise<Harness> {
  const directory = await mkdtemp(`${tmpdir()}/serai-archive-`);
  t.after(async () => {
    assert.deepEqual(await readdir(directory), [], 'temporary files are gone');
    await rm(directory, { recursive: true });
  });
  const engine = new GatedEngine();
  const clock = new VirtualClock();
  const store = new StateStore({ freezeRows: true }, { clock });
  const writes = new WriteLoop({}, { engine, store, clock, log: nullLogger, metrics: nullMetrics });
  await store.load(await engine.open());
  await writes.start();
  return { engine, store, writes, directory };
}

function someJob(id: string) {
  return (tx: Tx): void => {
    const job = upsertJob(tx, { job: mockJob({ ID: id }) });
    const alloc = mockAlloc({ ID: `${id}-alloc`, Job: job });
    upsertPlanResults(tx, {
      result: {
        nodeAllocation: new Map([['n', [alloc]]]),
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        deployment: null,
        deploymentUpdates: [],
      },
      job,
      evalId: '',
      nowNs: 1,
    });
  };
}

async function packed(from: Harness): Promise<{ bytes: Buffer; index: number; checksum: string }> {
  const { body, index, checksum, sizeBytes } = await writeArchive(from, from);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.length, sizeBytes);
  // The temporary file goes when the body is closed.
  await new Promise<void>((resolve) => setImmediate(resolve));
  while ((await readdir(from.directory)).length > 0)
    await new Promise<void>((resolve) => setImmediate(resolve));
  return { bytes, index, checksum };
}

async function entriesOf(archive: Buffer): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const extract = tar.extract();
  extract.end(gunzipSync(archive));
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.set(entry.header.name, Buffer.concat(chunks));
  }
  return entries;
}

async function archiveOf(entries: readonly (readonly [string, Buffer])[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, content] of entries) pack.entry({ name }, content);
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('snapshot files', () => {
  test('hold meta.json, state.bin and their checksums, and say their digest', async (t) => {
    const from = await harness(t);
    await from.writes.write('job', someJob('web'));
    const { bytes, index, checksum } = await packed(from);
    const entries = await entriesOf(bytes);
    assert.deepEqual([...entries.keys()], ['meta.json', 'state.bin', 'SHA256SUMS']);
    const state = entries.get('state.bin') ?? Buffer.alloc(0);
    const meta = entries.get('meta.json') ?? Buffer.alloc(0);
    assert.deepEqual(JSON.parse(meta.toString()), {
      Version: 1,
      ID: 'serai-1',
      Index: 1,
      Term: 1,
      Size: state.length,
    });
    assert.equal(
      entries.get('SHA256SUMS')?.toString(),
      `${sum(meta)}  meta.json\n${sum(state)}  state.bin\n`,
    );
    assert.equal(index, 1);
    assert.equal(checksum, `sha-256=${createHash('sha256').update(bytes).digest('base64')}`);
  });

  test('restore into another region, with a larger index, and wake those who wait there', async (t) => {
    const from = await harness(t);
    for (const id of ['web', 'db']) await from.writes.write('job', someJob(id));
    const { bytes } = await packed(from);
    const to = await harness(t);
    for (let i = 0; i < 5; i++)
      await to.writes.write('node', (tx) => tx.put('nodes', mockNode({ ID: `n${i}` })));
    const waiting = to.store.blockingQuery({
      minIndex: 100,
      maxWaitMs: 60_000,
      run: (snapshot, watch) => {
        watch.table('jobs');
        return { index: snapshot.tableIndex('jobs'), value: [...snapshot.jobs()].length };
      },
    });
    const resets: boolean[] = [];
    to.store.onCommit(({ reset }) => resets.push(reset));
    const index = await readArchive(to, Readable.from([bytes]), to);
    assert.equal(index, 6);
    assert.deepEqual(await waiting, { index: 2, value: 2 });
    assert.deepEqual(resets, [true]);
    const snapshot = to.store.snapshot();
    assert.deepEqual([snapshot.count('nodes'), snapshot.index], [0, 6]);
    assert.equal(
      snapshot.alloc('web-alloc')?.Job,
      snapshot.jobVersion('default', 'web', 0) && snapshot.jobVersionRows('default', 'web')[0]?.Job,
    );
    assert.deepEqual(snapshot.job('default', 'web'), from.store.snapshot().job('default', 'web'));
    const after = await to.writes.write('job', someJob('new'));
    assert.equal(after.index, 7);
  });

  test('writes that come during a restore follow it', async (t) => {
    const from = await harness(t);
    await from.writes.write('job', someJob('web'));
    const { bytes } = await packed(from);
    const restoring = readArchive(from, Readable.from([bytes]), from);
    const writing = from.writes.write('job', someJob('later'));
    await Promise.all([restoring, writing]);
    await from.writes.write('job', someJob('last'));
    assert.ok(from.store.snapshot().job('default', 'last'));
    const again = new StateStore({}, { clock: new VirtualClock() });
    await again.load(await from.engine.open());
    assert.deepEqual(again.snapshot().tables, from.store.snapshot().tables);
  });

  test('can be inspected: rows and bytes of each table', async (t) => {
    const from = await harness(t);
    for (const id of ['web', 'db']) await from.writes.write('job', someJob(id));
    const { bytes } = await packed(from);
    const found = await inspectArchive(
      { readRows: (source) => from.engine.readSnapshot(source) },
      Readable.from([bytes]),
      from,
    );
    assert.deepEqual([found.ID, found.Index, found.Version], ['serai-2', 2, 1]);
    const rows = Object.fromEntries(found.tables.map((table) => [table.name, table.rows]));
    assert.deepEqual(rows, { jobs: 2, jobVersions: 2, jobSummaries: 2, allocs: 2 });
    assert.ok(found.tables.every((table) => table.bytes > 100));
  });

  test('temporary files are readable by the owner only', async (t) => {
    const from = await harness(t);
    const { body } = await writeArchive(from, from);
    const [own = ''] = await readdir(from.directory);
    assert.equal((await stat(`${from.directory}/${own}`)).mode & 0o777, 0o700);
    assert.equal((await stat(`${from.directory}/${own}/file`)).mode & 0o777, 0o600);
    body.destroy();
    while ((await readdir(from.directory)).length > 0)
      await new Promise<void>((resolve) => setImmediate(resolve));
  });
});

describe('snapshot files that can not be used', () => {
  test('any damage is found before anything changes', async (t) => {
    const from = await harness(t);
    await from.writes.write('job', someJob('web'));
    const { bytes } = await packed(from);
    const before = from.store.snapshot();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.boolean(), async (at, cut) => {
        const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes);
        if (!cut) {
          // Modification time and operating system in the gzip header mean nothing.
          if (at >= 4 && at < 10) return;
          damaged[at] = (damaged[at] ?? 0) ^ 0x04;
        }
        await assert.rejects(readArchive(from, Readable.from([damaged]), from), { code: 'invalid' });
        assert.equal(from.store.snapshot(), before);
      }),
      { numRuns: 60 },
    );
  });

  const cases: readonly [string, RegExp, (entries: Map<string, Buffer>) => (readonly [string, Buffer])[]][] =
    [
      ['without state', /"state.bin" is missing/, (e) => [...e].filter(([name]) => name !== 'state.bin')],
      [
        'without checksums',
        /"SHA256SUMS" is missing/,
        (e) => [...e].filter(([name]) => name !== 'SHA256SUMS'),
      ],
      [
        'with a foreign file',
        /it holds a file named "\.\.\/etc\/passwd"/,
        (e) => [...e, ['../etc/passwd', Buffer.from('x')]],
      ],
      [
        'with a file twice',
        /"meta.json" is in it twice/,
        (e) => [...e, ['meta.json', e.get('meta.json') ?? Buffer.alloc(0)]],
      ],
      [
        'with another state',
        /checksum of "state.bin" does not match/,
        (e) => [...e.set('state.bin', Buffer.from('x'))],
      ],
      [
        'with another description',
        /checksum of "meta.json" does not match/,
        (e) => [...e.set('meta.json', Buffer.from('{}'))],
      ],
      [
        'with a huge description',
        /"meta.json" is larger than/,
        (e) => [...e.set('meta.json', Buffer.alloc(100_000))],
      ],
      [
        'with a description that does not fit',
        /its description says index 7, its state index 1/,
        (e) => {
          const meta = Buffer.from('{"Version":1,"ID":"x","Index":7}');
          const sums = Buffer.from(
            `${sum(meta)}  meta.json\n${sum(e.get('state.bin') ?? meta)}  state.bin\n`,
          );
          return [...e.set('meta.json', meta).set('SHA256SUMS', sums)];
        },
      ],
      [
        'of another program',
        /written by another program or version/,
        (e) => {
          const meta = Buffer.from('{"Version":9}');
          const sums = Buffer.from(
            `${sum(meta)}  meta.json\n${sum(e.get('state.bin') ?? meta)}  state.bin\n`,
          );
          return [...e.set('meta.json', meta).set('SHA256SUMS', sums)];
        },
      ],
    ];
  for (const [what, message, change] of cases) {
    test(`one ${what}`, async (t) => {
      const from = await harness(t);
      await from.writes.write('job', someJob('web'));
      const entries = await entriesOf((await packed(from)).bytes);
      const bytes = await archiveOf(change(entries));
      await assert.rejects(readArchive(from, Readable.from([bytes]), from), { code: 'invalid', message });
      assert.equal(from.store.index, 1);
    });
  }

  test('text, nothing, and a source that breaks off', async (t) => {
    const from = await harness(t);
    for (const bytes of [
      Buffer.from('hello'),
      Buffer.alloc(0),
      gzipSync(Buffer.from('no tar'.repeat(500))),
    ]) {
      await assert.rejects(readArchive(from, Readable.from([bytes]), from), { code: 'invalid' });
    }
    const broken = Readable.from(
      (async function* () {
        yield gzipSync(Buffer.alloc(10)).subarray(0, 5);
        throw new Error('connection lost');
      })(),
    );
    await assert.rejects(readArchive(from, broken, from), /connection lost/);
  });
});
