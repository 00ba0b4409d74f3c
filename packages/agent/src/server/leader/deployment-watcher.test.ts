// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment, DeploymentState, type Job, make } from '@serai/api';
import { nullLogger, TaskSet } from '#base';
import { type RowChange, updateDeploymentStatus, upsertDeployment, upsertJob } from '#state';
import { GatedEngine, mockAlloc, mockJob, TestCluster } from '#testing';
import { DeploymentWatcher } from './deployment-watcher.ts';

const second = 1_000;
const minute = 60 * second;

interface Watching {
  readonly cluster: TestCluster;
  readonly engine: GatedEngine;
  readonly watcher: DeploymentWatcher;
  readonly evals: () => number;
}

/** A server whose own watcher rests, and one under test. The deployment is due in ten minutes. */
async function watching(t: Parameters<typeof TestCluster.start>[0]): Promise<Watching> {
  const engine = new GatedEngine();
  const cluster = await TestCluster.start(t, { dependencies: { engine } });
  const { context } = cluster.server;
  const job: Job = mockJob({ ID: 'web' });
  await context.writes.write('test', (tx) => upsertJob(tx, { job }));
  const stored = cluster.job('web');
  const due = new Date(cluster.clock.nowMs() + 10 * minute).toISOString();
  const deployment = make(Deployment, {
    ID: 'd',
    Namespace: 'default',
    JobID: 'web',
    JobVersion: stored.Version,
    JobCreateIndex: stored.CreateIndex,
    // Paused for the server's own watcher, until this one follows it.
    Status: 'paused',
    TaskGroups: {
      web: make(DeploymentState, { DesiredTotal: 2, ProgressDeadline: 600e9, RequireProgressBy: due }),
    },
  });
  await context.writes.write('test', (tx) => upsertDeployment(tx, deployment));
  await context.broker.setPaused(true);
  const tasks = new TaskSet(nullLogger);
  t.after(() => tasks.stop());
  const watcher = new DeploymentWatcher(context, tasks);
  return {
    cluster,
    engine,
    watcher,
    evals: () => cluster.evals('web').filter((e) => e.TriggeredBy === 'deployment-watcher').length,
  };
}

function health(ID: string, before: boolean | null, after: boolean | null, DeploymentID = 'd'): RowChange {
  const alloc = mockAlloc({ ID, DeploymentID });
  const status = (Healthy: boolean | null): object => ({
    DeploymentStatus: { Healthy, Canary: false, Timestamp: '', ModifyIndex: 0 },
  });
  return {
    table: 'allocs',
    key: ID,
    before: { ...alloc, ...status(before) },
    after: { ...alloc, ...status(after) },
  };
}

async function flush(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('news of many allocations in one commit is one step; what is no news is none', async (t) => {
  const { cluster, watcher, evals } = await watching(t);
  watcher.restore(cluster.state);
  await flush();
  assert.equal(evals(), 1, 'at the start each is looked at once');
  watcher.onCommit([health('a', null, true), health('b', null, true), health('c', true, false)]);
  await flush();
  assert.equal(evals(), 2);
  watcher.onCommit([health('a', true, true), health('b', true, null), health('x', null, true, '')]);
  watcher.onCommit([health('y', null, true, 'unknown deployment')]);
  await flush();
  assert.equal(evals(), 2);
});

test('news that comes while a step is written makes one more step', async (t) => {
  const { cluster, engine, watcher, evals } = await watching(t);
  watcher.restore(cluster.state);
  await flush();
  engine.hold();
  watcher.onCommit([health('a', null, true)]);
  await flush();
  for (const id of ['b', 'c', 'd']) watcher.onCommit([health(id, null, true)]);
  await flush();
  engine.release();
  await flush();
  assert.equal(evals(), 3);
});

test('a step that could not be written is tried again', async (t) => {
  const { cluster, engine, watcher, evals } = await watching(t);
  watcher.restore(cluster.state);
  await flush();
  engine.hold();
  watcher.onCommit([health('a', null, true)]);
  await flush();
  engine.release(new Error('no space left on device'));
  await flush();
  assert.equal(evals(), 1);
  await cluster.clock.advance(2 * second);
  await flush();
  assert.equal(evals(), 2);
});

test('deployments are followed from their first row to their end', async (t) => {
  const { cluster, watcher } = await watching(t);
  watcher.restore(cluster.state);
  assert.equal(watcher.active, 1);
  const deployment = cluster.state.deployment('d');
  assert.ok(deployment);
  const change = (after: Deployment | undefined): RowChange => ({
    table: 'deployments',
    key: 'd',
    before: deployment,
    after,
  });
  watcher.onCommit([change({ ...deployment, Status: 'successful' })]);
  assert.equal(watcher.active, 0);
  watcher.onCommit([change({ ...deployment, Status: 'running' })]);
  assert.equal(watcher.active, 1);
  watcher.onCommit([change(undefined)]);
  assert.equal(watcher.active, 0);
  watcher.restore(cluster.state);
  watcher.stop();
  assert.equal(watcher.active, 0);
});

test('the deadline fails it; a write that fails then is tried again', async (t) => {
  const { cluster, engine } = await watching(t);
  const { context } = cluster.server;
  await context.writes.write('test', (tx) =>
    updateDeploymentStatus(tx, { update: { DeploymentID: 'd', Status: 'running', StatusDescription: '' } }),
  );
  await cluster.clock.advance(9 * minute);
  assert.equal(cluster.state.deployment('d')?.Status, 'running');
  engine.hold();
  await cluster.clock.advance(minute);
  engine.release(new Error('no space left on device'));
  await flush();
  assert.equal(cluster.state.deployment('d')?.Status, 'running');
  await cluster.clock.advance(2 * second);
  await flush();
  assert.deepEqual(
    [cluster.state.deployment('d')?.Status, cluster.state.deployment('d')?.StatusDescription],
    ['failed', 'Failed due to progress deadline'],
  );
});
