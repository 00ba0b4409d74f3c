// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Allocation, type Evaluation, Node_Deregister } from '@serai/api';
import {
  deleteNodes,
  updateAllocsFromClient,
  upsertEvals,
  upsertJob,
  upsertNode,
  upsertPlanResults,
} from '#state';
import { mockAlloc, mockBatchJob, mockEvalOf, mockJob, mockNode, mockTaskGroup, TestCluster } from '#testing';
import { Collector } from './collector.ts';

const second = 1_000;
const minute = 60 * second;
const gc = {
  intervalMs: 5 * minute,
  jobThresholdMs: 30 * minute,
  evalThresholdMs: 20 * minute,
  batchEvalThresholdMs: 40 * minute,
  deploymentThresholdMs: 20 * minute,
  nodeThresholdMs: 60 * minute,
};

const done = { Status: 'complete' };
const stopped = { DesiredStatus: 'stop', ClientStatus: 'complete' };

async function put(
  cluster: TestCluster,
  rows: { readonly evals?: readonly Evaluation[]; readonly allocs?: readonly Allocation[] },
): Promise<void> {
  await cluster.server.context.writes.write('test', (tx) => {
    upsertEvals(tx, rows.evals ?? []);
    upsertPlanResults(tx, {
      result: {
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        nodeAllocation: new Map([['', [...(rows.allocs ?? [])]]]),
        deployment: null,
        deploymentUpdates: [],
      },
      job: null,
      evalId: '',
      nowNs: cluster.clock.nowNs(),
    });
  });
}

test('ages count from the last change, in a cluster where nothing else happens', async (t) => {
  const cluster = await TestCluster.start(t, { options: { gc } });
  const job = mockJob({ ID: 'gone' });
  await put(cluster, { evals: [mockEvalOf(job, { ID: 'e1', ...done })] });
  await cluster.clock.advance(19 * minute);
  assert.ok(cluster.state.evaluation('e1'));
  await cluster.clock.advance(7 * minute);
  assert.equal(cluster.state.evaluation('e1'), undefined);
});

test('ages go on over a restart', async (t) => {
  const cluster = await TestCluster.start(t, { options: { gc } });
  const job = mockJob({ ID: 'gone' });
  const at = (): { CreateTime: number; ModifyTime: number } => ({
    CreateTime: cluster.clock.nowNs(),
    ModifyTime: cluster.clock.nowNs(),
  });
  await put(cluster, { evals: [mockEvalOf(job, { ID: 'old', ...done, ...at() })] });
  await cluster.clock.advance(15 * minute);
  await put(cluster, { evals: [mockEvalOf(job, { ID: 'young', ...done, ...at() })] });
  await cluster.restart();
  await cluster.clock.advance(11 * minute);
  assert.equal(cluster.state.evaluation('old'), undefined, '26 minutes old');
  assert.ok(cluster.state.evaluation('young'), '11 minutes old');
});

test('much garbage goes in several writes, and nothing is left of it', async (t) => {
  const cluster = await TestCluster.start(t);
  const job = mockBatchJob({ ID: 'sums' });
  await cluster.server.context.writes.write('test', (tx) => upsertJob(tx, { job }));
  const stored = cluster.job('sums');
  for (let e = 0; e < 4; e++) {
    await put(cluster, {
      evals: [mockEvalOf(job, { ID: `e${e}`, ...done })],
      allocs: Array.from({ length: 400 }, (_, i) =>
        mockAlloc({ ID: `a${e}-${i}`, Job: stored, EvalID: `e${e}`, ...stopped }),
      ),
    });
  }
  assert.equal(cluster.job('sums').Status, 'dead');
  const before = cluster.state.index;
  await cluster.server.context.collectAll();
  assert.equal(cluster.state.job('default', 'sums'), undefined);
  assert.deepEqual([cluster.state.count('allocs'), cluster.state.count('evals')], [0, 0]);
  assert.equal(cluster.state.count('jobVersions'), 0, 'no version without a job');
  assert.ok(cluster.state.index - before >= 4);
});

test('an allocation whose node came back in the meantime is kept', async (t) => {
  const cluster = await TestCluster.start(t);
  const { context } = cluster.server;
  const node = mockNode();
  const job = mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ ReschedulePolicy: null })] });
  await context.writes.write('test', (tx) => {
    upsertNode(tx, { node, nowIso: '' });
    upsertJob(tx, { job });
  });
  const lost = mockAlloc({
    ID: 'lost',
    Job: cluster.job('web'),
    NodeID: node.ID,
    DesiredStatus: 'stop',
    ClientStatus: 'lost',
  });
  await put(cluster, { allocs: [lost] });
  const collecting = new Collector(context).collect({ force: true });
  // The report is in the queue before the deletion.
  const reported = context.writes.write('report', (tx) =>
    updateAllocsFromClient(tx, { allocs: [{ ...lost, ClientStatus: 'running' }], nowNs: 1 }),
  );
  await Promise.all([collecting, reported]);
  assert.equal(cluster.state.alloc('lost')?.ClientStatus, 'running');
});

test('what was told to stop on a node that is gone is marked lost, then collected', async (t) => {
  const cluster = await TestCluster.start(t);
  const { context } = cluster.server;
  const node = mockNode();
  await context.writes.write('test', (tx) => upsertNode(tx, { node, nowIso: '' }));
  const stray = mockAlloc({
    ID: 'stray',
    Job: mockJob({ ID: 'gone' }),
    NodeID: node.ID,
    DesiredStatus: 'stop',
    ClientStatus: 'running',
  });
  await put(cluster, { allocs: [stray] });
  await context.writes.write('test', (tx) => deleteNodes(tx, [node.ID]));
  await context.collectAll();
  assert.equal(cluster.state.alloc('stray')?.ClientStatus, 'lost');
  await context.collectAll();
  assert.equal(cluster.state.alloc('stray'), undefined);
});

test('a purged node takes along what it was told to stop', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node] = await cluster.addNodes(2);
  await cluster.run(mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: 2 })] }));
  node?.goSilent();
  await cluster.stopJob('web');
  await cluster.call(Node_Deregister, { NodeID: node?.id ?? '' });
  await cluster.settle();
  assert.deepEqual(
    cluster
      .allocs('web')
      .map((alloc) => alloc.ClientStatus)
      .sort(),
    ['complete', 'lost'],
  );
});

test('two rounds at once do not disturb each other; a failed one does not end all', async (t) => {
  const cluster = await TestCluster.start(t);
  const { context } = cluster.server;
  const job = mockJob({ ID: 'gone' });
  await put(cluster, {
    evals: Array.from({ length: 50 }, (_, i) => mockEvalOf(job, { ID: `e${i}`, ...done })),
  });
  const collector = new Collector(context);
  await Promise.all([
    collector.collect({ force: true }),
    collector.collect(),
    collector.collect({ force: true }),
  ]);
  assert.equal(cluster.state.count('evals'), 0);
  const failing = new Collector({
    ...context,
    store: new Proxy(context.store, {
      get: (target, key) => {
        if (key === 'index') throw new Error('once');
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
  });
  await assert.rejects(failing.collect(), /once/);
  await assert.rejects(failing.collect(), /once/, 'each tells its own failure');
});
