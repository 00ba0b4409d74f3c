// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Namespace, Node_UpdateDrain, zeroTime } from '@serai/api';
import { AppError, must } from '#base';
import { GatedEngine, mockJob, mockTaskGroup, mockUpdate, TestCluster, VirtualClock } from '#testing';
import { Leader } from './leader.ts';

const second = 1_000;
const minute = 60 * second;

const web = (count: number): Parameters<TestCluster['run']>[0] =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }) })],
  });

test('a new leader takes up pending, waiting and blocked evaluations', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(web(1));
  // one that waits for its time
  const [alloc] = cluster.live('web');
  node.force(alloc?.ID ?? '', { status: 'failed' });
  await cluster.settle();
  assert.equal(cluster.server.context.broker.stats().waiting, 1);
  // one that nobody has looked at
  cluster.server.context.broker.setPaused(true);
  await cluster.register({ ...web(1), ID: 'new' });
  await cluster.restart();
  assert.equal(cluster.server.context.broker.stats().waiting, 1);
  await cluster.settle();
  assert.equal(cluster.live('new').length, 1);
  await cluster.advance(10 * second, second);
  assert.equal(cluster.live('web').length, 1);
});

test('capacity that came just before the change of leaders is found', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(web(1));
  // The node is stored, and the leader dies before anybody was woken.
  const { context } = cluster.server;
  context.blocked.setEnabled(false);
  context.broker.setEnabled(false);
  await cluster.addNode();
  assert.equal(cluster.live('web').length, 0);
  await cluster.restart();
  await cluster.settle();
  assert.equal(cluster.live('web').length, 1);
  assert.deepEqual(cluster.blockedEvals(), []);
});

test('a new leader gives silent nodes the fail-over time before it counts them as down', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  node.goSilent();
  await cluster.restart();
  await cluster.advance(4 * minute, 10 * second);
  assert.equal(cluster.state.node(node.id)?.Status, 'ready');
  await cluster.advance(2 * minute, 10 * second);
  assert.equal(cluster.state.node(node.id)?.Status, 'down');
});

test('drains go on under a new leader', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  node.outcome = () => ({ status: 'running', healthy: null });
  await cluster.run(web(1));
  await cluster.call(Node_UpdateDrain, {
    NodeID: node.id,
    DrainStrategy: { Deadline: 600e9, IgnoreSystemJobs: false, ForceDeadline: zeroTime, StartedAt: zeroTime },
  });
  await cluster.settle();
  await cluster.restart();
  await cluster.advance(9 * minute, minute);
  assert.equal(cluster.live('web').length, 1);
  await cluster.advance(2 * minute, minute);
  assert.equal(cluster.live('web').length, 0);
  assert.equal(cluster.state.node(node.id)?.LastDrain?.Status, 'complete');
});

test('leading begins, ends and begins again', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.settle();
  // A second set of duties over the same context, as an election would drive it.
  const { context } = cluster.server;
  const leader = new Leader(context);
  for (let term = 0; term < 3; term++) {
    await leader.establish();
    await leader.establish();
    assert.equal(leader.leading, true);
    await leader.stop();
    await leader.stop();
    assert.equal(leader.leading, false);
    assert.deepEqual([context.broker.enabled, context.heartbeats.active], [false, 0]);
  }
  await leader.establish();
  await cluster.register(web(1));
  await cluster.settle();
  assert.equal(cluster.live('web').length, 1, 'the last term works');
  await leader.stop();
});

test('a server that can not begin leaves nothing behind', async (t) => {
  const clock = new VirtualClock();
  class Broken extends GatedEngine {
    closed = false;
    override commit(): Promise<never> {
      return Promise.reject(new AppError('internal', 'read-only file system'));
    }
    override async close(): Promise<void> {
      this.closed = true;
      await super.close();
    }
  }
  const engine = new Broken();
  const cluster = new TestCluster({ clock, dependencies: { engine } });
  t.after(() => cluster.stop());
  await assert.rejects(cluster.server.start(), /read-only file system/);
  assert.equal(engine.closed, true);
  assert.equal(clock.pendingTimers, 0);
});

test('a server that stops leaves no timer, no waiting call and no work', async (t) => {
  const clock = new VirtualClock();
  const cluster = new TestCluster({ clock });
  t.after(() => cluster.stop());
  await cluster.server.start();
  await cluster.addNodes(2);
  await cluster.run(mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: 30, Update: mockUpdate() })] }));
  for (const node of cluster.nodes) node.stop();
  await cluster.server.stop();
  assert.equal(clock.pendingTimers, 0);
  assert.equal(cluster.server.context.store.watchers, 0);
});

test('a node that could not be marked as silent is looked at again', async (t) => {
  const engine = new GatedEngine();
  const cluster = await TestCluster.start(t, { dependencies: { engine } });
  const node = await cluster.addNode();
  await cluster.settle();
  node.goSilent();
  engine.hold();
  await cluster.clock.advance(30 * second);
  engine.release(new Error('disk on fire'));
  await cluster.settle();
  assert.equal(cluster.state.node(node.id)?.Status, 'ready');
  await cluster.advance(minute, 5 * second);
  assert.equal(cluster.state.node(node.id)?.Status, 'down');
});

test('a node that is heard in time is not marked, even when its timer had fired', async (t) => {
  const engine = new GatedEngine();
  const cluster = await TestCluster.start(t, { dependencies: { engine } });
  const node = await cluster.addNode();
  await cluster.settle();
  node.goSilent();
  engine.hold();
  // A write holds the queue; meanwhile the timer fires, and then the node is heard.
  const held = cluster.server.context.writes.write('held', (tx) => {
    const row: Namespace = must(tx.namespace('default'), 'namespace');
    tx.put('namespaces', { ...row, ModifyIndex: tx.index });
  });
  await cluster.clock.advance(30 * second);
  const beat = node.wake();
  engine.release();
  await Promise.all([held, beat]);
  await cluster.settle();
  assert.ok(['ready', 'down'].includes(cluster.state.node(node.id)?.Status ?? ''));
  await cluster.advance(minute, 5 * second);
  assert.equal(cluster.state.node(node.id)?.Status, 'ready');
});
