// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AllocatedTaskResources, LogConfig, zero } from '@serai/api';
import { AppError, type Logger, nullLogger } from '#base';
import { VirtualClock } from '#testing';
import type { TaskStart } from '../contract.ts';
import { MockDriver } from './mock-driver.ts';

const never = new AbortController().signal;
const seconds = 1000;

function newDriver(clock: VirtualClock, log: Logger = nullLogger): MockDriver {
  return new MockDriver({ enabled: true, fsIsolation: 'none' }, { clock, log });
}

function taskOf(driver: MockDriver, config: Record<string, unknown>, allocDir = '/nonexistent'): TaskStart {
  const taskDir = join(allocDir, 'web');
  return {
    id: 'alloc/web/00000001',
    allocId: 'alloc',
    taskName: 'web',
    jobName: 'job',
    user: '',
    env: {},
    config: driver.parseConfig(config),
    paths: {
      sharedDir: join(allocDir, 'alloc'),
      taskDir,
      localDir: join(taskDir, 'local'),
      secretsDir: join(taskDir, 'secrets'),
      logDir: join(allocDir, 'alloc', 'logs'),
      stateDir: join(allocDir, 'state'),
    },
    resources: zero(AllocatedTaskResources),
    logs: zero(LogConfig),
  };
}

async function begin(config: Record<string, unknown>) {
  const clock = new VirtualClock();
  const driver = newDriver(clock);
  const task = taskOf(driver, config);
  const { handle } = await driver.start(task);
  const result = driver.wait(task.id, never);
  let ended = false;
  const mark = result.then(() => {
    ended = true;
  });
  return { clock, driver, id: task.id, handle, result, mark, ended: () => ended };
}

test('it runs exactly as long as it was told', async () => {
  const { clock, result, ended } = await begin({ run_for: '5s', exit_code: 3 });
  await clock.advance(5 * seconds - 1);
  assert.equal(ended(), false);
  await clock.advance(1);
  assert.deepEqual(await result, { exitCode: 3, signal: 0, oomKilled: false });
});

test('it can seem to die of a signal, or of something nobody knows', async () => {
  assert.deepEqual(await (await begin({ exit_signal: 11 })).result, {
    exitCode: 139,
    signal: 11,
    oomKilled: false,
  });
  const unknown = await (await begin({ exit_code: 1, exit_err_msg: 'lost it' })).result;
  assert.equal(unknown.error, 'lost it');
});

test('a start can fail for good or for now, and can take its time', async () => {
  const clock = new VirtualClock();
  const driver = newDriver(clock);
  for (const [recoverable, code] of [
    [false, 'invalid'],
    [true, 'unavailable'],
  ] as const) {
    const config = { start_error: 'no luck', start_error_recoverable: recoverable, start_block_for: '2s' };
    const start = driver.start(taskOf(driver, config));
    start.catch(() => {});
    await clock.waitForTimers(1);
    await clock.advance(2 * seconds);
    await assert.rejects(start, (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, code);
      assert.equal(error.message, 'no luck');
      return true;
    });
  }
});

test('it takes as long to stop as kill_after says, but not longer than the timeout', async () => {
  const slow = await begin({ run_for: '1h', kill_after: '3s' });
  const stopped = slow.driver.stop(slow.id, { signal: 'SIGTERM', timeoutMs: 10 * seconds });
  await slow.clock.advance(2999);
  assert.equal(slow.ended(), false);
  await slow.clock.advance(1);
  await stopped;
  assert.equal((await slow.result).signal, 15);
  assert.equal(slow.clock.pendingTimers, 0);

  const stubborn = await begin({ run_for: '1h', kill_after: '1h' });
  const killed = stubborn.driver.stop(stubborn.id, { signal: 'SIGTERM', timeoutMs: 10 * seconds });
  await stubborn.clock.advance(10 * seconds);
  await killed;
  assert.equal((await stubborn.result).signal, 9);
});

test('a signal can fail', async () => {
  const { driver, id } = await begin({ run_for: '1h', signal_error: 'not today' });
  await assert.rejects(driver.signal(id, 'SIGHUP'), /not today/);
});

test('its plugin can crash', async () => {
  const { clock, result } = await begin({ run_for: '1h', plugin_exit_after: '5s' });
  await clock.advance(5 * seconds);
  assert.equal((await result).error, 'plugin has shut down');
});

test('after a recovery it ends when it would have ended anyway', async () => {
  const { clock, handle, id } = await begin({ run_for: '10s', exit_code: 7 });
  await clock.advance(4 * seconds);
  const second = newDriver(clock);
  await second.recover(id, JSON.parse(JSON.stringify(handle)));
  const result = second.wait(id, never);
  await clock.advance(6 * seconds);
  assert.equal((await result).exitCode, 7);

  const third = newDriver(clock);
  await third.recover(id, handle);
  assert.equal((await third.wait(id, never)).exitCode, 7);
});

test('destroy leaves no timer', async () => {
  const { clock, driver, id, result } = await begin({
    run_for: '1h',
    stdout_string: 'x',
    plugin_exit_after: '2h',
  });
  await driver.destroy(id);
  assert.equal((await result).signal, 9);
  assert.equal(clock.pendingTimers, 0);
});

function allocDirectory(t: TestContext): string {
  const base = mkdtempSync(join(tmpdir(), 'serai-mock-'));
  t.after(() => rmSync(base, { recursive: true }));
  mkdirSync(join(base, 'alloc', 'logs'), { recursive: true });
  return base;
}

/** Until the text is there; file access takes real time. */
async function until(read: () => string, text: string): Promise<void> {
  while (read() !== text) await new Promise((resolve) => setImmediate(resolve));
}

test('it prints again and again', { timeout: 10_000 }, async (t) => {
  const base = allocDirectory(t);
  const clock = new VirtualClock();
  const driver = newDriver(clock);
  const config = { run_for: '1h', stdout_string: 'tick\n', stdout_repeat: 2, stdout_repeat_duration: '1s' };
  const task = taskOf(driver, config, base);
  await driver.start(task);
  const read = (): string => {
    try {
      return readFileSync(join(base, 'alloc/logs/web.stdout.0'), 'utf8');
    } catch {
      return '';
    }
  };
  await until(read, 'tick\n');
  await clock.advance(1 * seconds);
  await until(read, 'tick\ntick\n');
  await clock.advance(60 * seconds);
  await until(read, 'tick\ntick\ntick\n');
  await driver.destroy(task.id);
});

test('it does not print through a planted link, and that is a warning', { timeout: 10_000 }, async (t) => {
  const base = allocDirectory(t);
  symlinkSync(join(base, 'outside'), join(base, 'alloc/logs/web.stderr.0'));
  const warned = Promise.withResolvers<string>();
  const driver = newDriver(new VirtualClock(), { ...nullLogger, warn: (message) => warned.resolve(message) });
  await driver.start(taskOf(driver, { stderr_string: 'x', run_for: '1h' }, base));
  assert.match(await warned.promise, /output of a mock task was lost/);
  assert.throws(() => readFileSync(join(base, 'outside')));
});

test('options of the wrong type are refused by name', () => {
  const driver = newDriver(new VirtualClock());
  assert.throws(
    () => driver.parseConfig({ run_for: 'long' }),
    /"run_for" in config of driver mock_driver must be a duration/,
  );
  assert.throws(() => driver.parseConfig({ exit_code: 256 }), /from 0 to 255/);
  assert.throws(() => driver.parseConfig({ run_fro: '1s' }), /did you mean "run_for"\?/);
});
