// SPDX-License-Identifier: MPL-2.0
// What a task finds when it starts: exactly what it was given.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '#base';
import { isRoot, never, rawExec } from './fixture.ts';

test('the environment is what was given, and nothing of the agent', async (t) => {
  const { driver, run, sandbox } = rawExec(t);
  process.env['SERAI_TEST_CANARY'] = 'canary';
  t.after(() => delete process.env['SERAI_TEST_CANARY']);
  const env = {
    NOMAD_TASK_NAME: 'web',
    EMPTY: '',
    SPACES: ' a b ',
    LINES: 'a\nb',
    EQUALS: 'a=b=c',
    UNICODE: 'é€😀',
  };
  await driver.wait(await run(['cat', '/proc/self/environ'], { env }), never);
  const found = sandbox.output().toString().split('\0').filter(Boolean).sort();
  assert.deepEqual(
    found,
    Object.entries(env)
      .map(([key, value]) => `${key}=${value}`)
      .sort(),
  );
});

test('arguments arrive as they are, the command as the first one', async (t) => {
  const { driver, run, sandbox } = rawExec(t);
  const args = ['', ' ', '*', '$HOME', '"quoted"', "it's", 'a\nb', 'é€😀', '--flag=x'];
  await driver.wait(await run(['cat', '/proc/self/cmdline']), never);
  assert.equal(sandbox.output().toString(), 'cat\0/proc/self/cmdline\0');
  const script = 'for a in "$@"; do printf "%s\\0" "$a"; done >&2';
  await driver.wait(await run(['sh', '-c', script, 'sh', ...args]), never);
  assert.equal(sandbox.output('stderr').toString(), args.map((arg) => `${arg}\0`).join(''));
});

test('no file, signal setting, session or directory of the agent is left in the task', async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  const old = process.umask(0o077);
  t.after(() => process.umask(old));
  const script = [
    'ls /proc/self/fd | tr "\\n" " "; echo',
    'readlink /proc/$$/fd/0',
    'pwd -P',
    'umask',
    'grep -E "^Sig(Blk|Ign)" /proc/self/status | tr -d "\\t"',
    'cut -d" " -f1,5,6 /proc/$$/stat',
  ].join('\n');
  await driver.wait(await sh(script), never);
  const [fds, stdin, cwd, umask, blocked, ignored, ids = ''] = sandbox.output().toString().split('\n');
  // 3 is the directory that ls reads
  assert.equal(fds, '0 1 2 3 ');
  assert.equal(stdin, '/dev/null');
  assert.equal(cwd, join(sandbox.allocDir, 'web'));
  assert.equal(umask, '0022');
  assert.equal(blocked, 'SigBlk:0000000000000000');
  assert.equal(ignored, 'SigIgn:0000000000000000');
  const [pid, group, session] = ids.split(' ');
  assert.equal(group, pid);
  assert.equal(session, pid);
});

test('a task runs as its user, with its groups, and can open its output by name', {
  skip: isRoot ? false : 'needs root to change the user',
}, async (t) => {
  const { driver, sh, sandbox } = rawExec(t);
  for (let dir = sandbox.base; dir.length <= join(sandbox.allocDir, 'web').length; ) {
    chmodSync(dir, 0o755);
    if (dir === join(sandbox.allocDir, 'web')) break;
    dir = join(
      dir,
      dir === sandbox.base ? 'alloc' : dir === join(sandbox.base, 'alloc') ? sandbox.allocId : 'web',
    );
    mkdirSync(dir, { recursive: true });
  }
  const id = await sh('id -un; id -gn; echo by name > /dev/stdout; grep -E "^(Uid|Gid):" /proc/self/status', {
    user: 'nobody',
  });
  assert.equal((await driver.wait(id, never)).exitCode, 0);
  const [user, group, byName, uids = '', gids = ''] = sandbox.output().toString().split('\n');
  assert.deepEqual([user, group, byName], ['nobody', 'nogroup', 'by name']);
  assert.deepEqual([...new Set(uids.split('\t').slice(1))], ['65534']);
  assert.deepEqual([...new Set(gids.split('\t').slice(1))], ['65534']);
});

test('a user that may not enter the working directory is told so', {
  skip: isRoot ? false : 'needs root to change the user',
}, async (t) => {
  const { run, sandbox } = rawExec(t);
  mkdirSync(join(sandbox.allocDir, 'web'), { recursive: true });
  chmodSync(join(sandbox.allocDir, 'web'), 0o700);
  await assert.rejects(
    run(['true'], { user: 'nobody' }),
    /working directory .* permission denied \(EACCES\)/,
  );
});

test('what can not be executed is explained', async (t) => {
  const { run, sandbox } = rawExec(t);
  const taskDir = join(sandbox.allocDir, 'web');
  mkdirSync(join(taskDir, 'local'), { recursive: true });
  const file = (name: string, text: string, mode = 0o755): string => {
    writeFileSync(join(taskDir, name), text);
    chmodSync(join(taskDir, name), mode);
    return name;
  };
  const cases: readonly [string, RegExp][] = [
    ['no-such-program', /^command "no-such-program" was not found in the task's directory and PATH \(/],
    ['./no-such-program', /^command ".\/no-such-program" was not found in the task's directory$/],
    ['/no/such/program', /^command "\/no\/such\/program" was not found$/],
    [taskDir, /was not found$/],
    ['/etc/passwd', /is not executable: make it so with chmod \+x$/],
    [file('plain', 'x', 0o644), /web\/plain" is not executable/],
    [
      file('no-interpreter', '#!/no/such/interpreter\n'),
      /the interpreter or loader it names does not exist$/,
    ],
    [file('no-header', 'echo x\n'), /not a program for this machine, nor a script that starts with "#!"$/],
    [file('empty', ''), /not a program for this machine/],
  ];
  for (const [command, pattern] of cases)
    await assert.rejects(run([command]), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'invalid');
      assert.match(error.message, pattern);
      return true;
    });
  await assert.rejects(run(['true', 'x'.repeat(200_000)]), /arguments and environment are too long/);
  await assert.rejects(run(['true', 'x'.repeat(5_000_000)]), /take more than 4194304 bytes/);
  await assert.rejects(run(['true'], { user: 'nosuchuser' }), /unknown user "nosuchuser"/);
  assert.deepEqual(sandbox.supervisorsLeft(), []);
});

test('a command is found in local, in the task directory, then in PATH', async (t) => {
  const { driver, run, sandbox } = rawExec(t);
  const taskDir = join(sandbox.allocDir, 'web');
  mkdirSync(join(taskDir, 'local'), { recursive: true });
  mkdirSync(join(sandbox.base, 'bin'));
  const script = (path: string, word: string): void => {
    writeFileSync(path, `#!/bin/sh\necho ${word} "$0"\n`);
    chmodSync(path, 0o755);
  };
  script(join(sandbox.base, 'bin', 'tool'), 'path');
  const env = { PATH: `relative::${join(sandbox.base, 'bin')}` };
  await driver.wait(await run(['tool'], { env }), never);
  script(join(taskDir, 'tool'), 'task');
  await driver.wait(await run(['tool'], { env }), never);
  script(join(taskDir, 'local', 'tool'), 'local');
  await driver.wait(await run(['tool'], { env }), never);
  await driver.wait(await run(['local/tool'], { env }), never);
  assert.deepEqual(
    sandbox
      .output()
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    ['path', 'task', 'local', 'local'],
  );
});

test('variables that can not be said to a process are refused', async (t) => {
  const { run } = rawExec(t);
  await assert.rejects(
    run(['true'], { env: { A: 'x\0y' } }),
    /environment variable "A" must not contain a NUL byte/,
  );
  await assert.rejects(
    run(['true'], { env: { 'A=B': 'x' } }),
    /can't be the name of an environment variable/,
  );
  await assert.rejects(run(['true', 'x\0y']), /argument must not contain a NUL byte/);
  await assert.rejects(run(['tr\0ue']), /command must not contain a NUL byte/);
});
