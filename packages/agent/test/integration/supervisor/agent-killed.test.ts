// SPDX-License-Identifier: MPL-2.0
// kill -9 of the agent: its tasks must not notice, and the next agent must know all that happened meanwhile.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TaskStart } from '#drivers';
import { eventually, TaskSandbox } from '../../conformance/drivers/task-sandbox.ts';
import { never, openDriver } from './fixture.ts';

const agentProgram = fileURLToPath(new URL('./fixtures/agent.ts', import.meta.url));

/** Runs an agent of its own that starts the task. */
async function startElsewhere(
  t: TestContext,
  options: { sandbox: TaskSandbox; task: TaskStart; noCgroups: boolean },
): Promise<{ agent: ChildProcess; handle: unknown; kill: () => Promise<void> }> {
  const { sandbox, task, noCgroups } = options;
  const argument = JSON.stringify({ cacheDir: join(sandbox.base, 'cache'), noCgroups, task });
  const agent = spawn(process.execPath, [agentProgram, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => agent.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    agent.kill('SIGKILL');
    await exited;
  };
  t.after(kill);
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    agent.stdout?.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) resolve(text);
    });
    agent.once('exit', () => reject(new Error('the agent ended before it had started the task')));
  });
  return { agent, handle: JSON.parse(line), kill };
}

const counter = 'i=0; while [ $i -lt 300 ]; do echo "line $i"; i=$((i+1)); sleep 0.002; done; exit 23';
const counted = Array.from({ length: 300 }, (_, index) => `line ${index}\n`).join('');

for (const noCgroups of [false, true]) {
  const way = noCgroups ? 'without cgroups' : 'with cgroups';

  test(`a task goes on, with its pid and all its output (${way})`, { timeout: 60_000 }, async (t) => {
    const sandbox = new TaskSandbox(t);
    const driver = openDriver(sandbox, noCgroups);
    const task = sandbox.task(driver, { config: { command: '/bin/sh', args: ['-c', counter] } });
    const { handle, kill } = await startElsewhere(t, { sandbox, task, noCgroups });
    await eventually('some output', () => sandbox.output().includes('line 10\n'));
    await kill();
    await driver.recover(task.id, handle);
    const whileRecovered = sandbox.output().toString();
    assert.ok(whileRecovered.length < counted.length, 'must still run when the agent is back');
    assert.equal((await driver.wait(task.id, never)).exitCode, 23);
    assert.equal(sandbox.output().toString(), counted);
    await driver.destroy(task.id);
  });

  test(`an end that no agent saw is known to the next one (${way})`, { timeout: 60_000 }, async (t) => {
    const sandbox = new TaskSandbox(t);
    const driver = openDriver(sandbox, noCgroups);
    const script = 'sleep 0.3; echo last words; echo to stderr >&2; kill -15 $$';
    const task = sandbox.task(driver, { config: { command: '/bin/sh', args: ['-c', script] } });
    const { handle, kill } = await startElsewhere(t, { sandbox, task, noCgroups });
    await kill();
    await eventually('the supervisor is done', () => sandbox.supervisorsLeft().length === 0);
    await driver.recover(task.id, handle);
    const { exitCode, signal } = await driver.wait(task.id, never);
    assert.deepEqual({ exitCode, signal }, { exitCode: 143, signal: 15 });
    assert.equal(sandbox.output().toString(), 'last words\n');
    assert.equal(sandbox.output('stderr').toString(), 'to stderr\n');
    await driver.destroy(task.id);
  });
}

test('a task that floods its output is not held up while no agent runs', { timeout: 60_000 }, async (t) => {
  const sandbox = new TaskSandbox(t);
  const driver = openDriver(sandbox);
  const script = 'sleep 0.2; head -c 5000000 /dev/zero; echo done >&2';
  const task = sandbox.task(driver, { config: { command: '/bin/sh', args: ['-c', script] } });
  const { handle, kill } = await startElsewhere(t, { sandbox, task, noCgroups: false });
  await kill();
  await eventually('the task is done', () => sandbox.output('stderr').toString() === 'done\n');
  assert.equal(sandbox.output().length, 5_000_000);
  await driver.recover(task.id, handle);
  assert.equal((await driver.wait(task.id, never)).exitCode, 0);
});

test('a handle of an earlier start does not get hold of a later task in the same place', async (t) => {
  const sandbox = new TaskSandbox(t);
  const driver = openDriver(sandbox);
  const first = sandbox.task(driver, { config: { command: 'sleep', args: ['1000'] } });
  const { handle } = await driver.start(first);
  await driver.stop(first.id, { signal: 'SIGKILL', timeoutMs: 1000 });
  const second = { ...first, id: `${first.id}0` };
  await driver.start(second);
  await driver.destroy(first.id);
  await assert.rejects(openDriver(sandbox).recover(first.id, handle), /another one runs in its place/);
  await driver.stop(second.id, { signal: 'SIGTERM', timeoutMs: 10_000 });
  assert.equal((await driver.wait(second.id, never)).signal, 15);
});

test('a start kills what an agent that died in between had started in the same place', {
  timeout: 60_000,
}, async (t) => {
  const sandbox = new TaskSandbox(t);
  const driver = openDriver(sandbox);
  const task = sandbox.task(driver, { config: { command: 'sleep', args: ['1000'] } });
  const { kill } = await startElsewhere(t, { sandbox, task, noCgroups: false });
  await kill();
  const [former] = sandbox.supervisorsLeft();
  assert.ok(former);
  await driver.start(task);
  const now = sandbox.supervisorsLeft();
  assert.equal(now.length, 1);
  assert.notEqual(now[0], former);
});
