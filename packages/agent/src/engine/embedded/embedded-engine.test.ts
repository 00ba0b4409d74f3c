// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { nullLogger } from '#base';
import { FaultyDisk } from '#testing';
import type { CommitOutcome, Engine } from '../contract.ts';
import { nodeDisk } from './disk.ts';
import { EmbeddedEngine } from './embedded-engine.ts';

async function tempDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(`${tmpdir()}/serai-embedded-`);
  t.after(() => rm(directory, { recursive: true, force: true }));
  return `${directory}/state`;
}

async function opened(
  t: TestContext,
  directory: string,
  options: { checkpointBytes?: number; disk?: FaultyDisk } = {},
): Promise<Engine> {
  const { disk, ...rest } = options;
  const engine = new EmbeddedEngine({ directory, ...rest }, { log: nullLogger, ...(disk ? { disk } : {}) });
  t.after(() => engine.close().catch(() => {}));
  await rowsOf(engine);
  return engine;
}

async function rowsOf(engine: Engine): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key, value } of (await engine.open()).rows) found[key] = Buffer.from(value).toString();
  return found;
}

async function put(engine: Engine, key: string, text: string): Promise<CommitOutcome> {
  const expect = await engine.committedIndex();
  return engine.commit({ expect, index: expect + 1, changes: [{ key, value: Buffer.from(text) }] });
}

async function fill(engine: Engine, count: number): Promise<void> {
  for (let i = 0; i < count; i++) assert.equal(await put(engine, `key${i}`, `value ${i}`), 'committed');
}

/** A state directory with five batches, as a crash leaves it (not closed in order). */
async function crashed(t: TestContext): Promise<{ directory: string; log: string; end: number }> {
  const directory = await tempDirectory(t);
  const engine = await opened(t, directory);
  await fill(engine, 5);
  const copy = `${directory}-copy`;
  await cp(directory, copy, { recursive: true });
  await engine.close();
  const log = `${copy}/log-${'0'.repeat(16)}.log`;
  const bytes = await readFile(log);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return { directory: copy, log, end };
}

test('directory is 0700 and every file 0600, also when the directory was open to all', async (t) => {
  const directory = await tempDirectory(t);
  const first = await opened(t, directory);
  await fill(first, 3);
  await first.close();
  await chmod(directory, 0o755);
  await opened(t, directory);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  for (const name of await readdir(directory)) {
    assert.equal((await stat(`${directory}/${name}`)).mode & 0o777, 0o600, name);
  }
});

test('a second engine on the directory is refused with pid and directory, and can open after the first closed', async (t) => {
  const directory = await tempDirectory(t);
  const first = await opened(t, directory);
  await assert.rejects(
    opened(t, directory),
    (error: Error) => error.message.includes(`pid ${process.pid}`) && error.message.includes(directory),
  );
  await fill(first, 1);
  await first.close();
  assert.deepEqual(await rowsOf(await opened(t, directory)), { key0: 'value 0' });
});

test('a directory that is a file is a clear error', async (t) => {
  const directory = await tempDirectory(t);
  await writeFile(directory, 'not a directory');
  await assert.rejects(
    opened(t, directory),
    /state directory ".*" can't be used .*: check that it is a directory/,
  );
});

test('a batch cut short by a crash is dropped, what was acknowledged stays', async (t) => {
  const { directory, log, end } = await crashed(t);
  await truncate(log, end - 3);
  const engine = await opened(t, directory);
  assert.equal(await engine.committedIndex(), 4);
  assert.deepEqual(Object.keys(await rowsOf(engine)), ['key0', 'key1', 'key2', 'key3']);
  await put(engine, 'next', 'x');
  await engine.close();
  const again = await opened(t, directory);
  assert.equal(await again.committedIndex(), 5);
});

test('a last batch of which only a part reached the disk is dropped', async (t) => {
  const { directory, log, end } = await crashed(t);
  const bytes = await readFile(log);
  bytes.fill(0, end - 20, end);
  await writeFile(log, bytes);
  assert.equal(await (await opened(t, directory)).committedIndex(), 4);
});

test('zeros after the last batch are space written ahead', async (t) => {
  const { directory, log } = await crashed(t);
  await truncate(log, (await stat(log)).size + 100_000);
  assert.equal(await (await opened(t, directory)).committedIndex(), 5);
});

for (const [what, at] of [
  ['the first byte', 0],
  ['a length', 8],
  ['a payload', 30],
  ['the middle', 150],
] as const) {
  test(`damage of ${what} before other batches is an error that names the file, and nothing is changed`, async (t) => {
    const { directory, log } = await crashed(t);
    const bytes = await readFile(log);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    await writeFile(log, bytes);
    await assert.rejects(opened(t, directory), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'invalid');
      assert.match(error.message, /log-0000000000000000\.log" is damaged/);
      assert.match(error.message, /operator snapshot restore/);
      return true;
    });
    assert.deepEqual(await readFile(log), bytes);
  });
}

test('damage of the last batch of a log that was closed in order is an error', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await opened(t, directory);
  await fill(engine, 2);
  await engine.close();
  const log = `${directory}/log-${'0'.repeat(16)}.log`;
  const bytes = await readFile(log);
  const last = bytes.indexOf('value 1');
  bytes[last] = 0x58;
  await writeFile(log, bytes);
  await assert.rejects(opened(t, directory), /is damaged/);
});

test('a missing log is an error that names it', async (t) => {
  const { directory, log } = await crashed(t);
  await rm(log);
  await assert.rejects(opened(t, directory), /log-0000000000000000\.log" is missing: put it back/);
});

test('an emptied log is not taken for a new state', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await opened(t, directory, { checkpointBytes: 300 });
  await fill(engine, 30);
  await engine.close();
  const logs = (await readdir(directory)).filter((name) => name.startsWith('log-'));
  for (const name of logs.slice(0, -1)) await rm(`${directory}/${name}`);
  const checkpoint = (await readdir(directory)).find((name) => name.startsWith('checkpoint-'));
  if (checkpoint) await rm(`${directory}/${checkpoint}`);
  await assert.rejects(opened(t, directory), /is missing/);
});

test('a directory of another format version is refused', async (t) => {
  const { directory } = await crashed(t);
  await writeFile(`${directory}/format.json`, '{"format":"serai-state","version":99}');
  await assert.rejects(opened(t, directory), /format version 99, this program reads 1/);
});

test('a damaged checkpoint is an error that names it', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await opened(t, directory, { checkpointBytes: 300 });
  await fill(engine, 60);
  await engine.close();
  const name = (await readdir(directory)).find((each) => each.startsWith('checkpoint-')) ?? '';
  const bytes = await readFile(`${directory}/${name}`);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(`${directory}/${name}`, bytes);
  await assert.rejects(opened(t, directory), new RegExp(`${name}" is damaged`));
});

test('checkpoints replace logs, and old files go', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await opened(t, directory, { checkpointBytes: 500 });
  for (let i = 0; i < 200; i++) await put(engine, `key${i % 10}`, `value ${i}`);
  const before = await rowsOf(engine);
  await engine.close();
  const names = await readdir(directory);
  assert.equal(names.filter((name) => name.startsWith('checkpoint-')).length, 1);
  assert.ok(names.filter((name) => name.startsWith('log-')).length <= 2);
  assert.deepEqual(
    names.filter((name) => name.endsWith('.tmp')),
    [],
  );
  const again = await opened(t, directory);
  assert.deepEqual(await rowsOf(again), before);
  assert.equal(await again.committedIndex(), 200);
});

test('a full disk refuses the write, keeps the rest and goes on when there is room', async (t) => {
  const directory = await tempDirectory(t);
  const disk = new FaultyDisk(nodeDisk);
  const engine = await opened(t, directory, { disk });
  await fill(engine, 2);
  disk.fail('write', { path: /log-/, code: 'ENOSPC', partial: 11, times: 1000 });
  await assert.rejects(put(engine, 'refused', 'x'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'unavailable');
    assert.match(error.message, /write was refused.*the disk is full: make room/);
    return true;
  });
  assert.equal(await engine.committedIndex(), 2);
  await assert.rejects(put(engine, 'refused', 'x'), /the disk is full/);
  disk.heal();
  await put(engine, 'after', 'y');
  await engine.close();
  assert.deepEqual(await rowsOf(await opened(t, directory)), {
    key0: 'value 0',
    key1: 'value 1',
    after: 'y',
  });
});

test('a failed flush refuses the write, and the write does not come back at the next start', async (t) => {
  const directory = await tempDirectory(t);
  const disk = new FaultyDisk(nodeDisk);
  const engine = await opened(t, directory, { disk });
  await fill(engine, 1);
  disk.fail('sync', { path: /log-/ });
  await assert.rejects(put(engine, 'refused', 'x'), /write was refused/);
  await put(engine, 'after', 'y');
  await engine.close();
  assert.deepEqual(await rowsOf(await opened(t, directory)), { key0: 'value 0', after: 'y' });
});

test('when the log can not be repaired no more writes are taken, until a restart', async (t) => {
  const directory = await tempDirectory(t);
  const disk = new FaultyDisk(nodeDisk);
  const engine = await opened(t, directory, { disk });
  await fill(engine, 1);
  disk.fail('write', { path: /log-/, partial: 30, times: 1000 });
  disk.fail('truncate', { path: /log-/, times: 1000 });
  await assert.rejects(put(engine, 'a', 'x'), /write was refused/);
  await assert.rejects(
    put(engine, 'b', 'x'),
    /could not be repaired after a failed write.*restart the agent/,
  );
  await engine.close();
  const again = await opened(t, directory);
  assert.deepEqual(await rowsOf(again), { key0: 'value 0' });
  assert.equal(await put(again, 'c', 'z'), 'committed');
});

test('a checkpoint that fails leaves the logs in place and is tried again later', async (t) => {
  const directory = await tempDirectory(t);
  const disk = new FaultyDisk(nodeDisk);
  const engine = await opened(t, directory, { disk, checkpointBytes: 400 });
  disk.fail('write', { path: /checkpoint-.*tmp/, code: 'ENOSPC', times: 2 });
  for (let i = 0; i < 300; i++) await put(engine, `key${i % 20}`, `value ${i}`);
  const before = await rowsOf(engine);
  await engine.close();
  assert.ok((await readdir(directory)).some((name) => /^checkpoint-\d+\.rows$/.test(name)));
  assert.deepEqual(await rowsOf(await opened(t, directory)), before);
});

for (const operation of ['write', 'sync', 'rename', 'open'] as const) {
  test(`a restore whose ${operation} fails changes nothing, also after a restart`, async (t) => {
    const directory = await tempDirectory(t);
    const disk = new FaultyDisk(nodeDisk);
    const engine = await opened(t, directory, { disk });
    await fill(engine, 3);
    const chunks: Buffer[] = [];
    for await (const chunk of engine.snapshot()) chunks.push(chunk as Buffer);
    await put(engine, 'newer', 'x');
    const before = await rowsOf(engine);
    disk.fail(operation, { path: /checkpoint-/, code: 'EIO' });
    await assert.rejects(engine.restore(Readable.from(chunks)), /EIO/);
    assert.deepEqual(await rowsOf(engine), before);
    assert.equal(await put(engine, 'goes on', 'y'), 'committed');
    await engine.close();
    assert.deepEqual(await rowsOf(await opened(t, directory)), { ...before, 'goes on': 'y' });
  });
}

test('an unfinished restore leaves an empty log that is ignored', async (t) => {
  const { directory } = await crashed(t);
  await writeFile(`${directory}/log-${'17'.padStart(16, '0')}.log`, '');
  await writeFile(`${directory}/checkpoint-${'17'.padStart(16, '0')}.rows.tmp`, 'half');
  const engine = await opened(t, directory);
  assert.equal(await engine.committedIndex(), 5);
  assert.deepEqual(
    (await readdir(directory)).filter((name) => name.includes('17')),
    [],
  );
});

test('a snapshot that nobody reads is given up without trace', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await opened(t, directory);
  await fill(engine, 1);
  engine.snapshot().destroy();
  await fill(engine, 1);
});
