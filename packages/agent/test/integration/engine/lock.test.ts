// SPDX-License-Identifier: MPL-2.0
// One process per state directory; a lock dies with its process.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nullLogger } from '#base';
import { EmbeddedEngine } from '#engine';

const program = fileURLToPath(new URL('../../fixtures/engine/commit-loop.ts', import.meta.url));

test('a second process is told who has the directory, changes nothing, and gets it when the first was killed', async (t) => {
  const directory = await mkdtemp(`${tmpdir()}/serai-lock-`);
  t.after(() => rm(directory, { recursive: true, force: true }));
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  child.stdout.resume();
  for (let i = 0; i < 3; i++) {
    const engine = new EmbeddedEngine({ directory }, { log: nullLogger });
    await assert.rejects(engine.open(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'conflict');
      assert.equal(
        error.message,
        `state directory "${directory}" is in use by the process with pid ${child.pid}: stop that agent or give this one another data_dir`,
      );
      return true;
    });
    await engine.close();
  }
  assert.equal(child.exitCode, null, 'the first process goes on');
  child.kill('SIGKILL');
  await exited;
  const engine = new EmbeddedEngine({ directory }, { log: nullLogger });
  const { index, rows } = await engine.open();
  for await (const _row of rows);
  assert.ok(index > 0);
  await engine.close();
  for (const name of await readdir(directory)) {
    assert.equal((await stat(`${directory}/${name}`)).mode & 0o077, 0, name);
  }
});
