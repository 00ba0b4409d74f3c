// SPDX-License-Identifier: MPL-2.0
// What every task driver must do. Each driver's test calls `driverSuite` with a harness that says how its tasks are
// made to behave.

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { AppError, type ErrorCode } from '#base';
import type { ExitResult, StartedTask, TaskDriver, TaskStart } from '#drivers';
import { eventually, TaskSandbox } from './task-sandbox.ts';

export type Behaviour =
  | { readonly kind: 'exit'; readonly code: number }
  /** ends by a signal that nobody sent through the driver */
  | { readonly kind: 'die'; readonly signal: number }
  /** runs until it is told to stop, and dies of the first signal */
  | { readonly kind: 'run' }
  /** ends by itself with this code after some 100 ms */
  | { readonly kind: 'run-briefly'; readonly code: number }
  /** does not care about SIGTERM and SIGINT, from when it has printed `ready` */
  | { readonly kind: 'stubborn' }
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'unstartable' };

export interface DriverHarness {
  /** A driver as it is in a fresh agent: knows none of the tasks that others have started. */
  open(sandbox: TaskSandbox): TaskDriver;
  /** The same, turned off by configuration. */
  openDisabled(sandbox: TaskSandbox): TaskDriver;
  config(behaviour: Behaviour): Readonly<Record<string, unknown>>;
}

const seconds = 1000;

interface Fixture {
  readonly sandbox: TaskSandbox;
  readonly driver: TaskDriver;
  begin(behaviour: Behaviour, overrides?: Partial<TaskStart>): Promise<{ id: string } & StartedTask>;
  /** as after an agent's restart */
  reopen(): TaskDriver;
}

function fixtureOf(harness: DriverHarness, t: TestContext): Fixture {
  const sandbox = new TaskSandbox(t);
  const driver = harness.open(sandbox);
  const drivers = [driver];
  const ids: string[] = [];
  t.after(async () => {
    for (const opened of drivers) for (const id of ids) await opened.destroy(id);
  });
  return {
    sandbox,
    driver,
    begin: async (behaviour, overrides = {}) => {
      const { config: _, logs: __, ...rest } = overrides;
      const task = sandbox.task(driver, { ...rest, config: harness.config(behaviour) });
      ids.push(task.id);
      return { id: task.id, ...(await driver.start(task)) };
    },
    reopen: () => {
      const opened = harness.open(sandbox);
      drivers.push(opened);
      return opened;
    },
  };
}

const never = new AbortController().signal;

function plain(result: ExitResult): unknown {
  return { exitCode: result.exitCode, signal: result.signal };
}

async function failsWith(code: ErrorCode, work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AppError, `expected an AppError, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

export function driverSuite(name: string, harness: DriverHarness): void {
  suite(`driver ${name}: start and end`, () => startAndEnd(harness));
  suite(`driver ${name}: stop and signal`, () => stopAndSignal(harness));
  suite(`driver ${name}: recovery`, () => recovery(harness));
  suite(`driver ${name}: what is refused`, () => refusals(harness, name));
}

function startAndEnd(harness: DriverHarness): void {
  test('exit codes are told as they are', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    for (const code of [0, 1, 2, 137, 255]) {
      const { id } = await begin({ kind: 'exit', code });
      const result = await driver.wait(id, never);
      assert.deepEqual(plain(result), { exitCode: code, signal: 0 });
      assert.equal(result.error, undefined);
      assert.equal(result.oomKilled, false);
      await driver.destroy(id);
    }
  });

  test('a death by signal is not an exit with 128 + signal, though the code is the same', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    for (const signal of [9, 15, 11]) {
      const { id } = await begin({ kind: 'die', signal });
      assert.deepEqual(plain(await driver.wait(id, never)), { exitCode: 128 + signal, signal });
      await driver.destroy(id);
    }
  });

  test('many can wait, also after the end, and a waiter can give up', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'run' });
    const impatient = new AbortController();
    const waits = [driver.wait(id, never), driver.wait(id, never)];
    const given = driver.wait(id, impatient.signal);
    impatient.abort(new Error('gave up'));
    await assert.rejects(given, /gave up/);
    await driver.stop(id, { signal: 'SIGKILL', timeoutMs: 5 * seconds });
    const results = [...(await Promise.all(waits)), await driver.wait(id, never)];
    for (const result of results) assert.deepEqual(plain(result), { exitCode: 137, signal: 9 });
    await assert.rejects(driver.wait(id, AbortSignal.abort(new Error('at once'))), /at once/);
  });

  test('output is in the log file', async (t) => {
    const { driver, begin, sandbox } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'print', text: 'héllo\n' });
    await driver.wait(id, never);
    assert.equal(sandbox.output().toString(), 'héllo\n');
  });

  test('statistics are told while it runs and after it', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'run' });
    const running = await driver.stats(id);
    assert.ok((running.ResourceUsage?.MemoryStats?.RSS ?? -1) >= 0);
    assert.ok((running.ResourceUsage?.CpuStats?.Percent ?? -1) >= 0);
    assert.ok(running.Timestamp > 0);
    await driver.stop(id, { signal: 'SIGKILL', timeoutMs: 5 * seconds });
    assert.equal((await driver.stats(id)).ResourceUsage?.MemoryStats?.RSS, 0);
  });

  test('twenty start at once and each has its own result', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    const codes = Array.from({ length: 20 }, (_, index) => index);
    const started = await Promise.all(codes.map((code) => begin({ kind: 'exit', code })));
    const results = await Promise.all(started.map(({ id }) => driver.wait(id, never)));
    assert.deepEqual(
      results.map(({ exitCode }) => exitCode),
      codes,
    );
    await Promise.all(started.map(({ id }) => driver.destroy(id)));
  });

  test('destroy kills what runs, forgets it, and may be called twice', async (t) => {
    const { driver, begin, sandbox } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'run' });
    await driver.destroy(id);
    await driver.destroy(id);
    await failsWith('not-found', driver.wait(id, never));
    await failsWith('not-found', driver.stats(id));
    assert.deepEqual(sandbox.supervisorsLeft(), []);
  });
}

function stopAndSignal(harness: DriverHarness): void {
  test('stop sends the signal that was asked for', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    for (const [signal, number] of [
      ['SIGTERM', 15],
      ['SIGUSR1', 10],
      ['sigquit', 3],
    ] as const) {
      const { id } = await begin({ kind: 'run' });
      await driver.stop(id, { signal, timeoutMs: 10 * seconds });
      assert.deepEqual(plain(await driver.wait(id, never)), { exitCode: 128 + number, signal: number });
    }
  });

  test('without a signal, stop sends SIGINT', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'run' });
    await driver.stop(id, { signal: '', timeoutMs: 10 * seconds });
    assert.equal((await driver.wait(id, never)).signal, 2);
  });

  test('what ignores the signal is killed after the timeout', async (t) => {
    const { driver, begin, sandbox } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'stubborn' });
    await eventually('the task is ready', () => sandbox.output().includes('ready'));
    await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 200 });
    assert.deepEqual(plain(await driver.wait(id, never)), { exitCode: 137, signal: 9 });
  });

  test('stopping what has ended is done at once, and changes nothing', async (t) => {
    const { driver, begin } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'exit', code: 3 });
    await driver.wait(id, never);
    await driver.stop(id, { signal: 'SIGTERM', timeoutMs: 60 * seconds });
    assert.deepEqual(plain(await driver.wait(id, never)), { exitCode: 3, signal: 0 });
  });

  test('a signal reaches a running task only', async (t) => {
    const { driver, begin, sandbox } = fixtureOf(harness, t);
    const { id } = await begin({ kind: 'stubborn' });
    await eventually('the task is ready', () => sandbox.output().includes('ready'));
    await driver.signal(id, 'SIGTERM');
    await failsWith('invalid', driver.signal(id, 'SIGNONSENSE'));
    await driver.stop(id, { signal: 'SIGKILL', timeoutMs: 5 * seconds });
    await failsWith('not-found', driver.signal(id, 'SIGTERM'));
  });
}

function recovery(harness: DriverHarness): void {
  test('a running task is found again and can be stopped by another agent', async (t) => {
    const { begin, reopen } = fixtureOf(harness, t);
    const { id, handle } = await begin({ kind: 'run' });
    const second = reopen();
    await second.recover(id, JSON.parse(JSON.stringify(handle)));
    await second.recover(id, handle);
    await second.stop(id, { signal: 'SIGTERM', timeoutMs: 10 * seconds });
    assert.equal((await second.wait(id, never)).signal, 15);
    await second.destroy(id);
  });

  test('an exit that nobody watched is told with its own code', async (t) => {
    const { begin, driver, reopen } = fixtureOf(harness, t);
    const { id, handle } = await begin({ kind: 'run-briefly', code: 42 });
    await driver.wait(id, never);
    const second = reopen();
    await second.recover(id, handle);
    assert.deepEqual(plain(await second.wait(id, never)), { exitCode: 42, signal: 0 });
    await failsWith('not-found', second.signal(id, 'SIGTERM'));
  });

  test('a handle is small JSON and holds nothing of the environment', async (t) => {
    const { begin } = fixtureOf(harness, t);
    const { handle } = await begin({ kind: 'exit', code: 0 }, { env: { TOKEN: 'canary-7f3a' } });
    const text = JSON.stringify(handle);
    assert.ok(Buffer.byteLength(text) < 4096);
    assert.deepEqual(JSON.parse(text), handle);
    assert.doesNotMatch(text, /canary/);
  });

  test('without a usable handle there is nothing to recover', async (t) => {
    const { sandbox, driver } = fixtureOf(harness, t);
    for (const handle of [null, undefined, {}, 'x', 7, [], { version: 99 }])
      await failsWith('not-found', driver.recover(`${sandbox.allocId}/web/ffffffff`, handle));
  });
}

function refusals(harness: DriverHarness, name: string): void {
  test('what can not be started is an error, and the same id can be used for the next attempt', async (t) => {
    const { driver, sandbox } = fixtureOf(harness, t);
    const broken = sandbox.task(driver, { config: harness.config({ kind: 'unstartable' }) });
    await failsWith('invalid', driver.start(broken));
    await failsWith('not-found', driver.wait(broken.id, never));
    const fixed = { ...broken, config: driver.parseConfig(harness.config({ kind: 'exit', code: 0 })) };
    await driver.start(fixed);
    assert.equal((await driver.wait(fixed.id, never)).exitCode, 0);
  });

  test('one id is one task', async (t) => {
    const { driver, sandbox } = fixtureOf(harness, t);
    const task = sandbox.task(driver, { config: harness.config({ kind: 'run' }) });
    await driver.start(task);
    await failsWith('conflict', driver.start(task));
    await driver.destroy(task.id);
  });

  test('an unknown key of the configuration is named, with the one that was meant', async (t) => {
    const { driver } = fixtureOf(harness, t);
    const [known = ''] = Object.keys(harness.config({ kind: 'run' }));
    const misspelt = `${known.slice(0, -1)}x`;
    assert.throws(
      () => driver.parseConfig({ [misspelt]: 'x' }),
      (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'invalid');
        assert.equal(
          error.message,
          `unknown key "${misspelt}" in config of driver ${name}; did you mean "${known}"?`,
        );
        return true;
      },
    );
  });

  test('a driver that is turned off starts nothing and is not reported', async (t) => {
    const sandbox = new TaskSandbox(t);
    const driver = harness.openDisabled(sandbox);
    const task = sandbox.task(driver, { config: harness.config({ kind: 'exit', code: 0 }) });
    await failsWith('denied', driver.start(task));
    const fingerprint = await driver.fingerprint(never);
    assert.equal(fingerprint.health, 'undetected');
    assert.deepEqual(fingerprint.attributes, {});
    const enabled = await harness.open(sandbox).fingerprint(never);
    assert.equal(enabled.health, 'healthy');
    assert.equal(enabled.attributes[`driver.${name}`], '1');
  });
}
