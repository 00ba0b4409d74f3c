// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError, systemRandom } from '#base';
import { AllocDir } from './alloc-dir.ts';

async function setUp(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'serai-allocdir-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const options = { allocRoot: join(root, 'alloc'), stateRoot: join(root, 'state') };
  await mkdir(options.allocRoot);
  await mkdir(options.stateRoot, { mode: 0o700 });
  const make = (allocId = systemRandom.uuid()): AllocDir => new AllocDir({ ...options, allocId });
  return { root, options, make };
}

async function modes(path: string, prefix = ''): Promise<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const name = join(prefix, entry.name);
    out[name] = ((await stat(join(path, entry.name))).mode & 0o7777).toString(8);
    if (entry.isDirectory()) Object.assign(out, await modes(join(path, entry.name), name));
  }
  return out;
}

const expected = {
  alloc: '777',
  'alloc/data': '777',
  'alloc/logs': '755',
  'alloc/tmp': '777',
  web: '777',
  'web/local': '777',
  'web/secrets': '700',
  'web/tmp': '777',
};

test('a new allocation gets its directories, secrets closed, whatever the umask', async (t) => {
  const { make } = await setUp(t);
  const before = process.umask(0o077);
  try {
    const dir = make();
    await dir.build(['web']);
    await dir.buildTask('web');
    assert.deepEqual(await modes(dir.path), expected);
    assert.equal((await stat(dir.path)).mode & 0o777, 0o711, 'others may not list it');
    assert.equal((await stat(dir.taskPaths('web').stateDir)).mode & 0o777, 0o700);
  } finally {
    process.umask(before);
  }
});

test('what a task removed is made again before its next start', async (t) => {
  const { make } = await setUp(t);
  const dir = make();
  await dir.build(['web']);
  await dir.buildTask('web');
  await rm(join(dir.path, 'web'), { recursive: true });
  await rm(join(dir.path, 'alloc/logs'), { recursive: true });
  await dir.buildTask('web');
  assert.deepEqual(await modes(dir.path), expected);
});

test('a directory that is there from before is completed and its files stay', async (t) => {
  const { make } = await setUp(t);
  const dir = make('11111111-2222-3333-4444-555555555555');
  await dir.build(['web']);
  await writeFile(join(dir.path, 'web/local/keep'), 'x');
  await rm(join(dir.path, 'alloc/tmp'), { recursive: true });
  await make('11111111-2222-3333-4444-555555555555').build(['web']);
  assert.deepEqual(await modes(dir.path), { ...expected, 'web/local/keep': '644' });
});

test('a link that a task put in the place of a directory is not followed', async (t) => {
  const { root, make } = await setUp(t);
  const outside = join(root, 'outside');
  await mkdir(outside);
  const dir = make();
  await dir.build(['web']);
  await dir.buildTask('web');
  await rm(join(dir.path, 'web/local'), { recursive: true });
  await symlink(outside, join(dir.path, 'web/local'));
  await assert.rejects(dir.buildTask('web'), AppError);
  await assert.rejects(dir.writeLocalFile('web', 'payload', Buffer.from('x')), AppError);
  assert.deepEqual(await readdir(outside), []);
});

test('payloads are written below local, nowhere else', async (t) => {
  const { make } = await setUp(t);
  const dir = make();
  await dir.build(['web']);
  await dir.writeLocalFile('web', 'in/put.json', Buffer.from('{}'));
  assert.equal(await readFile(join(dir.path, 'web/local/in/put.json'), 'utf8'), '{}');
  for (const path of ['../secrets/x', '../../x', 'a/../../x'])
    await assert.rejects(dir.writeLocalFile('web', path, Buffer.from('x')), AppError, path);
});

test('names that mean something else are no task names, ids must be ids', async (t) => {
  const { make } = await setUp(t);
  for (const name of ['alloc', 'secrets', 'tmp', 'local', 'private', '..', '.', '', 'a/b', '.hidden'])
    await assert.rejects(make().build([name]), AppError, name);
  for (const id of ['', '..', 'x', '../../../../../../../../../../../../etc'])
    assert.throws(() => make(id), AppError);
});

test('data of a predecessor moves over, and only real directories do', async (t) => {
  const { root, make } = await setUp(t);
  const [previous, next] = [make(), make()];
  await previous.build(['web', 'side']);
  await writeFile(join(previous.path, 'alloc/data/db'), 'rows');
  await writeFile(join(previous.path, 'web/local/cache'), 'warm');
  await rm(join(previous.path, 'side/local'), { recursive: true });
  await symlink(root, join(previous.path, 'side/local'));
  await next.build(['web', 'side']);
  const id = previous.path.slice(previous.path.lastIndexOf('/') + 1);
  await next.takeOver(id, ['web', 'side', 'unknown']);
  assert.equal(await readFile(join(next.path, 'alloc/data/db'), 'utf8'), 'rows');
  assert.equal(await readFile(join(next.path, 'web/local/cache'), 'utf8'), 'warm');
  assert.ok(!(await stat(join(next.path, 'side/local'))).isSymbolicLink());
  assert.deepEqual(await readdir(join(next.path, 'side/local')), []);
});

test('destroy removes everything of it and nothing that it points to', async (t) => {
  const { root, options, make } = await setUp(t);
  const dir = make();
  await dir.build(['web']);
  await writeFile(join(root, 'precious'), 'x');
  await symlink(root, join(dir.path, 'web/local/out'));
  await dir.destroy();
  assert.deepEqual(await readdir(options.allocRoot), []);
  assert.deepEqual(await readdir(options.stateRoot), []);
  assert.equal(await readFile(join(root, 'precious'), 'utf8'), 'x');
  await dir.destroy();
});
