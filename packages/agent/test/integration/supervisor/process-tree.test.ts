// SPDX-License-Identifier: MPL-2.0
// Whatever a task starts goes when the task goes.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemClock } from '#base';
import { eventually, processesWith } from '../../conformance/drivers/task-sandbox.ts';
import { isRoot, never, rawExec } from './fixture.ts';

/** A process that is found by the marker, since `sleep` takes no other words: a shell that waits in a read. */
const waiting = (marker: string): string => `/bin/sh -c "while :; do sleep 0.05; done" ${marker}`;

/** Children, grandchildren that left the session, daemons whose parents are gone. */
function treeScript(marker: string): string {
  return [
    `${waiting(marker)} &`,
    `setsid ${waiting(marker)} &`,
    `(setsid ${waiting(marker)} & ) &`,
    `/bin/sh -c 'setsid ${waiting(marker)} & exec ${waiting(marker)}' &`,
  ].join('\n');
}

for (const noCgroups of [false, true]) {
  const way = noCgroups ? 'without cgroups' : 'with cgroups';

  test(`a stop leaves no descendant (${way})`, { timeout: 30_000 }, async (t) => {
    const { driver, sh } = rawExec(t, { noCgroups });
    const marker = randomUUID();
    const id = await sh(`${treeScript(marker)}\ntrap "" TERM; while :; do sleep 0.05; done`);
    await eventually('all five run', () => processesWith(`done ${marker}`).length >= 5);
    await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 100 });
    assert.deepEqual(processesWith(marker), []);
    assert.equal((await driver.wait(id, never)).signal, 9);
  });

  test(`what outlives the main process is killed, and the result is the main process's (${way})`, {
    timeout: 30_000,
  }, async (t) => {
    const { driver, sh } = rawExec(t, { noCgroups });
    const marker = randomUUID();
    const id = await sh(`${treeScript(marker)}\nsleep 0.2; exit 5`);
    assert.equal((await driver.wait(id, never)).exitCode, 5);
    assert.deepEqual(processesWith(marker), []);
  });

  test(`a supervisor that is killed takes the task along, and says so (${way})`, {
    timeout: 30_000,
  }, async (t) => {
    const { driver, sh, sandbox } = rawExec(t, { noCgroups });
    const marker = randomUUID();
    // without cgroups only the task's session can be found again
    const sessionOnly = noCgroups || !isRoot;
    const script = sessionOnly ? `${waiting(marker)} &` : treeScript(marker);
    const id = await sh(`${script}\nexec ${waiting(marker)}`);
    await eventually('all run', () => processesWith(`done ${marker}`).length >= (sessionOnly ? 2 : 5));
    const [supervisor = 0] = sandbox.supervisorsLeft();
    process.kill(supervisor, 'SIGKILL');
    const result = await driver.wait(id, never);
    assert.equal(result.error, 'supervisor was killed; exit status unknown');
    assert.notEqual(result.exitCode, 0);
    await eventually('nothing is left', () => processesWith(marker).length === 0);
    await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 60_000 });
    await driver.destroy(id);
  });

  test(`a fork storm is killed (${way})`, { timeout: 60_000 }, async (t) => {
    const { driver, sh } = rawExec(t, { noCgroups });
    const marker = randomUUID();
    const id = await sh(`while :; do /bin/sh -c 'sleep 0.2' ${marker} & sleep 0.005; done`);
    await eventually('some run', () => processesWith(marker).length > 10);
    await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 1000 });
    assert.deepEqual(processesWith(marker), []);
  });
}

test('a stopped (SIGSTOP) task can be killed', async (t) => {
  const { driver, run } = rawExec(t);
  const marker = randomUUID();
  const id = await run(['/bin/sh', '-c', 'while :; do sleep 1; done', marker]);
  await driver.signal(id, 'SIGSTOP');
  const [pid] = processesWith(marker);
  await eventually('it is stopped', () => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T '));
  await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 100 });
  assert.equal((await driver.wait(id, never)).signal, 9);
});

test('a supervisor that was frozen is killed with its task after the grace time', {
  timeout: 60_000,
}, async (t) => {
  const { driver, run, sandbox } = rawExec(t, { killGraceMs: 200 });
  const id = await run(['sleep', '1000']);
  const [supervisor = 0] = sandbox.supervisorsLeft();
  process.kill(supervisor, 'SIGSTOP');
  await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 100 });
  assert.match((await driver.wait(id, never)).error ?? '', /supervisor was killed/);
});

test('signals that end other programs do not end a supervisor', async (t) => {
  const { driver, run, sandbox } = rawExec(t);
  const id = await run(['sleep', '1000']);
  const [supervisor = 0] = sandbox.supervisorsLeft();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGPIPE', 'SIGUSR1', 'SIGALRM'] as const)
    process.kill(supervisor, signal);
  await driver.signal(id, 'SIGUSR2');
  assert.equal((await driver.wait(id, never)).signal, 12);
});

test('use of memory and CPU is of all processes of the task', { timeout: 30_000 }, async (t) => {
  const { driver, sh } = rawExec(t);
  const id = await sh('/bin/sh -c "while :; do :; done" & wait');
  const first = await driver.stats(id);
  assert.ok((first.ResourceUsage?.MemoryStats?.RSS ?? 0) > 100_000);
  const usage = await (async () => {
    for (;;) {
      // the kernel counts in steps of some milliseconds
      await systemClock.sleep(50);
      const next = await driver.stats(id);
      const busy = Object.values(next.Pids ?? {}).some((one) => (one.CpuStats?.Percent ?? 0) > 0);
      if (Object.keys(next.Pids ?? {}).length === 2 && busy) return next;
    }
  })();
  const cpu = usage.ResourceUsage?.CpuStats;
  assert.ok(cpu && cpu.Percent > 0 && cpu.Percent < 800);
  assert.ok(Math.abs(cpu.TotalTicks - (cpu.Percent / 100) * 2000) < 0.01);
  await driver.destroy(id);
});

test('the supervisor is far below its memory budget', async (t) => {
  const { run, sandbox } = rawExec(t);
  await run(['sleep', '1000'], { env: { BIG: 'x'.repeat(100_000) } });
  const [supervisor = 0] = sandbox.supervisorsLeft();
  const rssKb = Number(
    /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${supervisor}/smaps_rollup`, 'utf8'))?.[1],
  );
  assert.ok(rssKb > 0 && rssKb < 1024, `${rssKb} kB`);
});
