// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError } from '#base';
import { VirtualClock } from '#testing';
import { Cgroups, findCgroup2 } from './cgroup.ts';

const hybrid = `24 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
25 24 0:23 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
26 24 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;

test('version 2 is found alone, beside version 1, and under an odd path', () => {
  assert.equal(findCgroup2(hybrid), '/sys/fs/cgroup/unified');
  assert.equal(
    findCgroup2('29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw'),
    '/sys/fs/cgroup',
  );
  assert.equal(findCgroup2('29 23 0:26 / /a\\040b\\134c rw - cgroup2 cgroup2 rw'), '/a b\\c');
  assert.equal(findCgroup2(hybrid.replaceAll('cgroup2', 'cgroup')), undefined);
  assert.equal(findCgroup2(''), undefined);
});

/** A directory that looks like a cgroup tree in which `name` exists. */
function fakeTree(t: TestContext, name: string): { cgroups: Cgroups; dir: string } {
  const root = mkdtempSync(join(tmpdir(), 'serai-cgroup-'));
  t.after(() => rmSync(root, { recursive: true }));
  const dir = join(root, name);
  mkdirSync(dir);
  writeFileSync(join(dir, 'cgroup.kill'), '');
  return { cgroups: new Cgroups({ root }, { clock: new VirtualClock() }), dir };
}

test('a cgroup is made, read, killed and removed through its files', async (t) => {
  const { cgroups, dir } = fakeTree(t, 'task-1');
  assert.equal(await cgroups.create('task-1'), dir);
  writeFileSync(join(dir, 'cgroup.procs'), '12\n34\n');
  writeFileSync(join(dir, 'cpu.stat'), 'usage_usec 4000\nuser_usec 1500\nsystem_usec 2500\n');
  assert.deepEqual(await cgroups.pids(dir), [12, 34]);
  assert.deepEqual(await cgroups.cpuTime(dir), { userMs: 1.5, systemMs: 2.5 });
  await cgroups.kill(dir);
  assert.equal(readFileSync(join(dir, 'cgroup.kill'), 'utf8'), '1');
});

test('where the kernel can not kill a cgroup, there is none', async (t) => {
  const { cgroups } = fakeTree(t, 'other');
  // a plain directory has no cgroup.kill, as before Linux 5.14
  assert.equal(await cgroups.create('task-1'), undefined);
});

test('without the right to make cgroups there is none, and every call on one that is gone is harmless', async () => {
  for (const root of [undefined, '/proc/no/such/place']) {
    const cgroups = new Cgroups({ root }, { clock: new VirtualClock() });
    assert.equal(await cgroups.create('task-1'), undefined);
    const gone = '/proc/no/such/place/task-1';
    await cgroups.kill(gone);
    assert.deepEqual(await cgroups.pids(gone), []);
    assert.equal(await cgroups.cpuTime(gone), undefined);
    await cgroups.remove(gone);
  }
});

test('a name that is a path is refused', async () => {
  const cgroups = new Cgroups({ root: '/sys/fs/cgroup' }, { clock: new VirtualClock() });
  await assert.rejects(cgroups.create('../x'), AppError);
});
