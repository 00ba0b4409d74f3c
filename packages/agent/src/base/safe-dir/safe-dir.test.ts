// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError, type ErrorCode, SafeDir } from '#base';

interface Fixture {
  readonly base: string;
  readonly root: string;
  readonly outside: string;
  readonly dir: SafeDir;
  readonly following: SafeDir;
}

/** `<base>/root` is ours, `<base>/outside` must never be touched. */
function fixture(t: TestContext): Fixture {
  const base = mkdtempSync(join(tmpdir(), 'serai-safe-'));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const root = join(base, 'root');
  const outside = join(base, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'host secret');
  return { base, root, outside, dir: new SafeDir(root), following: new SafeDir(root, { links: 'inside' }) };
}

async function failsWith(code: ErrorCode, work: Promise<unknown>, pattern?: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.message);
    assert.doesNotMatch(error.message, /\/proc\/self/);
    if (pattern) assert.match(error.message, pattern);
    return true;
  });
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

function makeFifo(path: string): void {
  execFileSync('mkfifo', [path]);
}

test('a file is written, read, listed, told about and removed', async (t) => {
  const { dir, root } = fixture(t);
  await dir.mkdir('a/b/c', { recursive: true, mode: 0o750 });
  await dir.writeFile('a/b/c/x', 'hello', { mode: 0o640 });
  assert.equal((await dir.readFile('a/b/c/x')).toString(), 'hello');
  assert.equal((await dir.readFile('/a//b/./c/x')).toString(), 'hello');
  const stat = await dir.stat('a/b/c/x');
  assert.equal(stat.kind, 'file');
  assert.equal(stat.sizeBytes, 5);
  assert.equal(stat.mode, 0o640);
  assert.equal((await dir.stat('a/b')).mode, 0o750);
  assert.deepEqual(
    (await dir.list('a/b/c')).map((entry) => entry.name),
    ['x'],
  );
  assert.deepEqual(
    (await dir.list('')).map((entry) => entry.kind),
    ['directory'],
  );
  assert.equal((await dir.stat('/')).kind, 'directory');
  await dir.remove('a/b/c/x');
  assert.equal(await dir.exists('a/b/c/x'), false);
  await dir.remove('a', { recursive: true });
  await dir.remove('a', { recursive: true });
  assert.deepEqual(readdirSync(root), []);
});

test('modes are given exactly, whatever the umask is', async (t) => {
  const { dir, root } = fixture(t);
  const old = process.umask(0o077);
  t.after(() => process.umask(old));
  await dir.mkdir('open', { mode: 0o777 });
  await dir.writeFile('file', '', { mode: 0o666 });
  assert.equal(statSync(join(root, 'open')).mode & 0o777, 0o777);
  assert.equal(statSync(join(root, 'file')).mode & 0o777, 0o666);
});

test('opening for writing replaces, appends, updates or insists on a new file', async (t) => {
  const { dir } = fixture(t);
  const write = async (how: 'replace' | 'append' | 'exclusive' | 'update', text: string): Promise<void> => {
    await using file = await dir.openWrite('f', { how });
    await file.write(text);
  };
  await write('append', 'one');
  await write('append', 'two');
  assert.equal((await dir.readFile('f')).toString(), 'onetwo');
  await write('update', 'ON');
  assert.equal((await dir.readFile('f')).toString(), 'ONetwo');
  await write('replace', 'x');
  assert.equal((await dir.readFile('f')).toString(), 'x');
  await failsWith('conflict', write('exclusive', 'y'));
  assert.equal((await dir.readFile('f')).toString(), 'x');
});

test('reading is bounded', async (t) => {
  const { dir, root } = fixture(t);
  writeFileSync(join(root, 'big'), 'x'.repeat(100));
  assert.equal((await dir.readFile('big', { maxBytes: 100 })).length, 100);
  await failsWith('limit', dir.readFile('big', { maxBytes: 99 }), /longer than 99 bytes/);
});

test('a listing is bounded', async (t) => {
  const { dir, root } = fixture(t);
  for (let i = 0; i < 5; i++) writeFileSync(join(root, `f${i}`), '');
  assert.equal((await dir.list('', { maxEntries: 5 })).length, 5);
  await failsWith('limit', dir.list('', { maxEntries: 4 }));
});

test('paths that leave the root or hide something are refused before anything is opened', async (t) => {
  const { dir, outside } = fixture(t);
  for (const path of ['..', '../outside/secret', 'a/../../outside/secret', 'a/..', '/../outside/secret'])
    await failsWith('invalid', dir.readFile(path), /\.\./);
  await failsWith('invalid', dir.readFile('secret\0.txt'), /NUL/);
  await failsWith('invalid', dir.readFile('x'.repeat(256)));
  await failsWith('invalid', dir.readFile('x/'.repeat(2500)));
  await failsWith('invalid', dir.readFile('x/'.repeat(200)), /deeper/);
  // an absolute path is one below the root, as in the file API: it does not reach the host's
  await failsWith('not-found', dir.readFile(join(outside, 'secret')));
  await failsWith('not-found', dir.readFile('/etc/passwd'));
});

test('a link planted in any place of the path is not followed, by no call', async (t) => {
  const { dir, root, outside } = fixture(t);
  symlinkSync(outside, join(root, 'dirlink'));
  symlinkSync(join(outside, 'secret'), join(root, 'filelink'));
  symlinkSync(join(outside, 'new'), join(root, 'dangling'));
  mkdirSync(join(root, 'real'));
  symlinkSync('../../outside', join(root, 'real', 'up'));
  for (const path of ['dirlink/secret', 'filelink', 'real/up/secret'])
    await failsWith('denied', dir.readFile(path), /symbolic link/);
  for (const path of ['dirlink/new', 'dangling', 'real/up/new', 'filelink'])
    await failsWith('denied', dir.openWrite(path));
  await failsWith('denied', dir.writeFile('dirlink/new', 'x'));
  await failsWith('denied', dir.mkdir('dirlink/new'));
  await failsWith('denied', dir.mkdir('dirlink/new', { recursive: true }));
  await failsWith('denied', dir.remove('dirlink/secret'));
  await failsWith('denied', dir.remove('dirlink/secret', { recursive: true }));
  await failsWith('denied', dir.rename('dirlink/secret', 'stolen'));
  await failsWith('denied', dir.rename('filelink', 'dirlink/planted'));
  await failsWith('denied', dir.link('dirlink/secret', 'stolen'));
  await failsWith('denied', dir.setAttributes('filelink', { mode: 0o777 }));
  await failsWith('denied', dir.setAttributes('dirlink/secret', { mode: 0o777 }));
  await assert.rejects(dir.list('dirlink'));
  await assert.rejects(dir.diskUsage('dirlink'));
  assert.deepEqual(readdirSync(outside), ['secret']);
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'host secret');
  assert.equal(statSync(join(outside, 'secret')).mode & 0o777, 0o644);
});

test('a link is told, replaced and removed as itself', async (t) => {
  const { dir, root, outside } = fixture(t);
  symlinkSync(join(outside, 'secret'), join(root, 'link'));
  assert.equal((await dir.stat('link')).kind, 'symlink');
  assert.equal((await dir.list(''))[0]?.kind, 'symlink');
  assert.equal(await dir.readlink('link'), join(outside, 'secret'));
  await dir.writeFile('link', 'ours');
  assert.equal((await dir.stat('link')).kind, 'file');
  symlinkSync(outside, join(root, 'dir'));
  await dir.remove('dir', { recursive: true });
  await dir.symlink('x', 'made');
  await dir.remove('made');
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'host secret');
});

test('links inside are followed only when asked for, and only inside', async (t) => {
  const { following, dir, root, outside } = fixture(t);
  await dir.mkdir('releases/1', { recursive: true });
  await dir.writeFile('releases/1/conf', 'v1');
  symlinkSync('releases/1', join(root, 'current'));
  symlinkSync('/releases/1', join(root, 'absolute'));
  symlinkSync('../current/conf', join(root, 'releases', 'conf'));
  assert.equal((await following.readFile('current/conf')).toString(), 'v1');
  assert.equal((await following.readFile('absolute/conf')).toString(), 'v1');
  assert.equal((await following.readFile('releases/conf')).toString(), 'v1');
  assert.deepEqual(
    (await following.list('current')).map((entry) => entry.name),
    ['conf'],
  );
  await failsWith('denied', dir.readFile('current/conf'));

  symlinkSync(join(outside, 'secret'), join(root, 'absolute-out'));
  symlinkSync('../outside/secret', join(root, 'relative-out'));
  symlinkSync('loop', join(root, 'loop'));
  await failsWith('not-found', following.readFile('absolute-out'));
  await failsWith('denied', following.readFile('relative-out'), /leads out/);
  await failsWith('denied', following.readFile('loop'), /too many symbolic links/);
});

test('a FIFO, a socket or a device is refused without being opened', { timeout: 20_000 }, async (t) => {
  const { dir, root } = fixture(t);
  makeFifo(join(root, 'fifo'));
  await failsWith('invalid', dir.openRead('fifo'), /fifo, not a regular file/);
  await failsWith('invalid', dir.openWrite('fifo'));
  await failsWith('invalid', dir.openRead(''), /directory/);
  assert.equal((await dir.stat('fifo')).kind, 'fifo');
  await failsWith('invalid', new SafeDir('/dev').openRead('null'), /device, not a regular file/);
  await failsWith('invalid', new SafeDir('/dev').openWrite('null'));
  await dir.mkdir('d');
  await failsWith('invalid', dir.openRead('d'), /directory, not a regular file/);
  await failsWith('not-found', dir.readFile('fifo/x'));
  await dir.remove('fifo');
});

test('missing things and things of the wrong kind have their own errors', async (t) => {
  const { dir } = fixture(t);
  await dir.writeFile('file', 'x');
  await dir.mkdir('full');
  await dir.writeFile('full/x', '');
  await failsWith('not-found', dir.readFile('nothing'), /"nothing" does not exist/);
  await failsWith('not-found', dir.readFile('no/thing'));
  await failsWith('not-found', dir.stat('nothing'));
  await failsWith('not-found', dir.remove('nothing'));
  await failsWith('not-found', dir.readFile('file/x'));
  await failsWith('invalid', dir.list('file'), /not a directory/);
  await failsWith('conflict', dir.mkdir('file'));
  await failsWith('invalid', dir.mkdir('file', { recursive: true }));
  await failsWith('conflict', dir.remove('full'), /not empty/);
  await failsWith('invalid', dir.remove(''));
  await failsWith('not-found', new SafeDir(join(dir.root, 'none')).list(''));
});

test('attributes are set on files and directories', async (t) => {
  const { dir, root } = fixture(t);
  await dir.writeFile('f', '');
  await dir.mkdir('d');
  await dir.setAttributes('f', { mode: 0o600 });
  await dir.setAttributes('d', { mode: 0o711 });
  await dir.setAttributes('', { mode: 0o755 });
  assert.equal(statSync(join(root, 'f')).mode & 0o777, 0o600);
  assert.equal(statSync(join(root, 'd')).mode & 0o777, 0o711);
});

test('files are moved and linked inside', async (t) => {
  const { dir } = fixture(t);
  await dir.mkdir('d');
  await dir.writeFile('f', 'x');
  await dir.link('f', 'g');
  await dir.rename('f', 'd/f');
  assert.equal((await dir.readFile('d/f')).toString(), 'x');
  assert.equal((await dir.stat('g')).inode, (await dir.stat('d/f')).inode);
});

test('disk usage counts blocks, not what links point to, and stops at its bound', async (t) => {
  const { dir, root, outside } = fixture(t);
  writeFileSync(join(outside, 'huge'), Buffer.alloc(1_000_000, 1));
  symlinkSync(outside, join(root, 'link'));
  await dir.mkdir('d');
  await dir.writeFile('d/f', Buffer.alloc(50_000, 1));
  const usage = await dir.diskUsage('');
  assert.ok(usage.bytes >= 50_000 && usage.bytes < 500_000, String(usage.bytes));
  assert.equal(usage.complete, true);
  assert.equal((await dir.diskUsage('', { maxEntries: 1 })).complete, false);
});

test('no call leaves a file open, also when it fails', async (t) => {
  const { dir, root, following } = fixture(t);
  await dir.mkdir('a/b', { recursive: true });
  await dir.writeFile('a/b/f', 'x');
  symlinkSync('a', join(root, 'link'));
  const before = openFiles();
  for (let i = 0; i < 20; i++) {
    await dir.readFile('a/b/f');
    await dir.list('a/b');
    await dir.stat('a/b/f');
    await dir.writeFile('a/b/g', 'y');
    await dir.mkdir('a/b/c/d', { recursive: true });
    await dir.remove('a/b/c', { recursive: true });
    await following.readFile('link/b/f');
    await assert.rejects(dir.readFile('link/b/f'));
    await assert.rejects(dir.readFile('a/x/y'));
    await assert.rejects(dir.openRead('a'));
    await assert.rejects(following.readFile('a/b/f/g'));
  }
  assert.equal(openFiles(), before);
});
