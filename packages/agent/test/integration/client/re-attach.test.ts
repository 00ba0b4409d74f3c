// SPDX-License-Identifier: MPL-2.0
// The promise of the client: kill -9 of the agent at any moment leaves every task running, and the next agent knows
// exactly what happened in between.

import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Allocation } from '@serai/api';
import { seededRandom } from '#base';
import { mockAlloc, mockBatchJob, mockJob, mockTask, mockTaskGroup } from '#testing';
import { AgentUnderTest } from './agent-under-test.ts';

const kills = 20;
/** Longest time between two kills. */
const maxLifeMs = 250;
const second = 1_000_000_000;

/** Prints its pid, then numbers without end: 5 lines of 1 KiB every 10 ms, so that the log rotates several times. */
const counter = `
  echo "pid $$"
  pad=$(printf '%01000d' 0)
  i=0
  while :; do
    for k in 1 2 3 4 5; do i=$((i+1)); echo "$i $pad"; done
    sleep 0.01
  done`;

function shellAlloc(script: string): Allocation {
  const once = { Attempts: 0, Interval: 60 * second, Delay: second, Mode: 'fail', RenderTemplates: false };
  const task = mockTask({
    Driver: 'raw_exec',
    Config: { command: '/bin/sh', args: ['-c', script] },
    RestartPolicy: once,
    LogConfig: { MaxFiles: 100, MaxFileSizeMB: 1, Disabled: false },
    KillTimeout: second,
  });
  const job = mockBatchJob();
  const group = mockTaskGroup({ Networks: null, Migrate: null, RestartPolicy: once, Tasks: [task] });
  return mockAlloc({ Job: mockJob({ Type: 'batch', ID: job.ID, TaskGroups: [group] }) });
}

async function readLog(dir: string, allocId: string): Promise<string> {
  const logs = join(dir, 'alloc', allocId, 'alloc', 'logs');
  const names = (await readdir(logs)).filter((name) => /^web\.stdout\.\d+$/.test(name));
  names.sort((a, b) => Number(a.split('.')[2]) - Number(b.split('.')[2]));
  return (await Promise.all(names.map((name) => readFile(join(logs, name), 'utf8')))).join('');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function taskOf(alloc: Allocation) {
  const state = alloc.TaskStates?.['web'];
  assert.ok(state);
  return state;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test('tasks outlive twenty kills of the agent: same pid, right exit codes, no gap in the log', async (t) => {
  const random = seededRandom('re-attach');
  const agent = await AgentUnderTest.create(t);
  await agent.start();
  const { nodeId } = agent;
  const counting = shellAlloc(counter);
  agent.put(counting);
  await agent.untilReport(counting.ID, (alloc) => alloc.ClientStatus === 'running');
  const pid = Number(/^pid (\d+)$/m.exec(await untilLogged(agent.dir, counting.ID))?.[1]);
  assert.ok(pid > 0);

  const ending: { readonly alloc: Allocation; readonly code: number }[] = [];
  for (let kill = 0; kill < kills; kill++) {
    // ends while no agent runs, with a code of its own
    const code = 10 + kill;
    const alloc = shellAlloc(`sleep 0.1; exit ${code}`);
    agent.put(alloc);
    ending.push({ alloc, code });
    // half of them are killed at any moment, also in the middle of the start
    if (kill % 2 === 0) await agent.untilReport(alloc.ID, (report) => report.ClientStatus === 'running');
    else await sleep(random.int(maxLifeMs));
    await agent.kill();
    assert.ok(isAlive(pid), `the counter died with kill ${kill + 1}`);
    if (kill % 4 === 0) await sleep(150);
    await agent.start();
    assert.equal(agent.nodeId, nodeId, 'the node keeps its id');
  }

  for (const { alloc, code } of ending) {
    const end = await agent.untilReport(alloc.ID, (report) => report.ClientStatus === 'failed');
    const events = taskOf(end).Events ?? [];
    assert.equal(events.findLast((event) => event.Type === 'Terminated')?.ExitCode, code);
  }
  assert.ok(isAlive(pid));
  const running = await agent.untilReport(counting.ID, (alloc) => alloc.ClientStatus === 'running');
  assert.equal(taskOf(running).Restarts, 0);

  agent.put({ ...counting, DesiredStatus: 'stop' });
  await agent.untilReport(counting.ID, (alloc) => alloc.ClientStatus === 'complete');
  assert.ok(!isAlive(pid), 'the stopped task is gone');
  const lines = (await readLog(agent.dir, counting.ID)).split('\n').slice(0, -1);
  assert.equal(lines.filter((line) => line.startsWith('pid ')).length, 1, 'started once');
  const numbers = lines.slice(1).map((line) => Number.parseInt(line, 10));
  assert.ok(numbers.length > 100);
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => i + 1),
  );
});

test('a process that no note and no server leads to is ended, one with a corrupt note runs once', async (t) => {
  const agent = await AgentUnderTest.create(t);
  await agent.start();
  const lost = shellAlloc('echo "pid $$"; exec sleep 300');
  const damaged = shellAlloc('echo "pid $$"; exec sleep 300');
  const pids = new Map<string, number>();
  for (const alloc of [lost, damaged]) {
    agent.put(alloc);
    await agent.untilReport(alloc.ID, ({ ClientStatus }) => ClientStatus === 'running');
    pids.set(alloc.ID, Number(/^pid (\d+)$/m.exec(await untilLogged(agent.dir, alloc.ID))?.[1]));
  }
  await agent.kill();
  await rm(join(agent.dir, 'client', 'allocs', `${lost.ID}.json`));
  await writeFile(join(agent.dir, 'client', 'allocs', `${damaged.ID}.json`), 'garbage');
  agent.forget(lost.ID);
  agent.reports.length = 0;
  await agent.start();
  await agent.untilReport(damaged.ID, ({ ClientStatus }) => ClientStatus === 'running');
  for (const pid of pids.values()) await untilGone(pid);
  const log = await readLog(agent.dir, damaged.ID);
  assert.equal(log.match(/^pid \d+$/gm)?.length, 2, 'started again, after the first one was ended');
});

async function untilGone(pid: number): Promise<void> {
  for (let tries = 0; isAlive(pid); tries++) {
    assert.ok(tries < 500, `process ${pid} still runs`);
    await sleep(10);
  }
}

/** The log once it has its first line. */
async function untilLogged(dir: string, allocId: string): Promise<string> {
  for (;;) {
    const text = await readLog(dir, allocId).catch(() => '');
    if (text.includes('\n')) return text;
    await sleep(10);
  }
}
