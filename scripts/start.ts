// SPDX-License-Identifier: MPL-2.0
// `npm start`: an agent (server and client in one) with an example job running in it. Stays up until Ctrl-C, which also
// stops the job's tasks. After a kill -9 of the agent the tasks go on; the next `npm start` takes them over.

import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const serai = join(root, 'serai');
const address = process.env['NOMAD_ADDR'] ?? 'http://127.0.0.1:4646';
const job = join(root, 'examples/jobs/hello.nomad.hcl');

/** Longest wait for the agent's node. */
const readyTimeoutMs = 30_000;

async function answers(): Promise<boolean> {
  try {
    const response = await fetch(`${address}/v1/nodes`);
    const nodes = (await response.json()) as { Status: string }[];
    return nodes.some((node) => node.Status === 'ready');
  } catch {
    return false;
  }
}

function show(...args: string[]): void {
  console.log(`\n$ ./serai ${args.join(' ').replace(`${root}/`, '')}`);
  const result = spawnSync(serai, args, { stdio: 'inherit' });
  if (result.status !== 0) console.error(`(exit code ${result.status})`);
}

if (await answers()) {
  console.error(`an agent answers at ${address} already: stop it first`);
  process.exit(1);
}

// Kept when the agent is killed, so that the next start takes the running tasks over.
const dataDir = join(root, '.cache/start');
console.log('$ ./serai agent -dev -data-dir=.cache/start');
const agent = spawn(serai, ['agent', '-dev', `-data-dir=${dataDir}`, ...process.argv.slice(2)], {
  stdio: 'inherit',
  // A group of its own: Ctrl-C reaches it once, through us. A second signal would end it in the middle of stopping.
  detached: true,
});
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    agent.kill(signal);
  });
}
agent.on('exit', (code) => {
  // An agent that ended in order has stopped its tasks: the next start begins afresh.
  if (code === 0) rmSync(dataDir, { recursive: true, force: true });
  process.exit(code ?? 1);
});

const deadline = performance.now() + readyTimeoutMs;
while (!stopping && !(await answers())) {
  if (performance.now() > deadline) {
    console.error(`no ready node at ${address} after ${readyTimeoutMs / 1000} s`);
    agent.kill('SIGTERM');
    break;
  }
  await sleep(100);
}
if (!stopping) {
  show('job', 'run', job);
  show('job', 'status', 'hello');
  console.log(`
The agent stays up; Ctrl-C stops it. In a second terminal:
  ./serai job status hello
  ./serai alloc logs -f -job hello
  ./serai job run examples/jobs/service.nomad.hcl`);
}
