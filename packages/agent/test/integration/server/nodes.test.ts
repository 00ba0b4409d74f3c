// SPDX-License-Identifier: MPL-2.0
// Nodes that come, go silent, come back, drain and are purged.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Allocation,
  type Job,
  make,
  Node_Deregister,
  Node_UpdateDrain,
  Node_UpdateEligibility,
  Resources,
  zeroTime,
} from '@serai/api';
import {
  type FakeNode,
  mockBatchJob,
  mockJob,
  mockNode,
  mockSystemJob,
  mockTask,
  mockTaskGroup,
  mockUpdate,
  TestCluster,
} from '#testing';

const second = 1_000;
const minute = 60 * second;
const ns = 1e6;

const service = (count: number, overrides: Parameters<typeof mockTaskGroup>[0] = {}): Job =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }), ...overrides })],
  });

const status = (cluster: TestCluster, node: FakeNode): string | undefined =>
  cluster.state.node(node.id)?.Status;
const messages = (cluster: TestCluster, node: FakeNode): string[] =>
  (cluster.state.node(node.id)?.Events ?? []).map((event) => event.Message);
const onNode = (allocs: readonly Allocation[], node: FakeNode): Allocation[] =>
  allocs.filter((alloc) => alloc.NodeID === node.id);

function drain(
  cluster: TestCluster,
  node: FakeNode,
  deadlineMs: number,
  ignoreSystem = false,
): Promise<unknown> {
  return cluster.call(Node_UpdateDrain, {
    NodeID: node.id,
    DrainStrategy: {
      Deadline: deadlineMs * ns,
      IgnoreSystemJobs: ignoreSystem,
      ForceDeadline: zeroTime,
      StartedAt: zeroTime,
    },
  });
}

test('a heartbeating node stays ready for hours without a write', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.settle();
  const { index } = cluster.state;
  await cluster.advance(60 * minute, minute);
  assert.equal(status(cluster, node), 'ready');
  assert.equal(cluster.state.index, index);
  assert.ok(node.heartbeats > 100);
});

test('a silent node is down; what ran there is lost and replaced; it comes back empty', async (t) => {
  const cluster = await TestCluster.start(t);
  const [first, second_] = await cluster.addNodes(2);
  assert.ok(first && second_);
  await cluster.run(service(2));
  const lost = onNode(cluster.live('web'), first);
  assert.equal(lost.length, 1);
  first.goSilent();
  await cluster.until(() => status(cluster, first) === 'down', minute);
  await cluster.settle();
  assert.deepEqual(
    lost.map((alloc) => cluster.state.alloc(alloc.ID)?.ClientStatus),
    ['lost'],
  );
  assert.equal(onNode(cluster.live('web'), second_).length, 2);
  assert.ok(messages(cluster, first).includes('Node heartbeat missed'));
  assert.ok(cluster.evals('web').some((e) => e.TriggeredBy === 'node-update' && e.NodeID === first.id));
  await first.wake();
  await cluster.settle();
  assert.equal(status(cluster, first), 'ready');
  assert.ok(messages(cluster, first).includes('Node reregistered by heartbeat'));
  assert.equal(cluster.live('web').length, 2);
  assert.equal(
    cluster.state.alloc(lost[0]?.ID ?? '')?.ClientStatus,
    'complete',
    'told to stop when it was back',
  );
});

test('an allocation that was told to stop on a node that dies is lost, not running for ever', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node] = await cluster.addNodes(1);
  assert.ok(node);
  await cluster.run(service(1));
  node.goSilent();
  await cluster.stopJob('web');
  assert.equal(cluster.allocs('web')[0]?.ClientStatus, 'running');
  await cluster.until(() => status(cluster, node) === 'down', minute);
  assert.equal(cluster.allocs('web')[0]?.ClientStatus, 'lost');
});

test('what finds no room waits, and is placed when a node comes', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(service(2));
  const [blocked] = cluster.blockedEvals();
  assert.equal(blocked?.TriggeredBy, 'queued-allocs');
  assert.equal(cluster.evals('web')[0]?.BlockedEval, blocked?.ID);
  assert.equal(cluster.job('web').Status, 'pending');
  assert.equal(cluster.state.jobSummary('default', 'web')?.Summary?.['web']?.Queued, 2);
  await cluster.addNode();
  await cluster.settle();
  assert.equal(cluster.live('web').length, 2);
  assert.deepEqual(cluster.blockedEvals(), []);
  assert.equal(cluster.state.evaluation(blocked?.ID ?? '')?.Status, 'complete');
});

test('what finds no room is placed when another job leaves room', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const big = mockTask({ Resources: make(Resources, { CPU: 3000, MemoryMB: 256 }) });
  const one = (id: string): Job => ({
    ...service(1, { Tasks: [big], Networks: null }),
    ID: id,
    Name: id,
  });
  await cluster.run(one('first'));
  await cluster.run(one('waits'));
  assert.equal(cluster.live('waits').length, 0);
  const { index } = cluster.state;
  await cluster.advance(5 * minute, minute);
  assert.equal(cluster.state.index, index, 'waiting costs nothing');
  await cluster.stopJob('first');
  assert.equal(cluster.live('waits').length, 1);
  assert.deepEqual(cluster.blockedEvals(), []);
});

test('a system job without room on a node waits for that node once, however often it is evaluated', async (t) => {
  const cluster = await TestCluster.start(t);
  const nodes = await cluster.addNodes(2);
  const hog = mockTask({ Resources: make(Resources, { CPU: 3800, MemoryMB: 256 }) });
  await cluster.run({ ...service(2, { Tasks: [hog], Networks: null }), ID: 'hog' });
  await cluster.run(mockSystemJob({ ID: 'agent' }));
  for (let i = 0; i < 5; i++) await cluster.evaluate('agent');
  await cluster.advance(2 * second);
  assert.deepEqual(
    cluster
      .blockedEvals()
      .map((e) => e.NodeID)
      .sort(),
    nodes.map((node) => node.id).sort(),
  );
  await cluster.stopJob('hog');
  assert.equal(cluster.live('agent').length, 2);
  assert.deepEqual(cluster.blockedEvals(), []);
});

test('an ineligible node gets nothing until it is eligible again', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  const setEligible = (Eligibility: string): Promise<unknown> =>
    cluster.call(Node_UpdateEligibility, { NodeID: node.id, Eligibility });
  await setEligible('ineligible');
  await cluster.run(service(1));
  await cluster.run(mockSystemJob({ ID: 'agent' }));
  assert.equal(cluster.live('web').length + cluster.live('agent').length, 0);
  await setEligible('eligible');
  await cluster.settle();
  assert.equal(cluster.live('web').length, 1);
  assert.equal(cluster.live('agent').length, 1);
  await assert.rejects(setEligible('maybe'), {
    status: 500,
    message: 'invalid scheduling eligibility "maybe"',
  });
});

test('a purged node is gone, what ran there is replaced, and the node may register again', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node] = await cluster.addNodes(2);
  assert.ok(node);
  await cluster.run(service(2));
  node.goSilent();
  const reply = await cluster.call(Node_Deregister, { NodeID: node.id });
  assert.equal(reply.EvalIDs?.length, 1);
  await cluster.settle();
  assert.equal(status(cluster, node), undefined);
  assert.equal(cluster.live('web').length, 2);
  await assert.rejects(cluster.call(Node_Deregister, { NodeID: node.id }), {
    status: 500,
    message: 'node not found',
  });
  await assert.rejects(node.wake(), /node not found/);
  await node.start();
  assert.equal(status(cluster, node), 'ready');
});

test('a node that offers more is looked at again', async (t) => {
  const cluster = await TestCluster.start(t);
  const linux = mockNode().Attributes;
  const node = await cluster.addNode({ Attributes: { ...linux, 'kernel.name': 'plan9' } });
  await cluster.run(service(1));
  await cluster.run(mockSystemJob({ ID: 'agent' }));
  assert.equal(cluster.live('web').length + cluster.live('agent').length, 0);
  Object.assign(node.node, { Attributes: linux });
  await node.register();
  await cluster.settle();
  assert.equal(cluster.live('web').length, 1);
  assert.equal(cluster.live('agent').length, 1);
});

test('a node out of reach keeps its allocations while its group lets it, and takes them up again', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node] = await cluster.addNodes(1);
  assert.ok(node);
  await cluster.run(service(1, { MaxClientDisconnect: 10 * minute * ns }));
  const [alloc] = cluster.live('web');
  assert.ok(alloc);
  node.goSilent();
  await cluster.until(() => status(cluster, node) === 'disconnected', minute);
  await cluster.settle();
  assert.equal(cluster.state.alloc(alloc.ID)?.ClientStatus, 'unknown');
  await cluster.advance(5 * minute, 10 * second);
  assert.equal(status(cluster, node), 'disconnected', 'still within its time');
  await node.wake();
  await cluster.settle();
  await cluster.advance(minute);
  assert.equal(status(cluster, node), 'ready');
  assert.equal(cluster.state.alloc(alloc.ID)?.ClientStatus, 'running');
  assert.deepEqual(
    cluster.live('web').map((a) => a.ID),
    [alloc.ID],
  );
});

test('a node out of reach for too long is down, and its allocations are lost', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node] = await cluster.addNodes(1);
  assert.ok(node);
  await cluster.run(service(1, { MaxClientDisconnect: 2 * minute * ns }));
  const [alloc] = cluster.live('web');
  node.goSilent();
  await cluster.until(() => status(cluster, node) === 'down', 10 * minute, 5 * second);
  await cluster.settle();
  assert.equal(cluster.state.alloc(alloc?.ID ?? '')?.ClientStatus, 'lost');
});

test('drain: services move within the limit of their group, health first', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node, ...others] = await cluster.addNodes(4);
  assert.ok(node);
  // everything starts on one node
  for (const other of others)
    await cluster.call(Node_UpdateEligibility, { NodeID: other.id, Eligibility: 'ineligible' });
  await cluster.run(service(4));
  assert.equal(onNode(cluster.live('web'), node).length, 4);
  for (const other of others)
    await cluster.call(Node_UpdateEligibility, { NodeID: other.id, Eligibility: 'eligible' });
  // new ones need a while to be healthy
  let healthy = false;
  for (const other of others) other.outcome = () => ({ status: 'running', healthy: healthy || null });
  await drain(cluster, node, 60 * minute);
  await cluster.settle();
  assert.equal(onNode(cluster.live('web'), node).length, 3, 'one at a time');
  await cluster.advance(5 * minute, minute);
  assert.equal(onNode(cluster.live('web'), node).length, 3, 'not before the first is healthy');
  assert.equal(cluster.evals('web').filter((e) => e.TriggeredBy === 'node-drain').length, 1);
  assert.equal(cluster.state.node(node.id)?.LastDrain?.Status, 'draining');
  healthy = true;
  await cluster.settle();
  assert.equal(onNode(cluster.live('web'), node).length, 0);
  assert.equal(cluster.live('web').length, 4);
  const row = cluster.state.node(node.id);
  assert.equal(row?.DrainStrategy, null);
  assert.deepEqual([row?.LastDrain?.Status, row?.SchedulingEligibility], ['complete', 'ineligible']);
  assert.ok(messages(cluster, node).includes('Node drain complete'));
});

test('drain: a batch runs to its end; the deadline moves it', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  const group = mockTaskGroup({ Count: 2, Networks: null, Migrate: null, ReschedulePolicy: null });
  await cluster.run(mockBatchJob({ ID: 'sums', TaskGroups: [group] }));
  const other = await cluster.addNode();
  await drain(cluster, node, 10 * minute);
  await cluster.advance(5 * minute, minute);
  assert.equal(onNode(cluster.live('sums'), node).length, 2);
  const [first] = onNode(cluster.live('sums'), node);
  node.force(first?.ID ?? '', { status: 'complete' });
  await cluster.advance(6 * minute, minute);
  assert.equal(onNode(cluster.live('sums'), node).length, 0);
  assert.equal(onNode(cluster.live('sums'), other).length, 1);
  assert.equal(cluster.state.node(node.id)?.DrainStrategy, null);
});

test('drain: system jobs leave last, or stay when they are ignored', async (t) => {
  for (const ignore of [false, true]) {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await cluster.run(service(1));
    await cluster.run(mockSystemJob({ ID: 'agent' }));
    await drain(cluster, node, 0, ignore);
    await cluster.settle();
    // nowhere to go, but it is stopped all the same
    assert.equal(cluster.live('web').length, 0);
    assert.equal(cluster.live('agent').length, ignore ? 1 : 0);
    assert.equal(cluster.state.node(node.id)?.DrainStrategy, null);
    await cluster.call(Node_UpdateEligibility, { NodeID: node.id, Eligibility: 'eligible' });
    await cluster.settle();
    assert.equal(cluster.live('web').length, 1);
    assert.equal(cluster.live('agent').length, 1);
  }
});

test('drain: forced, everything goes at once; canceled, nothing more goes', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node, other] = await cluster.addNodes(2);
  assert.ok(node && other);
  await cluster.run(service(6));
  other.outcome = () => ({ status: 'running', healthy: null });
  assert.equal(onNode(cluster.live('web'), node).length, 3);
  await drain(cluster, node, 60 * minute);
  await cluster.settle();
  const left = onNode(cluster.live('web'), node).length;
  assert.ok(left < 3 && left > 0);
  await cluster.call(Node_UpdateDrain, { NodeID: node.id, DrainStrategy: null, MarkEligible: true });
  await cluster.settle();
  assert.equal(cluster.state.node(node.id)?.LastDrain?.Status, 'canceled');
  assert.ok(onNode(cluster.live('web'), node).length >= left);
  await drain(cluster, node, -1);
  await cluster.settle();
  assert.equal(onNode(cluster.live('web'), node).length, 0);
  assert.equal(cluster.live('web').length, 6);
  assert.equal(cluster.state.node(node.id)?.LastDrain?.Status, 'complete');
});

test('drain: a node that dies meanwhile ends it', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node] = await cluster.addNodes(2);
  assert.ok(node);
  const group = mockTaskGroup({ Count: 2, Networks: null, Migrate: null });
  await cluster.run(mockBatchJob({ ID: 'sums', TaskGroups: [group] }));
  node.goSilent();
  await drain(cluster, node, 0);
  await cluster.until(() => status(cluster, node) === 'down', minute);
  await cluster.settle();
  assert.equal(cluster.state.node(node.id)?.DrainStrategy, null);
  assert.equal(cluster.live('sums').length, 2);
});
