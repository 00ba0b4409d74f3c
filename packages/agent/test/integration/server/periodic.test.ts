// SPDX-License-Identifier: MPL-2.0
// Periodic jobs on a whole server with a fake node: launched, run, counted, forced, collected.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Job,
  Job_Evaluate,
  Job_Plan,
  make,
  Periodic_Force,
  PeriodicConfig,
  System_GarbageCollect,
} from '@serai/api';
import { MemoryEngine } from '#engine';
import {
  type FakeOutcome,
  memoryServerOptions,
  mockBatchJob,
  mockSysbatchJob,
  TestCluster,
  VirtualClock,
} from '#testing';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 1);
const group = (mockBatchJob().TaskGroups ?? []).map((one) => ({ ...one, Count: 1 }));
const complete = (): FakeOutcome => ({ status: 'complete' });

function cron(spec: string, fields: Partial<PeriodicConfig> = {}, job: Partial<Job> = {}): Job {
  const Periodic = make(PeriodicConfig, {
    Enabled: true,
    Specs: [spec],
    SpecType: 'cron',
    TimeZone: 'UTC',
    ...fields,
  });
  return mockBatchJob({ ID: 'backup', TaskGroups: group, Periodic, ...job });
}

const childAt = (timeMs: number): string => `backup/periodic-${timeMs / 1000}`;
const children = (cluster: TestCluster): string[] =>
  cluster.state.jobsByParent('default', 'backup').map((job) => `${job.ID.slice(7)} ${job.Status}`);
const counts = (cluster: TestCluster): unknown => cluster.state.jobSummary('default', 'backup')?.Children;

test('a periodic job itself places nothing and counts as running', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const registered = await cluster.register(cron('@hourly'));
  await cluster.settle();
  assert.deepEqual([registered.EvalID, registered.EvalCreateIndex], ['', 0]);
  assert.equal(cluster.job('backup').Status, 'running');
  assert.deepEqual([cluster.evals('backup'), cluster.allocs('backup')], [[], []]);
});

test('its children are placed, run to their end and are counted', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(cron('@hourly'));
  await cluster.advance(hour, hour / 4);
  const first = childAt(start + hour);
  assert.equal(cluster.live(first).length, 1);
  assert.deepEqual(
    cluster.evals(first).map((e) => [e.TriggeredBy, e.Status]),
    [['periodic-job', 'complete']],
  );
  assert.deepEqual(counts(cluster), { Pending: 0, Running: 1, Dead: 0 });
  node.outcome = complete;
  await cluster.advance(hour, hour / 4);
  assert.deepEqual(children(cluster), [
    `periodic-${(start + hour) / 1000} dead`,
    `periodic-${(start + 2 * hour) / 1000} dead`,
  ]);
  assert.deepEqual(counts(cluster), { Pending: 0, Running: 0, Dead: 2 });
  assert.equal(cluster.job('backup').Status, 'running');
});

test('overlap is prohibited by what really runs', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(cron('@hourly', { ProhibitOverlap: true }));
  await cluster.advance(3 * hour, hour / 4);
  assert.deepEqual(children(cluster), [`periodic-${(start + hour) / 1000} running`]);
  node.outcome = complete;
  await cluster.settle();
  await cluster.advance(hour, hour / 4);
  assert.equal(children(cluster).length, 2);
});

test('a child that waits for capacity counts as one that overlaps', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(cron('@hourly', { ProhibitOverlap: true }));
  await cluster.advance(3 * hour, hour / 4);
  assert.deepEqual(children(cluster), [`periodic-${(start + hour) / 1000} pending`]);
});

test('stopping the parent ends the launches, not the children', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(cron('@hourly'));
  await cluster.advance(hour, hour / 4);
  await cluster.stopJob('backup');
  assert.deepEqual([cluster.job('backup').Status, cluster.evals('backup').length], ['dead', 0]);
  await cluster.advance(2 * hour, hour / 4);
  assert.deepEqual(children(cluster), [`periodic-${(start + hour) / 1000} running`]);
  await cluster.stopJob(childAt(start + hour));
  assert.deepEqual(children(cluster), [`periodic-${(start + hour) / 1000} dead`]);
});

test('dead children are collected, the parent stays until it is stopped', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  node.outcome = complete;
  await cluster.run(cron('@hourly'));
  await cluster.advance(2 * hour, hour / 4);
  assert.equal(children(cluster).length, 2);
  await cluster.call(System_GarbageCollect, {});
  await cluster.settle();
  assert.deepEqual(children(cluster), []);
  assert.equal(cluster.allocs(childAt(start + hour)).length, 0);
  assert.equal(cluster.job('backup').Status, 'running');
  await cluster.stopJob('backup');
  await cluster.call(System_GarbageCollect, {});
  await cluster.settle();
  assert.equal(cluster.state.job('default', 'backup'), undefined);
  assert.equal(cluster.state.count('periodicLaunches'), 0);
});

test('children are collected by age, with the job threshold', async (t) => {
  const gc = { ...memoryServerOptions.gc, intervalMs: 2 * minute, jobThresholdMs: 20 * minute };
  const cluster = await TestCluster.start(t, { options: { gc } });
  const node = await cluster.addNode();
  node.outcome = complete;
  await cluster.run(cron('5 0 1 1 *'));
  await cluster.advance(20 * minute, 5 * minute);
  assert.equal(children(cluster).length, 1);
  await cluster.advance(15 * minute, 5 * minute);
  assert.deepEqual(children(cluster), []);
});

test('a server that was down catches up what it missed once', async (t) => {
  const engine = new MemoryEngine();
  const clock = new VirtualClock(start);
  // The next server needs the rows after this one has closed its engine.
  const kept = Object.assign(engine, { close: () => Promise.resolve() });
  const first = await TestCluster.start(t, { clock, dependencies: { engine: kept } });
  await first.run(cron('@hourly'));
  await first.advance(hour, hour / 4);
  assert.equal(children(first).length, 1);
  await first.stop();
  await clock.advance(5 * hour + 10 * minute);
  const second = await TestCluster.start(t, { clock, dependencies: { engine: kept } });
  await second.advance(1);
  assert.deepEqual(children(second), [
    `periodic-${(start + hour) / 1000} pending`,
    `periodic-${(start + 6 * hour + 10 * minute) / 1000} pending`,
  ]);
  await second.advance(hour, hour / 4);
  assert.equal(children(second).length, 3);
});

test('a forced launch is one more, also while overlap is prohibited', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(cron('@hourly', { ProhibitOverlap: true }, { Priority: 60 }));
  await cluster.advance(10 * minute, minute);
  const forced = await cluster.call(Periodic_Force, { JobID: 'backup' });
  await cluster.settle();
  const evaluation = cluster.state.evaluation(forced.EvalID);
  assert.deepEqual(
    [evaluation?.JobID, evaluation?.TriggeredBy, evaluation?.Priority, evaluation?.CreateIndex],
    [childAt(start + 10 * minute), 'periodic-job', 60, forced.EvalCreateIndex],
  );
  await cluster.advance(minute, minute);
  await cluster.call(Periodic_Force, { JobID: 'backup' });
  await cluster.settle();
  assert.equal(cluster.live(childAt(start + 11 * minute)).length, 1);
  await cluster.advance(hour, 10 * minute);
  assert.equal(children(cluster).length, 2, 'what is due at the full hour is skipped: both still run');
});

test('forcing twice within a second evaluates the same child again', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(cron('@hourly'));
  const answers = await Promise.all([
    cluster.call(Periodic_Force, { JobID: 'backup' }),
    cluster.call(Periodic_Force, { JobID: 'backup' }),
  ]);
  await cluster.settle();
  assert.equal(new Set(answers.map((answer) => answer.EvalID)).size, 2);
  assert.equal(children(cluster).length, 1);
  assert.equal(cluster.allocs(childAt(start)).length, 1);
});

test('what can not be forced is said in Nomad’s words', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(mockBatchJob({ ID: 'plain', TaskGroups: group }));
  await cluster.run(cron('@hourly', { Enabled: false }, { ID: 'off' }));
  await cluster.run(cron('@hourly'));
  await cluster.stopJob('backup');
  const force = (JobID: string, Namespace = 'default'): Promise<unknown> =>
    cluster.call(Periodic_Force, { JobID, Namespace });
  const refused = (message: RegExp): object => ({ status: 500, message });
  await assert.rejects(force(''), refused(/^missing job ID for evaluation$/));
  await assert.rejects(force('nope'), refused(/^job not found$/));
  await assert.rejects(force('backup', 'other'), refused(/^job not found$/));
  await assert.rejects(force('plain'), refused(/^can't force launch non-periodic job$/));
  const failed = /^force launch for job "\w+" failed: can't force run non-tracked job/;
  await assert.rejects(force('off'), refused(failed));
  await assert.rejects(force('backup'), refused(failed));
  await assert.rejects(cluster.call(Job_Evaluate, { JobID: 'off' }), /can't evaluate periodic job/);
});

test('a plan names the next launch in the time zone of the job', async (t) => {
  const cluster = await TestCluster.start(t);
  const next = async (job: Job): Promise<string> =>
    (await cluster.call(Job_Plan, { Job: job })).NextPeriodicLaunch;
  assert.equal(await next(cron('0 9 * * *', { TimeZone: 'Asia/Tokyo' })), '2026-01-02T00:00:00.000Z');
  assert.equal(await next(cron('@hourly', { Enabled: false })), '0001-01-01T00:00:00Z');
});

test('a sysbatch job runs on every node at each launch', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(3);
  const { Type, TaskGroups } = mockSysbatchJob();
  await cluster.run(cron('@hourly', {}, { Type, TaskGroups }));
  await cluster.advance(hour, hour / 4);
  assert.equal(cluster.live(childAt(start + hour)).length, 3);
});
