// SPDX-License-Identifier: MPL-2.0
// kill -9 in the middle of writes: no acknowledged write is lost, nothing half written comes back.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nullLogger, type Random, seededRandom } from '#base';
import { EmbeddedEngine } from '#engine';
import { ExpectedRows } from '../../fixtures/engine/commit-plan.ts';

const kills = 60;
const maxAcknowledged = 150;
const program = fileURLToPath(new URL('../../fixtures/engine/commit-loop.ts', import.meta.url));

/** Runs the loop, kills it after a random number of acknowledgements; returns the last index it acknowledged. */
async function runAndKill(directory: string, random: Random): Promise<number> {
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let left = 1 + random.int(maxAcknowledged);
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    left -= 1;
    if (left === 0) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL');
  return last;
}

test(`no acknowledged write is lost in ${kills} kills`, { timeout: 120_000 }, async (t) => {
  const directory = await mkdtemp(`${tmpdir()}/serai-crash-`);
  t.after(() => rm(directory, { recursive: true, force: true }));
  const seed = process.env['SERAI_TEST_SEED'] ?? String(process.pid);
  t.diagnostic(`SERAI_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  const expected = new ExpectedRows();
  for (let kill = 0; kill < kills; kill++) {
    const acknowledged = await runAndKill(directory, random);
    // Every third time the next child finds what the crash left, unrepaired.
    if (kill % 3 === 2 && kill < kills - 1) continue;
    const engine = new EmbeddedEngine({ directory }, { log: nullLogger });
    const { index, rows } = await engine.open();
    assert.ok(index >= acknowledged, `index ${index} after acknowledging ${acknowledged}`);
    assert.ok(
      index <= acknowledged + 1,
      `index ${index}, but only one batch can be in flight after ${acknowledged}`,
    );
    expected.advance(index);
    const found = new Map<string, string>();
    for await (const { key, value } of rows) found.set(key, Buffer.from(value).toString('utf8'));
    assert.deepEqual(new Map([...found].sort()), new Map([...expected.rows].sort()));
    await engine.close();
  }
});
