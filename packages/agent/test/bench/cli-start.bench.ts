// SPDX-License-Identifier: MPL-2.0
// Start-up of the command line: `./serai version` and commands against a running agent, beside a program that does
// nothing. Medians of 20 runs. Wanted: version <= 35 ms, job status <= 60 ms.

import { type SpawnSyncOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent } from '#agent';
import { systemClock } from '#base';
import { testAgentOptions } from '../../src/testing/agent-options.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const runs = 20;

const directory = mkdtempSync(join(tmpdir(), 'serai-bench-'));
const agent = new Agent(testAgentOptions(directory), () => {});
await agent.start();
const port = agent.httpAddresses[0]?.port ?? 0;
const env = { ...process.env, NOMAD_ADDR: `http://127.0.0.1:${port}`, NODE_OPTIONS: '' };
// Ambient certificate bundles cost every start of Node 40 ms; the launcher unsets this, the bare one must as well.
delete (env as NodeJS.ProcessEnv)['NODE_EXTRA_CA_CERTS'];
const nothing = join(directory, 'nothing.mjs');
writeFileSync(nothing, '');

/** Milliseconds from the start to the end of a process. The agent lives in this one, so nothing may block it. */
function time(command: string, args: readonly string[]): Promise<number> {
  const options: SpawnSyncOptions = { cwd: root, env, stdio: 'ignore' };
  const start = systemClock.monotonicMs();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(systemClock.monotonicMs() - start);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}`));
    });
  });
}

async function measure(name: string, command: string, args: readonly string[]): Promise<void> {
  // The first run fills the compile cache.
  await time(command, args);
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(await time(command, args));
  times.sort((a, b) => a - b);
  const show = (ms: number | undefined): string => (ms ?? 0).toFixed(1).padStart(6);
  console.log(
    `${name.padEnd(22)} median ${show(times[runs / 2])} ms, fastest ${show(times[0])} ms, slowest ${show(times.at(-1))} ms`,
  );
}

try {
  await measure('node, empty program', process.execPath, [nothing]);
  await measure('serai version', './serai', ['version']);
  await measure('serai job status', './serai', ['job', 'status']);
  await measure('serai node status', './serai', ['node', 'status']);
} finally {
  await agent.stop();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);
