// SPDX-License-Identifier: MPL-2.0
// One task by itself, with a driver whose processes the test ends.

import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { make, Node, type Task } from '@serai/api';
import fc from 'fast-check';
import { AppError, nullLogger, nullMetrics, seededRandom } from '#base';
import {
  advanceUntil,
  FakeDriver,
  FakeDrivers,
  fakeAlloc,
  fakeTask,
  restartPolicy,
  VirtualClock,
} from '#testing';
import type { TaskRecord } from '../store/alloc-record.ts';
import { AllocDir } from '../task/alloc-dir.ts';
import { TaskRunner } from './task-runner.ts';

const second = 1_000_000_000;

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'serai-task-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

interface SetUpOptions {
  readonly dir: string;
  readonly task?: Partial<Task>;
  readonly record?: TaskRecord;
  readonly driver?: FakeDriver;
  readonly onChange?: (change: { urgent: boolean }) => Promise<void>;
}

async function setUp(options: SetUpOptions) {
  const clock = new VirtualClock();
  const driver = options.driver ?? new FakeDriver();
  const alloc = fakeAlloc([fakeTask('web', { RestartPolicy: restartPolicy(), ...options.task })]);
  const allocDir = new AllocDir({
    allocRoot: options.dir,
    stateRoot: join(options.dir, 'state'),
    allocId: alloc.ID,
  });
  await allocDir.build(['web']);
  const reaped: string[] = [];
  const runner = new TaskRunner(
    {
      region: 'global',
      maxKillTimeoutMs: 30_000,
      options: {},
      taskName: 'web',
      alloc,
      record: options.record,
    },
    {
      clock,
      random: seededRandom(1),
      log: nullLogger,
      metrics: nullMetrics,
      drivers: new FakeDrivers(driver),
      driverAllowed: () => true,
      allocDir,
      node: () => make(Node, {}),
      reap: async (path) => {
        reaped.push(path);
      },
      onChange: options.onChange ?? (async () => {}),
    },
  );
  let over = false;
  const running = runner.run().then(() => {
    over = true;
  });
  const until = (condition: () => boolean) => advanceUntil(clock, condition);
  const events = (): string[] => (runner.state.Events ?? []).map((event) => event.Type);
  return { clock, driver, runner, running, until, events, reaped, allocDir, isOver: () => over };
}

test('nothing starts before it is its turn; a kill before that ends it quietly', async (t) => {
  const { runner, running, driver, clock, events } = await setUp({ dir: await tempDir(t) });
  await clock.advance(10_000);
  assert.equal(driver.tasks.started.length, 0);
  runner.kill();
  await running;
  assert.equal(runner.state.State, 'dead');
  assert.equal(runner.state.Failed, false);
  assert.deepEqual(events(), ['Received']);
});

test('a record with a handle is taken back without a new event or start time', async (t) => {
  const dir = await tempDir(t);
  const first = await setUp({ dir });
  first.runner.release();
  await first.until(() => first.runner.isRunning);
  const { record } = first.runner;
  first.runner.detach();
  await first.running;
  assert.equal(first.runner.state.State, 'running', 'detached, not ended');

  const driver = new FakeDriver('fake', first.driver.tasks);
  const next = await setUp({ dir, record, driver });
  await next.until(() => next.runner.isRunning);
  assert.deepEqual(next.runner.state, record.state);
  assert.ok(next.runner.view.released);
  driver.tasks.exit('web', 1);
  await next.until(() => next.driver.tasks.started.length === 2);
  next.runner.kill();
  await next.running;
});

test('an end that is wished for while the driver looks for the process comes true', async (t) => {
  const dir = await tempDir(t);
  const first = await setUp({ dir });
  first.runner.release();
  await first.until(() => first.runner.isRunning);
  const { record } = first.runner;
  first.runner.detach();
  await first.running;
  const driver = new FakeDriver('fake', first.driver.tasks);
  const gate = Promise.withResolvers<void>();
  const recover = driver.recover.bind(driver);
  driver.recover = async (id, handle) => {
    await gate.promise;
    await recover(id, handle);
  };
  const next = await setUp({ dir, record, driver });
  next.runner.kill();
  gate.resolve();
  await next.until(next.isOver);
  assert.ok(driver.tasks.of('web').stopped);
  assert.equal(next.runner.state.State, 'dead');
});

test('without a handle, what a start may have left behind is ended first', async (t) => {
  const record = {
    state: (await setUp({ dir: await tempDir(t) })).runner.state,
    driverTask: null,
    restarts: { count: 0, startedMs: undefined },
  };
  const { runner, running, reaped, allocDir, until } = await setUp({ dir: await tempDir(t), record });
  await until(() => reaped.length === 1);
  assert.deepEqual(reaped, [allocDir.taskPaths('web').stateDir]);
  runner.kill();
  await running;
});

test('a kill while the driver starts the process ends it as soon as it exists', async (t) => {
  const driver = new FakeDriver();
  const gate = Promise.withResolvers<void>();
  const start = driver.start.bind(driver);
  let asked = false;
  driver.start = async (request) => {
    asked = true;
    await gate.promise;
    return await start(request);
  };
  const { runner, until, isOver, events } = await setUp({ dir: await tempDir(t), driver });
  runner.release();
  await until(() => asked);
  runner.kill();
  gate.resolve();
  await until(isOver);
  assert.ok(driver.tasks.of('web').stopped);
  assert.deepEqual(events().slice(-3), ['Killing', 'Terminated', 'Killed']);
});

test('the handle is on disk before the task counts as running', async (t) => {
  const seen: string[] = [];
  let runner: TaskRunner | undefined;
  const bench = await setUp({
    dir: await tempDir(t),
    onChange: async ({ urgent }) => {
      if (urgent && runner)
        seen.push(`${runner.record.driverTask ? 'handle' : 'none'}/${runner.state.State}`);
    },
  });
  runner = bench.runner;
  runner.release();
  await bench.until(() => runner?.isRunning === true);
  assert.deepEqual(seen, ['handle/running']);
  runner.kill();
  await bench.running;
});

test('a full disk does not end a running task', async (t) => {
  const { runner, running, until, driver } = await setUp({
    dir: await tempDir(t),
    onChange: () => Promise.reject(new AppError('limit', 'no space left')),
  });
  runner.release();
  await until(() => runner.isRunning);
  driver.tasks.exit('web', 1);
  await until(() => driver.tasks.started.length === 2);
  runner.kill();
  await running;
});

test('shutdown_delay is cut short when there is no time for it', async (t) => {
  const { runner, running, until, driver } = await setUp({
    dir: await tempDir(t),
    task: { ShutdownDelay: 3_600 * second },
  });
  runner.release();
  await until(() => runner.isRunning);
  runner.kill();
  await until(() => (runner.state.Events ?? []).some((event) => event.Type === 'Waiting for shutdown delay'));
  assert.equal(driver.tasks.of('web').stopped, undefined);
  runner.kill(undefined, { skipShutdownDelay: true });
  await running;
  assert.ok(driver.tasks.of('web').stopped);
});

test('users that the operator denies do not run tasks of checked drivers', async (t) => {
  const driver = new FakeDriver('exec');
  const { runner, running, events } = await setUp({
    dir: await tempDir(t),
    driver,
    task: { Driver: 'exec', User: 'root' },
  });
  runner.release();
  await running;
  assert.equal(driver.tasks.started.length, 0);
  assert.match(
    runner.state.Events?.at(-2)?.DisplayMessage ?? '',
    /hook "validate" failed: running as user "root" is disallowed/,
  );
  assert.equal(events().at(-1), 'Not Restarting');
});

test('an unknown user is an error that names it', async (t) => {
  const { runner, running } = await setUp({ dir: await tempDir(t), task: { User: 'no-such-user-here' } });
  runner.release();
  await running;
  assert.match(runner.state.Events?.at(-2)?.DisplayMessage ?? '', /unknown user "no-such-user-here"/);
});

test('secrets belong to the user of the task', { skip: process.getuid?.() !== 0 }, async (t) => {
  const { runner, running, until, allocDir } = await setUp({
    dir: await tempDir(t),
    task: { User: 'nobody' },
  });
  runner.release();
  await until(() => runner.isRunning);
  const { uid, mode } = await stat(allocDir.taskPaths('web').secretsDir);
  assert.notEqual(uid, 0);
  assert.equal(mode & 0o777, 0o700);
  runner.kill();
  await running;
});

type Move = 'exit 0' | 'exit 1' | 'restart' | 'signal' | 'kill' | 'wait' | 'start error';

test('whatever comes in whatever order: one process at a time, and a kill always ends it', async (t) => {
  const dir = await tempDir(t);
  const moves = fc.array(
    fc.constantFrom<Move>('exit 0', 'exit 1', 'restart', 'signal', 'kill', 'wait', 'start error'),
    {
      maxLength: 12,
    },
  );
  await fc.assert(
    fc.asyncProperty(moves, async (list) => {
      const { runner, running, driver, clock, until, isOver } = await setUp({ dir });
      const alive = (): number => [...driver.tasks.byId.values()].filter((task) => !task.exit).length;
      runner.release();
      for (const move of list) {
        await act(move, { runner, driver });
        await clock.advance(move === 'wait' ? 5_000 : 1);
        assert.ok(alive() <= 1, `two processes after ${move}`);
        assert.ok((runner.state.Events ?? []).length <= 10);
      }
      runner.kill();
      await until(isOver);
      await running;
      assert.equal(alive(), 0);
      assert.equal(runner.state.State, 'dead');
      assert.equal(runner.record.driverTask, null);
    }),
    { numRuns: 60 },
  );
});

async function act(
  move: Move,
  { runner, driver }: { runner: TaskRunner; driver: FakeDriver },
): Promise<void> {
  switch (move) {
    case 'exit 0':
    case 'exit 1':
      if (driver.tasks.has('web') && !driver.tasks.of('web').exit)
        driver.tasks.exit('web', move === 'exit 0' ? 0 : 1);
      return;
    case 'restart':
      if (runner.isRunning) runner.restart('asked');
      return;
    case 'signal':
      if (runner.isRunning) await runner.signal('SIGHUP');
      return;
    case 'kill':
      runner.kill();
      return;
    case 'start error':
      driver.startErrors.push(new AppError('unavailable', 'later'));
      return;
    case 'wait':
      return;
  }
}
