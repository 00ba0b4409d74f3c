// SPDX-License-Identifier: MPL-2.0
// What a task prints, in rotated files of bounded size, in a directory that other tasks may tamper with.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, TaskSandbox } from '../../conformance/drivers/task-sandbox.ts';
import { isRoot, never, rawExec } from './fixture.ts';

const megabyte = 1024 * 1024;

test('100 MB of output end in bounded files, the newest last', { timeout: 60_000 }, async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  const id = await sh('head -c 104857600 /dev/zero | tr "\\0" "x"; echo; echo the end', {
    logs: { MaxFiles: 3, MaxFileSizeMB: 2 },
  });
  assert.equal((await driver.wait(id, never)).exitCode, 0);
  const files = sandbox.logFiles();
  assert.equal(files.length, 3);
  for (const name of files) assert.ok(statSync(join(sandbox.logDir, name)).size <= 2 * megabyte);
  assert.deepEqual(files, ['web.stdout.48', 'web.stdout.49', 'web.stdout.50']);
  assert.ok(sandbox.output().toString('latin1').endsWith('x\nthe end\n'));
});

test('lines stay whole when files change, and none is lost', { timeout: 30_000 }, async (t) => {
  const { driver, run, sandbox } = rawExec(t);
  const script = 'for (let i = 0; i < 60000; i++) console.log("line " + i + " " + "=".repeat(40))';
  const id = await run([process.execPath, '-e', script], { logs: { MaxFiles: 10, MaxFileSizeMB: 1 } });
  await driver.wait(id, never);
  const files = sandbox.logFiles();
  assert.ok(files.length > 2);
  let expected = 0;
  for (const name of files) {
    const text = readFileSync(join(sandbox.logDir, name), 'utf8');
    assert.ok(text.startsWith('line ') && text.endsWith('=\n'), `${name} is cut within a line`);
    for (const line of text.trimEnd().split('\n')) assert.ok(line.startsWith(`line ${expected++} `));
  }
  assert.equal(expected, 60_000);
});

test('a line longer than a file and bytes that are no text go through unchanged', {
  timeout: 30_000,
}, async (t) => {
  const { driver, run, sandbox } = rawExec(t);
  const script =
    'const b = Buffer.alloc(3e6); for (let i = 0; i < b.length; i++) b[i] = (i * 7 + (i >> 8)) & 255; process.stdout.write(b)';
  const id = await run([process.execPath, '-e', script], { logs: { MaxFiles: 10, MaxFileSizeMB: 1 } });
  await driver.wait(id, never);
  const expected = Buffer.alloc(3e6);
  for (let i = 0; i < expected.length; i++) expected[i] = (i * 7 + (i >> 8)) & 255;
  assert.ok(sandbox.output().equals(expected));
});

test('stdout and stderr have files of their own; they exist from the start', async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  const id = await sh('echo out; echo err >&2; exec sleep 1000');
  assert.deepEqual(readdirSync(sandbox.logDir).sort(), ['web.stderr.0', 'web.stdout.0']);
  assert.equal(statSync(join(sandbox.logDir, 'web.stdout.0')).mode & 0o777, 0o644);
  await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 10_000 });
  assert.equal(sandbox.output('stdout').toString(), 'out\n');
  assert.equal(sandbox.output('stderr').toString(), 'err\n');
});

test('a restarted task goes on where its files ended', async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  for (const word of ['one', 'two']) await driver.wait(await sh(`echo ${word}`), never);
  assert.deepEqual(sandbox.logFiles(), ['web.stdout.0']);
  assert.equal(sandbox.output().toString(), 'one\ntwo\n');
  writeFileSync(join(sandbox.logDir, 'web.stdout.7'), 'x'.repeat(megabyte));
  await driver.wait(await sh('echo three', { logs: { MaxFiles: 2, MaxFileSizeMB: 1 } }), never);
  assert.deepEqual(sandbox.logFiles(), ['web.stdout.7', 'web.stdout.8']);
  assert.equal(readFileSync(join(sandbox.logDir, 'web.stdout.8'), 'utf8'), 'three\n');
});

test('with logs disabled nothing is written and the task notices nothing', async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  const id = await sh('head -c 1000000 /dev/zero && echo x >&2 && exit 4', { logs: { Disabled: true } });
  assert.equal((await driver.wait(id, never)).exitCode, 4);
  assert.deepEqual(readdirSync(sandbox.logDir), []);
});

test('planted links, FIFOs, hard links and directories are never written to', {
  timeout: 30_000,
}, async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  const outside = join(sandbox.base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'host');
  symlinkSync(join(outside, 'secret'), join(sandbox.logDir, 'a.stdout.0'));
  symlinkSync(join(outside, 'new'), join(sandbox.logDir, 'a.stderr.3'));
  linkSync(join(outside, 'secret'), join(sandbox.logDir, 'b.stdout.0'));
  execFileSync('mkfifo', [join(sandbox.logDir, 'b.stderr.0')]);
  mkdirSync(join(sandbox.logDir, 'c.stdout.0'));
  for (const taskName of ['a', 'b', 'c']) {
    const id = await sh('echo from the task; echo errors >&2', { taskName });
    assert.equal((await driver.wait(id, never)).exitCode, 0);
  }
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'host');
  assert.deepEqual(readdirSync(outside), ['secret']);
  for (const name of ['a.stdout.0', 'a.stderr.3', 'b.stdout.0', 'b.stderr.0', 'c.stdout.1'])
    assert.ok(lstatSync(join(sandbox.logDir, name)).isFile(), name);
  assert.equal(readFileSync(join(sandbox.logDir, 'c.stdout.1'), 'utf8'), 'from the task\n');
});

test('planted names with absurd numbers do no harm', { timeout: 30_000 }, async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  for (const index of ['999999999999999999999', '-1', '', '00x', '1e9', '18446744073709551615'])
    writeFileSync(join(sandbox.logDir, `web.stdout.${index}`), 'planted');
  await driver.wait(await sh('echo fine'), never);
  assert.equal(readFileSync(join(sandbox.logDir, 'web.stdout.0'), 'utf8'), 'fine\n');
});

test('a log directory that was swapped for a link is refused at the start', async (t) => {
  const { sh, sandbox } = rawExec(t);
  const outside = join(sandbox.base, 'outside');
  mkdirSync(outside);
  rmSync(sandbox.logDir, { recursive: true });
  symlinkSync(outside, sandbox.logDir);
  await assert.rejects(sh('echo x'), /can't use the log directory "alloc\/logs"/);
  // one level up as well
  rmSync(sandbox.logDir);
  renameSync(join(sandbox.allocDir, 'alloc'), join(sandbox.base, 'moved'));
  mkdirSync(join(outside, 'logs'));
  symlinkSync(outside, join(sandbox.allocDir, 'alloc'));
  await assert.rejects(sh('echo x'), /can't use the log directory/);
  assert.deepEqual(readdirSync(join(outside, 'logs')), []);
});

test('a log directory that is swapped later keeps the files of the running task', {
  timeout: 30_000,
}, async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  const outside = join(sandbox.base, 'outside');
  mkdirSync(outside);
  makeGo(sandbox);
  const id = await sh('read x < "$GO"; head -c 3000000 /dev/zero', {
    env: { GO: join(sandbox.base, 'go') },
    logs: { MaxFiles: 5, MaxFileSizeMB: 1 },
  });
  renameSync(sandbox.logDir, `${sandbox.logDir}.moved`);
  symlinkSync(outside, sandbox.logDir);
  writeFileSync(join(sandbox.base, 'go'), 'now\n');
  await driver.wait(id, never);
  assert.deepEqual(readdirSync(outside), []);
  assert.ok(readdirSync(`${sandbox.logDir}.moved`).length >= 4);
});

test('removed log files do not stop the task', { timeout: 30_000 }, async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  const id = await sh(`rm -rf ${sandbox.logDir}; head -c 3000000 /dev/zero; exit 6`, {
    logs: { MaxFiles: 2, MaxFileSizeMB: 1 },
  });
  assert.equal((await driver.wait(id, never)).exitCode, 6);
});

test('a full disk costs output, not the task, and output goes on when there is room again', {
  skip: isRoot ? false : 'needs root to mount a small file system',
  timeout: 30_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'serai-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', base]);
  try {
    const sandbox = new TaskSandbox({ after: () => {} } as unknown as typeof t, { base });
    const { driver, sh } = rawExec(t, { sandbox });
    makeGo(sandbox);
    const id = await sh(
      'echo begin; read x < "$GO"; head -c 1000000 /dev/zero; read x < "$GO.2"; echo again >&2; exit 9',
      {
        env: { GO: join(base, 'go') },
      },
    );
    await eventually('the start is written', () => sandbox.output().toString() === 'begin\n');
    fillUp(join(base, 'filler'));
    writeFileSync(join(base, 'go'), 'now\n');
    // opening a FIFO waits for its reader: then the task has printed all of it, and a pipe holds only 64 KiB
    const second = openSync(join(base, 'go.2'), 'w');
    rmSync(join(base, 'filler'));
    writeSync(second, 'now\n');
    closeSync(second);
    const result = await driver.wait(id, never);
    assert.equal(result.exitCode, 9);
    assert.equal(result.error, undefined);
    assert.ok(sandbox.output().length < 500_000, 'the disk was not full');
    assert.equal(sandbox.output('stderr').toString(), 'again\n');
    await driver.destroy(id);
  } finally {
    execFileSync('umount', ['-l', base]);
    rmSync(base, { recursive: true });
  }
});

test('the exit code survives a disk that is full when the task ends', {
  skip: isRoot ? false : 'needs root to mount a small file system',
  timeout: 30_000,
}, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'serai-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', base]);
  try {
    const sandbox = new TaskSandbox({ after: () => {} } as unknown as typeof t, { base });
    const { driver, sh } = rawExec(t, { sandbox });
    const id = await sh(`head -c 1000000 /dev/zero > ${base}/filler; head -c 1000000 /dev/zero; exit 17`);
    assert.equal((await driver.wait(id, never)).exitCode, 17);
    assert.ok(existsSync(join(base, 'filler')));
    await driver.destroy(id);
  } finally {
    execFileSync('umount', ['-l', base]);
    rmSync(base, { recursive: true });
  }
});

/** FIFOs `go` and `go.2` in the sandbox, by which a test holds its task back until it is ready. */
function makeGo(sandbox: TaskSandbox): void {
  execFileSync('mkfifo', [join(sandbox.base, 'go'), join(sandbox.base, 'go.2')]);
}

/** Writes until the file system takes no more. */
function fillUp(path: string): void {
  assert.throws(() => {
    for (;;) writeFileSync(path, Buffer.alloc(4096, 1), { flag: 'a' });
  }, /ENOSPC/);
}
