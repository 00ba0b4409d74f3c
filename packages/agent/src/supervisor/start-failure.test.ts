// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import type { LaunchSpec } from './spec.ts';
import { startFailure } from './start-failure.ts';

const spec: LaunchSpec = {
  stateDir: '/state',
  label: 'x',
  command: '/opt/tool',
  args: ['tool'],
  env: { TOKEN: 'canary' },
  workDir: '/work',
  identity: { uid: 1000, gid: 1000, groups: [] },
  logs: { root: '/alloc', path: 'alloc/logs', name: 'web', maxFiles: 1, maxFileBytes: 1 },
};
const { ENOENT, EACCES, EPERM, EAGAIN, ENOTDIR, EIO, ENOEXEC, E2BIG, ELOOP } = constants.errno;

test('each step is told in words, with what it was about', () => {
  const cases: readonly [string, number, string, RegExp][] = [
    ['exec', ENOENT, 'invalid', /^can't execute "\/opt\/tool": it does not exist, or the interpreter/],
    ['exec', EACCES, 'invalid', /permission denied \(is it an executable file/],
    ['exec', ENOEXEC, 'invalid', /not a program for this machine/],
    ['exec', E2BIG, 'invalid', /arguments and environment are too long/],
    ['exec', EIO, 'invalid', /i\/o error \(EIO\)$/],
    [
      'directory',
      ENOTDIR,
      'invalid',
      /^can't change to the working directory "\/work": not a directory \(ENOTDIR\)$/,
    ],
    ['user', EPERM, 'denied', /^can't run as user id 1000: operation not permitted \(EPERM\)/],
    ['groups', EPERM, 'denied', /agent that is not root/],
    [
      'log directory',
      ELOOP,
      'internal',
      /^can't use the log directory "alloc\/logs" below "\/alloc": too many symbolic links/,
    ],
    ['cgroup', ENOENT, 'internal', /cgroup/],
    ['state', ENOENT, 'internal', /state directory "\/state"/],
    ['fork', EAGAIN, 'limit', /^can't make another process: resource temporarily unavailable \(EAGAIN\)$/],
    ['session', 9999, 'internal', /step "session": error 9999$/],
  ];
  for (const [step, errno, code, pattern] of cases) {
    const error = startFailure({ step, errno }, spec);
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    assert.doesNotMatch(error.message, /canary/);
    assert.deepEqual(error.context, { step, errno });
  }
});
