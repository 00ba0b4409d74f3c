// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, open, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError, systemClock } from '#base';
import { AllocFiles } from './alloc-files.ts';
import { FileFollower, maxPieceBytes } from './file-follower.ts';
import { FrameWriter } from './frame-writer.ts';
import { type LogReaderOptions, readLog } from './log-reader.ts';

async function allocDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'serai-files-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  for (const path of ['alloc/logs', 'alloc/data', 'web/local', 'web/secrets'])
    await mkdir(join(dir, path), { recursive: true });
  return dir;
}

test('listing and stat tell what is there', async (t) => {
  const dir = await allocDir(t);
  await writeFile(join(dir, 'web/local/a.txt'), 'hello', { mode: 0o644 });
  await writeFile(join(dir, 'web/local/b.bin'), Buffer.from([0, 1]));
  await symlink('a.txt', join(dir, 'web/local/link'));
  const files = new AllocFiles(dir);
  const list = await files.list('web/local');
  assert.deepEqual(
    list.map((file) => [file.Name, file.Size, file.FileMode, file.IsDir]),
    [
      ['a.txt', 5, '-rw-r--r--', false],
      ['b.bin', 2, '-rw-r--r--', false],
      ['link', 5, 'Lrwxrwxrwx', false],
    ],
  );
  assert.equal((await files.stat('/web/local/a.txt')).ContentType, 'text/plain; charset=utf-8');
  assert.equal((await files.stat('web/local/b.bin')).ContentType, 'application/octet-stream');
  const root = await files.stat('/');
  assert.deepEqual([root.Name, root.IsDir], ['/', true]);
});

test('secrets are not for reading, not by name and not through a link of the task', async (t) => {
  const dir = await allocDir(t);
  await writeFile(join(dir, 'web/secrets/token'), 'canary');
  await symlink('../secrets/token', join(dir, 'web/local/peek'));
  await symlink('../secrets', join(dir, 'web/local/dir'));
  const files = new AllocFiles(dir);
  for (const path of ['web/secrets', 'web/secrets/token', '/web//./secrets/token', 'web/private/x'])
    for (const ask of [files.list(path), files.stat(path), files.open(path)])
      await assert.rejects(
        ask,
        (error: AppError) => error.code === 'denied' || error.code === 'not-found',
        path,
      );
  await assert.rejects(files.open('web/local/peek'), /Reading secret file prohibited/);
  await assert.rejects(files.list('web/local/dir'), AppError);
  await assert.rejects(files.open('web/local/dir/token'), /Reading secret file prohibited/);
});

test('nothing outside the allocation can be reached', async (t) => {
  const dir = await allocDir(t);
  await symlink('/etc/passwd', join(dir, 'web/local/absolute'));
  await symlink('../../../../../../etc', join(dir, 'web/local/up'));
  const files = new AllocFiles(dir);
  for (const path of [
    '../x',
    'web/../../etc/passwd',
    'web/local/absolute',
    'web/local/up/passwd',
    'a\0b',
    '/etc/passwd',
  ])
    await assert.rejects(files.open(path), AppError, path);
  for (const path of ['..', 'web/local/up', 'web/local/up/..'])
    await assert.rejects(files.list(path), AppError, path);
});

test('links inside the allocation are followed for reading', async (t) => {
  const dir = await allocDir(t);
  await writeFile(join(dir, 'alloc/data/real'), 'content');
  await symlink('../../alloc/data/real', join(dir, 'web/local/shared'));
  await using file = await new AllocFiles(dir).open('web/local/shared');
  assert.equal(await file.readFile('utf8'), 'content');
});

test('a follower reads in bounded pieces, then sees what is added, cut off and removed', async (t) => {
  const path = join(await allocDir(t), 'alloc/data/f');
  await writeFile(path, 'x'.repeat(maxPieceBytes + 10));
  const follower = new FileFollower(await open(path, 'r'), 0, systemClock);
  t.after(() => follower.close());
  const never = new AbortController().signal;
  const first = await follower.next(1e9);
  assert.ok(first.kind === 'data' && first.data.length === maxPieceBytes && first.offset === maxPieceBytes);
  assert.ok((await follower.next()).kind === 'data');
  assert.equal((await follower.next()).kind, 'end');
  await follower.wait(never);
  assert.equal((await follower.next()).kind, 'end');
  const waiting = follower.wait(never);
  await appendFile(path, 'more');
  await waiting;
  const more = await follower.next();
  assert.ok(more.kind === 'data' && more.data.toString() === 'more');
  await truncate(path, 2);
  assert.equal((await follower.next()).kind, 'truncated');
  const again = await follower.next();
  assert.ok(again.kind === 'data' && again.offset === 2);
  await rm(path);
  assert.equal((await follower.next()).kind, 'deleted');
});

test('a wait ends when the reader goes away', async (t) => {
  const path = join(await allocDir(t), 'alloc/data/f');
  await writeFile(path, '');
  const follower = new FileFollower(await open(path, 'r'), 0, systemClock);
  t.after(() => follower.close());
  const controller = new AbortController();
  await follower.wait(controller.signal);
  const waiting = follower.wait(controller.signal);
  controller.abort();
  await assert.rejects(waiting);
});

function logOptions(root: string, rest: Partial<LogReaderOptions> = {}): LogReaderOptions {
  return { root, task: 'web', type: 'stdout', origin: 'start', offset: 0, follow: false, ...rest };
}

async function readAll(options: LogReaderOptions): Promise<string> {
  let text = '';
  for await (const piece of readLog(options, systemClock, new AbortController().signal))
    text += piece?.data.toString() ?? '';
  return text;
}

test('a rotated log reads as one file, from either end', async (t) => {
  const dir = await allocDir(t);
  for (const [name, text] of [
    ['web.stdout.9', 'abc'],
    ['web.stdout.10', 'def'],
    ['web.stdout.11', 'g'],
    ['web.stderr.0', 'no'],
  ] as const)
    await writeFile(join(dir, 'alloc/logs', name), text);
  assert.equal(await readAll(logOptions(dir)), 'abcdefg');
  assert.equal(await readAll(logOptions(dir, { offset: 4 })), 'efg');
  assert.equal(await readAll(logOptions(dir, { origin: 'end', offset: 2 })), 'fg');
  assert.equal(await readAll(logOptions(dir, { origin: 'end' })), '');
  assert.equal(await readAll(logOptions(dir, { type: 'stderr' })), 'no');
  assert.equal(await readAll(logOptions(dir, { task: 'nobody' })), '');
});

test('following goes from one file to the next without losing what was written last', async (t) => {
  const dir = await allocDir(t);
  const log = (n: number): string => join(dir, 'alloc/logs', `web.stdout.${n}`);
  await writeFile(log(0), 'one ');
  const controller = new AbortController();
  let text = '';
  const grown: { text: string; resolve: () => void }[] = [];
  const until = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      if (text === wanted) resolve();
      else grown.push({ text: wanted, resolve });
    });
  const reading = (async () => {
    for await (const piece of readLog(logOptions(dir, { follow: true }), systemClock, controller.signal)) {
      text += piece?.data.toString() ?? '';
      for (const waiter of grown) if (waiter.text === text) waiter.resolve();
    }
  })().catch(() => {});
  await until('one ');
  await appendFile(log(0), 'two ');
  await until('one two ');
  await appendFile(log(0), 'last ');
  await writeFile(log(1), 'next ');
  await until('one two last next ');
  // the reader was in file 1 when it and its successor were rotated away
  await rename(log(1), join(dir, 'moved'));
  await rm(join(dir, 'moved'));
  await writeFile(log(5), 'five');
  await until('one two last next five');
  controller.abort();
  await reading;
});

test('a log that does not exist yet is waited for', async (t) => {
  const dir = await allocDir(t);
  const controller = new AbortController();
  const lines = readLog(logOptions(dir, { follow: true }), systemClock, controller.signal);
  assert.equal((await lines.next()).value, undefined);
  await writeFile(join(dir, 'alloc/logs/web.stdout.0'), 'first');
  let piece = (await lines.next()).value;
  while (!piece) piece = (await lines.next()).value;
  assert.equal(piece.data.toString(), 'first');
  assert.deepEqual([piece.file, piece.offset], ['alloc/logs/web.stdout.0', 5]);
  controller.abort();
  await lines.return(undefined);
});

test('frames: plain bytes, or JSON objects without empty members', async () => {
  const sent: string[] = [];
  const stream = {
    send: async (frame: unknown) => {
      sent.push(Buffer.from((frame as { Payload: Uint8Array }).Payload).toString());
    },
  };
  const plain = new FrameWriter(stream, true);
  await plain.write({ data: Buffer.from('raw'), file: 'f', offset: 3 });
  await plain.write({ file: 'f', event: 'file deleted' });
  await plain.heartbeat();
  const framed = new FrameWriter(stream, false);
  await framed.write({ data: Buffer.from('raw'), file: 'f', offset: 3 });
  await framed.write({ file: 'f', event: 'file truncated' });
  await framed.heartbeat();
  assert.deepEqual(sent, [
    'raw',
    '{"Offset":3,"Data":"cmF3","File":"f"}',
    '{"File":"f","FileEvent":"file truncated"}',
    '{}',
  ]);
});
