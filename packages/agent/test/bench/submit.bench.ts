// SPDX-License-Identifier: MPL-2.0
// From the submission of a job over HTTP to its raw_exec task running, as a user sees it: the built program, one job at a
// time, and twenty at once.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '../../../..');
const directory = mkdtempSync(join(tmpdir(), 'serai-submit-'));
/** Nobody else listens there. */
const host = `127.${90 + (process.pid % 40)}.${1 + (process.pid % 200)}.9`;
const address = `http://${host}:4646`;
const oneByOne = 60;
const atOnce = 20;

function job(id: string): string {
  const task = {
    Name: 't',
    Driver: 'raw_exec',
    Config: { command: '/bin/sleep', args: ['300'] },
    Resources: { CPU: 1, MemoryMB: 10 },
  };
  const group = { Name: 'g', Count: 1, Tasks: [task] };
  return JSON.stringify({
    Job: { ID: id, Type: 'service', Datacenters: ['*'], Update: { MaxParallel: 0 }, TaskGroups: [group] },
  });
}

/** Milliseconds until the job's allocation runs; waits with blocking queries. */
async function submit(id: string): Promise<number> {
  const started = performance.now();
  const answer = await fetch(`${address}/v1/jobs`, { method: 'PUT', body: job(id) });
  if (!answer.ok) throw new Error(await answer.text());
  let index = '0';
  for (;;) {
    const response = await fetch(`${address}/v1/job/${id}/allocations?index=${index}&wait=5s`);
    index = response.headers.get('x-nomad-index') ?? '0';
    const [alloc] = (await response.json()) as { ClientStatus: string }[];
    if (alloc?.ClientStatus === 'running') return performance.now() - started;
    if (alloc?.ClientStatus === 'failed') throw new Error(`job ${id} failed`);
  }
}

async function ready(): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const nodes = await fetch(`${address}/v1/nodes`)
      .then((response) => response.json())
      .catch(() => []);
    if ((nodes as { Status: string }[]).some((node) => node.Status === 'ready')) return;
    await sleep(100);
  }
  throw new Error('no ready node after 30 s');
}

const agent = spawn(
  join(root, 'serai'),
  ['agent', '-dev', `-data-dir=${directory}/data`, `-bind=${host}`, '-log-level=error'],
  { stdio: 'ignore' },
);
try {
  await ready();
  const times: number[] = [];
  for (let i = 0; i < oneByOne; i++) times.push(await submit(`one-${i}`));
  times.sort((a, b) => a - b);
  const at = (part: number): string => (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
  console.log(`submit to running, one at a time: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms`);
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, (_, i) => submit(`many-${i}`)));
  console.log(`${atOnce} jobs at once, all running after ${Math.round(performance.now() - started)} ms`);
} finally {
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  agent.kill('SIGTERM');
  await ended;
  rmSync(directory, { recursive: true, force: true });
}
