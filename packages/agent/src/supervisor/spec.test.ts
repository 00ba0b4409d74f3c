// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#base';
import { checkCgroupName, encodeSpec, type LaunchSpec, maxSpecBytes } from './spec.ts';

const base: LaunchSpec = {
  stateDir: '/state',
  label: 'x',
  command: '/bin/true',
  args: ['true'],
  env: {},
  workDir: '/work',
};
const resolved = { bootId: 'boot' };

function fieldsOf(encoded: Buffer): string[] {
  const length = Number(encoded.subarray(0, 8).toString());
  assert.equal(encoded.length, 8 + length);
  assert.equal(encoded.at(-1), 0);
  return encoded.subarray(8, -1).toString().split('\0');
}

function refuses(change: Partial<LaunchSpec>, pattern: RegExp): void {
  assert.throws(
    () => encodeSpec({ ...base, ...change }, resolved),
    (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'invalid');
      assert.match(error.message, pattern);
      return true;
    },
  );
}

const logs = { root: '/alloc', path: 'alloc/logs', name: 'web', maxFiles: 3, maxFileBytes: 1024 };

test('every part of a specification has its letter', () => {
  const spec: LaunchSpec = {
    ...base,
    args: ['true', '', '-x'],
    env: { A: '1', B: 'x=y' },
    identity: { uid: 1, gid: 2, groups: [2, 3] },
    logs,
  };
  assert.deepEqual(fieldsOf(encodeSpec(spec, { bootId: 'boot', cgroupPath: '/cg/x' })), [
    'S/state',
    'c/bin/true',
    'd/work',
    'bboot',
    'C/cg/x',
    'u1',
    'g2',
    'G2',
    'G3',
    'L/alloc',
    'lalloc/logs',
    'Nweb',
    'm1024',
    'n3',
    'atrue',
    'a',
    'a-x',
    'eA=1',
    'eB=x=y',
  ]);
  assert.deepEqual(fieldsOf(encodeSpec(base, resolved)), [
    'S/state',
    'c/bin/true',
    'd/work',
    'bboot',
    'atrue',
  ]);
});

test('what can not be said to a process is refused', () => {
  refuses({ command: 'true' }, /command "true" must be an absolute path/);
  refuses({ workDir: '' }, /working directory/);
  refuses({ stateDir: 'x' }, /state directory/);
  refuses({ args: [] }, /name of the program/);
  refuses({ args: ['a\0b'] }, /argument must not contain a NUL/);
  refuses({ env: { A: 'x\0y' } }, /environment variable "A"/);
  refuses({ env: { 'A\0B': 'x' } }, /must not contain a NUL/);
  refuses({ env: { 'A=B': 'x' } }, /name of an environment variable/);
  refuses({ env: { '': 'x' } }, /name of an environment variable/);
  refuses({ args: ['x'.repeat(maxSpecBytes)] }, /more than/);
});

test('log files stay where they belong', () => {
  for (const path of ['', '/abs', 'a//b', '../x', 'a/../b', 'a/.', 'a/'])
    refuses({ logs: { ...logs, path } }, /must be a plain relative path/);
  for (const name of ['', 'a/b', 'x'.repeat(201), 'é'.repeat(101)])
    refuses({ logs: { ...logs, name } }, /log file's name/);
  refuses({ logs: { ...logs, name: 'a\0b' } }, /NUL/);
  for (const maxFiles of [0, -1, 1.5, Number.NaN])
    refuses({ logs: { ...logs, maxFiles } }, /number of log files/);
  for (const maxFileBytes of [0, -1, 1e300])
    refuses({ logs: { ...logs, maxFileBytes } }, /size of log files/);
});

test('a cgroup is one plain directory', () => {
  for (const name of ['task-1', 'a.b_c-D9']) checkCgroupName(name);
  for (const name of ['', '.', '..', '.x', 'a/b', 'a b', 'x'.repeat(300), 'a\0'])
    assert.throws(() => checkCgroupName(name), AppError);
});

test('arguments and environment survive as they are, or are refused', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), fc.dictionary(text, text), (args, env) => {
      let encoded: Buffer;
      try {
        encoded = encodeSpec({ ...base, args, env }, resolved);
      } catch (error) {
        assert.ok(error instanceof AppError);
        return;
      }
      const fields = fieldsOf(encoded);
      const having = (letter: string): string[] =>
        fields.filter((field) => field.startsWith(letter)).map((field) => field.slice(1));
      assert.deepEqual(having('a'), args);
      assert.deepEqual(
        having('e'),
        Object.entries(env).map(([key, value]) => `${key}=${value}`),
      );
    }),
  );
});
