// SPDX-License-Identifier: MPL-2.0
// What an idle agent takes, and what each raw_exec task adds beside the task itself. The built program, as a user has it.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '../../../..');
const directory = mkdtempSync(join(tmpdir(), 'serai-memory-'));
/** Nobody else listens there. */
const host = `127.${40 + (process.pid % 40)}.${1 + (process.pid % 200)}.7`;
const address = `http://${host}:4646`;
const taskCount = 20;

interface Usage {
  readonly rssKb: number;
  readonly pssKb: number;
}

function usageOf(pid: number): Usage {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);
  return { rssKb: field('Rss'), pssKb: field('Pss') };
}

function supervisors(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('serai-supervis') &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/memory-task/')
        );
      } catch {
        return false;
      }
    });
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await check().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`no ${what} after 30 s`);
    await sleep(50);
  }
}

const started = performance.now();
const agent = spawn(
  join(root, 'serai'),
  ['agent', '-dev', `-data-dir=${directory}/data`, `-bind=${host}`, '-log-level=error'],
  { stdio: 'ignore' },
);
try {
  await until('HTTP answer', async () => (await fetch(`${address}/v1/status/leader`)).ok);
  console.log(`agent start to HTTP answer: ${Math.round(performance.now() - started)} ms`);
  await until('ready node', async () => {
    const nodes = (await (await fetch(`${address}/v1/nodes`)).json()) as { Status: string }[];
    return nodes.some((node) => node.Status === 'ready');
  });
  console.log(`agent start to ready node: ${Math.round(performance.now() - started)} ms`);
  await sleep(10_000);
  const pid = agent.pid ?? 0;
  const idle = usageOf(pid);
  console.log(`idle agent (server and client): ${(idle.rssKb / 1024).toFixed(1)} MB RSS`);

  const task = {
    Name: 'memory-task',
    Driver: 'raw_exec',
    Config: { command: '/bin/sleep', args: ['600'] },
    Resources: { CPU: 1, MemoryMB: 10 },
    LogConfig: { MaxFiles: 1, MaxFileSizeMB: 1 },
  };
  const job = {
    ID: 'memory',
    Type: 'service',
    Datacenters: ['*'],
    Update: { MaxParallel: 0 },
    TaskGroups: [{ Name: 'g', Count: taskCount, Tasks: [task], EphemeralDisk: { SizeMB: 10 } }],
  };
  await fetch(`${address}/v1/jobs`, { method: 'PUT', body: JSON.stringify({ Job: job }) });
  await until('running tasks', async () => supervisors().length >= taskCount);
  await sleep(5_000);
  const helpers = supervisors().map(usageOf);
  const rssKb = helpers.reduce((sum, usage) => sum + usage.rssKb, 0) / helpers.length;
  const agentKb = (usageOf(pid).rssKb - idle.rssKb) / helpers.length;
  console.log(
    `per raw_exec task: supervisor ${Math.round(rssKb)} kB RSS, agent ${Math.round(agentKb)} kB more (${helpers.length} tasks)`,
  );
} finally {
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  agent.kill('SIGTERM');
  await ended;
  rmSync(directory, { recursive: true, force: true });
}
