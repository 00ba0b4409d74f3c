// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findCommand } from './command-path.ts';

function fixture(t: TestContext): {
  base: string;
  find: (command: string, env?: Record<string, string>) => Promise<string>;
  put: (path: string, mode?: number) => string;
} {
  const base = mkdtempSync(join(tmpdir(), 'serai-command-'));
  t.after(() => rmSync(base, { recursive: true }));
  const taskDir = join(base, 'task');
  const localDir = join(taskDir, 'local');
  for (const path of [localDir, join(base, 'bin'), join(base, 'bin2')]) mkdirSync(path, { recursive: true });
  return {
    base,
    find: (command, env = {}) => findCommand(command, { taskDir, localDir, env }),
    put: (path, mode = 0o755) => {
      writeFileSync(join(base, path), '', { mode });
      return join(base, path);
    },
  };
}

test('an absolute path is taken as it is', async (t) => {
  const { find, put } = fixture(t);
  const path = put('bin/tool');
  assert.equal(await find(path), path);
  await assert.rejects(find(`${path}x`), /^AppError: command ".*toolx" was not found$/);
});

test('the first place that has it wins: local, task directory, PATH in its order', async (t) => {
  const { find, put, base } = fixture(t);
  const env = { PATH: `${base}/bin:${base}/bin2` };
  const places = ['bin2/tool', 'bin/tool', 'task/tool', 'task/local/tool'];
  for (const place of places) {
    const path = put(place);
    assert.equal(await find('tool', env), path);
  }
});

test('a path with a slash is relative to the task, never to the agent, and not looked up in PATH', async (t) => {
  const { find, put, base } = fixture(t);
  mkdirSync(join(base, 'bin', 'sub'));
  put('bin/sub/tool');
  await assert.rejects(
    find('sub/tool', { PATH: join(base, 'bin') }),
    /was not found in the task's directory$/,
  );
  await assert.rejects(find('./package.json'), /was not found/);
  mkdirSync(join(base, 'task', 'sub'));
  assert.equal(await find('sub/tool').catch(() => 'none'), 'none');
  const path = put('task/sub/tool');
  assert.equal(await find('sub/tool'), path);
});

test('relative and empty parts of PATH are passed over', async (t) => {
  const { find, put, base } = fixture(t);
  const path = put('bin2/tool');
  put('task/other');
  assert.equal(await find('tool', { PATH: `.::bin:../bin:${base}/bin2` }), path);
});

test('without a PATH the usual directories are searched', async (t) => {
  const { find } = fixture(t);
  assert.match(await find('sh'), /^\/(usr\/)?bin\/sh$/);
  assert.match(await find('sh', { PATH: '' }), /\/sh$/);
});

test('what is found but not executable is told, unless a later place has it', async (t) => {
  const { find, put, base } = fixture(t);
  const env = { PATH: `${base}/bin:${base}/bin2` };
  put('bin/tool', 0o644);
  await assert.rejects(find('tool', env), /bin\/tool" is not executable: make it so with chmod \+x/);
  const path = put('bin2/tool');
  assert.equal(await find('tool', env), path);
});

test('directories and dangling links are no programs', async (t) => {
  const { find, base } = fixture(t);
  mkdirSync(join(base, 'bin', 'tool'));
  symlinkSync('/no/such', join(base, 'bin', 'link'));
  for (const name of ['tool', 'link'])
    await assert.rejects(find(name, { PATH: `${base}/bin` }), /was not found/);
});

test('a NUL byte and an over-long name are errors, not crashes', async (t) => {
  const { find } = fixture(t);
  await assert.rejects(find('a\0b'), /NUL/);
  await assert.rejects(find('x'.repeat(5000)), /was not found/);
});
