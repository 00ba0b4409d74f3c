// SPDX-License-Identifier: MPL-2.0
// Helpers that misbehave. What real ones do is tested in test/integration/supervisor.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError, type ErrorCode, nullLogger } from '#base';
import { VirtualClock } from '#testing';
import type { LaunchSpec } from './spec.ts';
import { Supervisor } from './supervisor.ts';

interface Fixture {
  readonly clock: VirtualClock;
  readonly supervisor: Supervisor;
  readonly spec: LaunchSpec;
  readonly stateDir: string;
}

/** A supervisor whose helper is a script of the shell. */
function withHelper(t: TestContext, script: string): Fixture {
  const base = mkdtempSync(join(tmpdir(), 'serai-supervisor-'));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const helperPath = join(base, 'helper');
  writeFileSync(helperPath, `#!/bin/sh\n${script}\n`);
  chmodSync(helperPath, 0o755);
  const clock = new VirtualClock();
  const supervisor = new Supervisor(
    { cacheDir: base, helperPath, cgroupRoot: 'none' },
    { clock, log: nullLogger },
  );
  const stateDir = join(base, 'state');
  const spec = { stateDir, label: 'x', command: '/bin/true', args: ['true'], env: {}, workDir: '/' };
  return { clock, supervisor, spec, stateDir };
}

async function failsWith(code: ErrorCode, work: Promise<unknown>, pattern: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  });
}

test('a helper that ends without a word is an error', async (t) => {
  const { supervisor, spec } = withHelper(t, 'exit 3');
  await failsWith('internal', supervisor.launch(spec), /ended without an answer/);
});

test('a helper that is not there is an error', async (t) => {
  const { spec, clock, stateDir } = withHelper(t, '');
  const options = { cacheDir: stateDir, helperPath: '/no/such/helper', cgroupRoot: 'none' };
  await failsWith(
    'internal',
    new Supervisor(options, { clock, log: nullLogger }).launch(spec),
    /can't run the supervisor \/no\/such\/helper/,
  );
});

test('an answer that makes no sense is an error', async (t) => {
  for (const answer of ['hello', 'ok 1 2 3', 'ok a b c d', 'error exec', 'ok 1 2 3 4 5'])
    await failsWith(
      'internal',
      withHelper(t, `cat > /dev/null; echo "${answer}"`).supervisor.launch(withHelper(t, '').spec),
      /makes no sense/,
    );
});

test('a reported failure is the error of the launch', async (t) => {
  const { supervisor, spec } = withHelper(t, 'cat > /dev/null; echo "error exec 2"');
  await failsWith('invalid', supervisor.launch(spec), /can't execute "\/bin\/true": it does not exist/);
});

test('a helper that never answers is killed after the time a start may take', async (t) => {
  const { supervisor, spec, clock } = withHelper(t, 'exec sleep 1000');
  const launch = supervisor.launch(spec);
  launch.catch(() => {});
  await clock.waitForTimers(1);
  await clock.advance(30_000);
  await failsWith('timeout', launch, /did not start within 30 s/);
});

test('nothing can be attached to where nothing is, or where the record is damaged', async (t) => {
  const { supervisor, stateDir } = withHelper(t, '');
  await failsWith('not-found', supervisor.attach(stateDir), /state directory is gone/);
  mkdirSync(stateDir);
  writeFileSync(join(stateDir, 'pid'), 'pid=1\nsta');
  await failsWith('not-found', supervisor.attach(stateDir), /state directory is gone/);
});

const oldBoot = 'pid=1\nstart=1\nsupervisor=1\nsupervisor_start=1\nboot=another-boot\n';

test('a task of an earlier boot has an unknown end, and no process of this boot is touched for it', async (t) => {
  const { supervisor, stateDir } = withHelper(t, '');
  mkdirSync(stateDir);
  writeFileSync(join(stateDir, 'pid'), oldBoot);
  const task = await supervisor.attach(stateDir);
  assert.equal(task.isRunning(), false);
  assert.deepEqual(await task.wait(), {
    exitCode: -1,
    signal: 0,
    maxRssBytes: 0,
    droppedLogBytes: 0,
    error: 'supervisor was killed; exit status unknown',
  });
  await task.kill();
  await failsWith('not-found', task.signal(9), /not running/);
  assert.deepEqual(await task.usage(), { processes: [], rssBytes: 0, userMs: 0, systemMs: 0 });
});

test('an exit that was recorded is told, however long ago it was', async (t) => {
  const { supervisor, stateDir } = withHelper(t, '');
  mkdirSync(stateDir);
  writeFileSync(join(stateDir, 'pid'), oldBoot);
  writeFileSync(
    join(stateDir, 'exit'),
    'status=9\nmaxrss_kb=4\nuser_us=0\nsystem_us=0\ndropped_log_bytes=7\n',
  );
  const task = await supervisor.attach(stateDir);
  assert.deepEqual(await task.wait(), { exitCode: 137, signal: 9, maxRssBytes: 4096, droppedLogBytes: 7 });
  await supervisor.forget(task);
  assert.equal(existsSync(join(stateDir, 'exit')), false);
});
