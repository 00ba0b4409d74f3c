// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError, SafeDir } from '#base';

function makeRoot(t: TestContext): { root: string; outside: string; dir: SafeDir } {
  const base = mkdtempSync(join(tmpdir(), 'serai-remove-'));
  t.after(() => execFileSync('rm', ['-rf', base]));
  const root = join(base, 'root');
  const outside = join(base, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'keep'), 'x');
  return { root, outside, dir: new SafeDir(root) };
}

test('a tree goes as a whole; links in it are removed, not followed', async (t) => {
  const { root, outside, dir } = makeRoot(t);
  mkdirSync(join(root, 'tree/a/b'), { recursive: true });
  for (let i = 0; i < 50; i++) writeFileSync(join(root, 'tree/a', `f${i}`), '');
  symlinkSync(outside, join(root, 'tree/a/b/link'));
  symlinkSync('/nowhere', join(root, 'tree/dangling'));
  execFileSync('mkfifo', [join(root, 'tree/fifo')]);
  await dir.remove('tree', { recursive: true });
  assert.deepEqual(readdirSync(root), []);
  assert.deepEqual(readdirSync(outside), ['keep']);
});

test('names that are no UTF-8 go, too', async (t) => {
  const { root, dir } = makeRoot(t);
  mkdirSync(join(root, 'tree'));
  const bad = Buffer.concat([Buffer.from(join(root, 'tree/')), Buffer.from([0xff, 0xfe, 0x80])]);
  mkdirSync(bad);
  writeFileSync(Buffer.concat([bad, Buffer.from('/'), Buffer.from([0xc3])]), 'x');
  await dir.remove('tree', { recursive: true });
  assert.deepEqual(readdirSync(root), []);
});

test('a tree deeper than any path can be long goes without an open file per level', async (t) => {
  const { root, dir } = makeRoot(t);
  mkdirSync(join(root, 'tree'));
  // 600 levels of 9 characters: longer than PATH_MAX (4096)
  execFileSync(
    'sh',
    ['-c', 'i=0; while [ $i -lt 600 ]; do mkdir dddddddd && cd -P dddddddd || exit 1; i=$((i+1)); done'],
    {
      cwd: join(root, 'tree'),
    },
  );
  await dir.remove('tree', { recursive: true });
  assert.deepEqual(readdirSync(root), []);
});

test('what is mounted inside is not emptied', { skip: cannotMount() }, async (t) => {
  const { root, outside, dir } = makeRoot(t);
  const point = join(root, 'tree/volume');
  mkdirSync(point, { recursive: true });
  execFileSync('mount', ['--bind', outside, point]);
  try {
    await assert.rejects(dir.remove('tree', { recursive: true }), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'conflict');
      assert.match(error.message, /mount point/);
      return true;
    });
    assert.deepEqual(readdirSync(outside), ['keep']);
  } finally {
    execFileSync('umount', [point]);
  }
  await dir.remove('tree', { recursive: true });
  rmSync(root, { recursive: true });
});

function cannotMount(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'may not mount here';
  }
}
