// SPDX-License-Identifier: MPL-2.0
// What running a task costs beside the task itself: time to start one, time from start to known exit, memory of its
// supervisor and in the agent, throughput of its output. Prints one JSON line per figure.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nullLogger, systemClock } from '#base';
import { type SupervisedTask, Supervisor } from '#supervisor';

/** Tasks started one after another for the latencies, the first ones to warm up. */
const starts = 60;
const warmUps = 10;
/** Tasks running side by side for the memory. */
const sleepers = 50;
const floodBytes = 200_000_000;
/** Promised by the design, in KiB per task. */
const memoryBudgetKb = 3 * 1024;

const base = mkdtempSync(join(tmpdir(), 'serai-bench-'));
mkdirSync(join(base, 'alloc', 'logs'), { recursive: true });
const supervisor = new Supervisor({ cacheDir: base }, { clock: systemClock, log: nullLogger });
let count = 0;

function launch(command: string, ...args: string[]): Promise<SupervisedTask> {
  const id = count++;
  return supervisor.launch({
    stateDir: join(base, `state-${id}`),
    label: `bench-${id}`,
    command,
    args: [command, ...args],
    env: { NOMAD_TASK_NAME: 'bench' },
    workDir: '/',
    logs: { root: base, path: 'alloc/logs', name: `task-${id}`, maxFiles: 2, maxFileBytes: 10_000_000 },
    cgroup: `bench-${process.pid}-${id}`,
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function print(figures: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(figures));
}

async function latency(): Promise<void> {
  const started: number[] = [];
  const ended: number[] = [];
  for (let i = 0; i < starts; i++) {
    const t0 = systemClock.monotonicMs();
    const task = await launch('/bin/true');
    const t1 = systemClock.monotonicMs();
    await task.wait();
    if (i < warmUps) continue;
    started.push(t1 - t0);
    ended.push(systemClock.monotonicMs() - t0);
  }
  print({ name: 'start a task', medianMs: Number(median(started).toFixed(2)), runs: started.length });
  print({
    name: 'run /bin/true and know its exit',
    medianMs: Number(median(ended).toFixed(2)),
    runs: ended.length,
  });
}

/** Proportional set size and resident set size of a process, in KiB. */
function memoryOf(pid: number): { pssKb: number; rssKb: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return { pssKb: read('Pss'), rssKb: read('Rss') };
}

async function memory(): Promise<boolean> {
  globalThis.gc?.();
  const before = memoryOf(process.pid).pssKb;
  const tasks = await Promise.all(Array.from({ length: sleepers }, () => launch('/bin/sleep', '1000')));
  try {
    globalThis.gc?.();
    const agentKb = Math.max(0, (memoryOf(process.pid).pssKb - before) / sleepers);
    const each = tasks.map((task) => memoryOf(task.identity.record.supervisorPid));
    const pssKb = median(each.map((one) => one.pssKb));
    const rssKb = median(each.map((one) => one.rssKb));
    const withinBudget = rssKb + agentKb < memoryBudgetKb;
    print({
      name: 'memory per task',
      supervisorRssKb: rssKb,
      supervisorPssKb: pssKb,
      agentKb: Math.round(agentKb),
      withinBudget,
    });
    return withinBudget;
  } finally {
    await Promise.all(tasks.map((task) => task.kill()));
    await Promise.all(tasks.map((task) => task.wait()));
  }
}

async function output(): Promise<void> {
  const t0 = systemClock.monotonicMs();
  const task = await launch('/usr/bin/head', '-c', String(floodBytes), '/dev/zero');
  await task.wait();
  const seconds = (systemClock.monotonicMs() - t0) / 1000;
  print({ name: 'output to rotated files', megabytesPerSecond: Math.round(floodBytes / 1e6 / seconds) });
}

try {
  await supervisor.prepare();
  await latency();
  if (!(await memory())) process.exitCode = 1;
  await output();
} finally {
  rmSync(base, { recursive: true, force: true });
}
