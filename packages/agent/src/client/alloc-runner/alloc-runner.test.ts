// SPDX-License-Identifier: MPL-2.0
// Allocations on a whole client with fake servers and a fake driver.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '#base';
import { ClientBench, fakeAlloc, fakeTask, mockUpdate, restartPolicy } from '#testing';

const second = 1_000_000_000;
const hook = (Hook: string, Sidecar = false) => ({ Lifecycle: { Hook, Sidecar } });

test('a task starts, is reported as running, and ends when the servers say so', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web', { KillSignal: 'SIGTERM', KillTimeout: 7 * second })]);
  bench.server.put(alloc);
  const running = await bench.untilStatus(alloc.ID, 'running');
  assert.equal(running.ClientDescription, 'Tasks are running');
  assert.deepEqual(bench.events(alloc.ID, 'web'), ['Received', 'Task Setup', 'Started']);
  assert.equal(bench.state(alloc.ID, 'web').State, 'running');
  bench.server.stop(alloc.ID);
  await bench.untilStatus(alloc.ID, 'complete');
  assert.deepEqual(bench.tasks.of('web').stopped, { signal: 'SIGTERM', timeoutMs: 7_000 });
  assert.deepEqual(bench.events(alloc.ID, 'web').slice(3), ['Killing', 'Terminated', 'Killed']);
  assert.equal(bench.state(alloc.ID, 'web').Failed, false);
  assert.equal(bench.driver.destroyed.length, 1);
});

test('the driver gets the interpolated configuration, a complete environment and the paths', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([
    fakeTask('web', {
      Config: { args: ['${NOMAD_TASK_NAME}', '${attr.kernel.name}'] },
      Env: { A: '${NOMAD_DC}' },
    }),
  ]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  const { request } = bench.tasks.of('web');
  assert.deepEqual(request.config, { args: ['web', 'linux'] });
  assert.equal(request.env['A'], 'dc1');
  assert.equal(request.paths.logDir, join(bench.dir, 'alloc', alloc.ID, 'alloc', 'logs'));
  assert.match(request.id, new RegExp(`^${alloc.ID}/web/[0-9a-f]{8}$`));
  assert.ok(!request.paths.stateDir.startsWith(join(bench.dir, 'alloc')), 'out of the sight of tasks');
});

test('lifecycle: prestart, main, poststart, then sidecars end and poststop runs', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc(
    [
      fakeTask('clean', hook('poststop')),
      fakeTask('ping', hook('poststart')),
      fakeTask('web'),
      fakeTask('log', hook('prestart', true)),
      fakeTask('init', hook('prestart')),
    ],
    { job: { Type: 'batch' } },
  );
  bench.server.put(alloc);
  await bench.until(() => bench.tasks.has('init') && bench.tasks.has('log'));
  await bench.pass(50);
  assert.ok(!bench.tasks.has('web'));
  bench.tasks.exit('init', 0);
  await bench.until(() => bench.tasks.has('ping'));
  bench.tasks.exit('ping', 0);
  await bench.pass(50);
  assert.ok(!bench.tasks.has('clean'));
  bench.tasks.exit('web', 0);
  await bench.until(() => bench.tasks.has('clean'));
  assert.ok(bench.tasks.of('log').stopped);
  bench.tasks.exit('clean', 0);
  await bench.untilStatus(alloc.ID, 'complete');
  assert.deepEqual(bench.tasks.names().slice(2), ['web', 'ping', 'clean']);
  assert.ok(bench.events(alloc.ID, 'log').includes('Main Tasks Dead'));
});

test('a failed prestart keeps the main task from ever starting', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('init', hook('prestart')), fakeTask('web')]);
  bench.server.put(alloc);
  await bench.until(() => bench.tasks.has('init'));
  bench.tasks.exit('init', 1);
  await bench.until(() => bench.server.last(alloc.ID)?.TaskStates?.['web']?.State === 'dead');
  assert.equal(bench.server.last(alloc.ID)?.ClientStatus, 'failed');
  assert.ok(!bench.tasks.has('web'));
  assert.deepEqual(bench.events(alloc.ID, 'web'), ['Received', 'Sibling Task Failed']);
  assert.equal(bench.state(alloc.ID, 'web').Failed, false);
});

test('a failure ends the siblings, the end of the leader ends its followers', async (t) => {
  const bench = await ClientBench.create(t);
  const failing = fakeAlloc([fakeTask('a'), fakeTask('b')]);
  bench.server.put(failing);
  await bench.untilStatus(failing.ID, 'running');
  await bench.until(() => bench.tasks.names().length === 2);
  bench.tasks.exit('a', 3);
  await bench.until(() => bench.server.last(failing.ID)?.TaskStates?.['b']?.State === 'dead');
  assert.ok(bench.events(failing.ID, 'b').includes('Sibling Task Failed'));
  const led = fakeAlloc([fakeTask('lead', { Leader: true }), fakeTask('follow')], { job: { Type: 'batch' } });
  bench.server.put(led);
  await bench.until(() => bench.tasks.has('lead') && bench.tasks.has('follow'));
  bench.tasks.exit('lead', 0);
  await bench.untilStatus(led.ID, 'complete');
  assert.ok(bench.events(led.ID, 'follow').includes('Leader Task Dead'));
});

test('a task that fails is started again by its policy, with events that say so', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web', { RestartPolicy: restartPolicy() })]);
  bench.server.put(alloc);
  for (const start of [1, 2, 3]) {
    await bench.until(() => bench.tasks.started.length === start);
    await bench.untilStatus(alloc.ID, 'running');
    bench.tasks.exit('web', 1);
  }
  await bench.untilStatus(alloc.ID, 'failed');
  const state = bench.state(alloc.ID, 'web');
  assert.equal(state.Restarts, 2);
  assert.equal(state.Failed, true);
  assert.deepEqual(bench.events(alloc.ID, 'web').slice(-4), [
    'Restarting',
    'Started',
    'Terminated',
    'Not Restarting',
  ]);
  assert.match(state.Events?.at(-1)?.DisplayMessage ?? '', /Exceeded allowed attempts 2 in interval 1m0s/);
});

test('a start that can not work is an error on the task; one that may is tried again', async (t) => {
  const bench = await ClientBench.create(t);
  const bad = fakeAlloc([fakeTask('web', { Config: { bad: 1 }, RestartPolicy: restartPolicy() })]);
  bench.server.put(bad);
  await bench.untilStatus(bad.ID, 'failed');
  assert.deepEqual(bench.events(bad.ID, 'web').slice(-2), ['Driver Failure', 'Not Restarting']);
  assert.match(bench.state(bad.ID, 'web').Events?.at(-2)?.DisplayMessage ?? '', /unknown key "bad"/);

  bench.driver.startErrors.push(new AppError('unavailable', 'registry is away'));
  const good = fakeAlloc([fakeTask('web', { RestartPolicy: restartPolicy() })]);
  bench.server.put(good);
  await bench.untilStatus(good.ID, 'running');
  assert.equal(bench.state(good.ID, 'web').Restarts, 1);
});

test('an unknown or denied driver fails the task, whatever the servers placed', async (t) => {
  const bench = await ClientBench.create(t, { options: { 'driver.denylist': 'fake' } });
  const denied = fakeAlloc([fakeTask('web')]);
  const unknown = fakeAlloc([fakeTask('web', { Driver: 'nope' })]);
  bench.server.put(denied);
  bench.server.put(unknown);
  await bench.untilStatus(denied.ID, 'failed');
  await bench.untilStatus(unknown.ID, 'failed');
  assert.match(bench.state(denied.ID, 'web').Events?.at(-2)?.DisplayMessage ?? '', /driver "fake" is denied/);
  assert.equal(bench.tasks.started.length, 0);
});

test('a stop during the restart delay ends the task without another start', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([
    fakeTask('web', { RestartPolicy: restartPolicy({ Delay: 3_600 * second, Interval: 86_400 * second }) }),
  ]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  bench.tasks.exit('web', 1);
  await bench.untilStatus(alloc.ID, 'pending');
  bench.server.stop(alloc.ID);
  await bench.untilStatus(alloc.ID, 'complete');
  assert.equal(bench.tasks.started.length, 1);
});

test('shutdown delays of group and task come before the signal, and can be left out', async (t) => {
  const bench = await ClientBench.create(t);
  const make = (skip: boolean) =>
    fakeAlloc([fakeTask('web', { ShutdownDelay: 2 * second })], {
      group: { ShutdownDelay: 3 * second },
      alloc: {
        DesiredTransition: {
          Migrate: null,
          Reschedule: null,
          ForceReschedule: null,
          NoShutdownDelay: skip || null,
        },
      },
    });
  const patient = make(false);
  bench.server.put(patient);
  await bench.untilStatus(patient.ID, 'running');
  bench.server.stop(patient.ID);
  await bench.pass(4_900);
  assert.equal(bench.tasks.of('web').stopped, undefined);
  await bench.untilStatus(patient.ID, 'complete');
  assert.equal(
    bench.events(patient.ID, 'web').filter((type) => type === 'Waiting for shutdown delay').length,
    2,
  );
  const hasty = make(true);
  bench.server.put(hasty);
  await bench.untilStatus(hasty.ID, 'running');
  const beganMs = bench.clock.nowMs();
  bench.server.stop(hasty.ID);
  await bench.untilStatus(hasty.ID, 'complete');
  assert.ok(bench.clock.nowMs() - beganMs < 1_500);
  assert.equal(bench.events(hasty.ID, 'web').filter((type) => type === 'Skipping shutdown delay').length, 2);
});

test('kill_timeout is cut down to what the client allows', async (t) => {
  const bench = await ClientBench.create(t, { maxKillTimeoutMs: 1_000 });
  const alloc = fakeAlloc([fakeTask('web', { KillTimeout: 60 * second })]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  bench.server.stop(alloc.ID);
  await bench.untilStatus(alloc.ID, 'complete');
  assert.equal(bench.tasks.of('web').stopped?.timeoutMs, 1_000);
});

test('health: told once after min_healthy_time, or as unhealthy with a reason', async (t) => {
  const bench = await ClientBench.create(t);
  const group = { Update: mockUpdate({ MinHealthyTime: 5 * second, HealthyDeadline: 60 * second }) };
  const good = fakeAlloc([fakeTask('web')], { group, alloc: { DeploymentID: 'd1' } });
  bench.server.put(good);
  await bench.untilStatus(good.ID, 'running');
  assert.equal(bench.server.last(good.ID)?.DeploymentStatus ?? null, null);
  await bench.until(() => bench.server.last(good.ID)?.DeploymentStatus?.Healthy === true);
  const bad = fakeAlloc([fakeTask('sick')], { group, alloc: { DeploymentID: 'd1' } });
  bench.server.put(bad);
  await bench.untilStatus(bad.ID, 'running');
  bench.tasks.exit('sick', 1);
  await bench.until(() => bench.server.last(bad.ID)?.DeploymentStatus?.Healthy === false);
});

test('a sticky disk moves to the successor, after the predecessor has ended', async (t) => {
  const bench = await ClientBench.create(t);
  const group = { EphemeralDisk: { Sticky: true, SizeMB: 10, Migrate: false } };
  const first = fakeAlloc([fakeTask('web')], { group });
  bench.server.put(first);
  await bench.untilStatus(first.ID, 'running');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(bench.dir, 'alloc', first.ID, 'alloc/data/db'), 'rows');
  bench.driver.stopsAtOnce = false;
  const second = { ...fakeAlloc([fakeTask('next')], { group }), PreviousAllocation: first.ID };
  bench.server.stop(first.ID);
  bench.server.put(second);
  await bench.pass(100);
  assert.ok(!bench.tasks.has('next'), 'waits');
  bench.tasks.exit('web', 0);
  await bench.untilStatus(second.ID, 'running');
  assert.ok(existsSync(join(bench.dir, 'alloc', second.ID, 'alloc/data/db')));
  assert.ok(!existsSync(join(bench.dir, 'alloc', first.ID, 'alloc/data/db')));
});

test('a successor that is stopped while it waits ends without having run', async (t) => {
  const bench = await ClientBench.create(t);
  const first = fakeAlloc([fakeTask('web')]);
  bench.server.put(first);
  await bench.untilStatus(first.ID, 'running');
  const next = { ...fakeAlloc([fakeTask('next')]), PreviousAllocation: first.ID };
  bench.server.put(next);
  await bench.pass(50);
  bench.server.stop(next.ID);
  await bench.untilStatus(next.ID, 'complete');
  assert.ok(!bench.tasks.has('next'));
});

test('an allocation that can not be set up fails with the reason', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('secrets')]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'failed');
  assert.match(
    bench.state(alloc.ID, 'secrets').Events?.at(-1)?.DisplayMessage ?? '',
    /failed to setup alloc: task name/,
  );
});

test('what the servers forget is ended and all traces go', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web', { ShutdownDelay: 3_600 * second })]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  bench.server.forget(alloc.ID);
  await bench.until(() => bench.client.allocationCount === 0);
  assert.ok(bench.tasks.of('web').stopped);
  assert.deepEqual(await readdir(join(bench.dir, 'alloc')), []);
  assert.deepEqual(await readdir(join(bench.dir, 'client', 'allocs')), []);
  assert.deepEqual(await readdir(join(bench.dir, 'client', 'tasks')), []);
});
