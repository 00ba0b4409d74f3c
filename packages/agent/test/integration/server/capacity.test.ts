// SPDX-License-Identifier: MPL-2.0
// Many who want the same room: nobody gets what is not there, nobody is forgotten, and waiting costs nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Evaluation, type Job, make, Resources } from '@serai/api';
import { isTerminal } from '#model';
import { allocsFit } from '#scheduler';
import {
  mockBatchJob,
  mockJob,
  mockSystemJob,
  mockTask,
  mockTaskGroup,
  mockUpdate,
  TestCluster,
} from '#testing';

const second = 1_000;
const minute = 60 * second;

/** `cpu` of the 4000 that a node has. */
function sized(ID: string, cpu: number, fields: { count?: number; job?: Partial<Job> } = {}): Job {
  const task = mockTask({ Resources: make(Resources, { CPU: cpu, MemoryMB: 32 }) });
  const group = mockTaskGroup({
    Count: fields.count ?? 1,
    Tasks: [task],
    Networks: null,
    Update: mockUpdate({ MaxParallel: 0 }),
  });
  return mockJob({ ID, Name: ID, TaskGroups: [group], ...fields.job });
}

function assertFits(cluster: TestCluster): void {
  for (const node of cluster.state.nodes()) {
    const allocs = cluster.state.allocsByNode(node.ID).filter((alloc) => !isTerminal(alloc));
    assert.equal(allocsFit(node, [], allocs).reason, '');
  }
}

test('workers that plan at the same time never oversubscribe a node', async (t) => {
  const cluster = await TestCluster.start(t, { options: { numSchedulers: 8 } });
  await cluster.addNodes(4);
  // Room for 8 of 12: two on each node.
  await Promise.all(Array.from({ length: 12 }, (_, i) => cluster.register(sized(`job-${i}`, 2000))));
  await cluster.settle();
  await cluster.advance(2 * second);
  assertFits(cluster);
  const placed = Array.from({ length: 12 }, (_, i) => cluster.live(`job-${i}`).length);
  assert.equal(
    placed.reduce((sum, count) => sum + count, 0),
    8,
  );
  assert.equal(cluster.blockedEvals().length, 4);
});

test('who waits is served as room comes, the more important first', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(sized('full', 4000));
  for (const [id, Priority] of [
    ['low', 20],
    ['high', 90],
    ['middle', 50],
  ] as const)
    await cluster.run(sized(id, 4000, { job: { Priority } }));
  const running = (): string[] => ['low', 'middle', 'high'].filter((id) => cluster.live(id).length > 0);
  assert.deepEqual(running(), []);
  await cluster.stopJob('full');
  assert.deepEqual(running(), ['high']);
  await cluster.stopJob('high');
  assert.deepEqual(running(), ['middle']);
});

test('a job that never fits costs one try for each gain of capacity, and nothing else', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(sized('giant', 99_000, { count: 3 }));
  const tries = (): number => cluster.state.openEvals('blocked')[0]?.SnapshotIndex ?? 0;
  await cluster.advance(30 * minute, minute);
  const before = cluster.state.index;
  await cluster.advance(30 * minute, minute);
  assert.equal(cluster.state.index, before);
  const seen = tries();
  // Ten allocations end: ten gains at most.
  await cluster.run(sized('churn', 100, { count: 10 }));
  assert.equal(tries(), seen, 'what takes room wakes nobody');
  for (const alloc of cluster.live('churn')) node.force(alloc.ID, { status: 'failed' });
  await cluster.settle();
  assert.ok(tries() > seen);
  assert.equal(cluster.blockedEvals().filter((e) => e.JobID === 'giant').length, 1);
  assert.ok(cluster.state.index - before < 60, `${cluster.state.index - before} commits`);
});

test('a node of a class that can not help does not wake those who know it', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const Constraints = [{ LTarget: '${meta.rack}', RTarget: 'r9', Operand: '=' }];
  await cluster.run(sized('picky', 100, { job: { Constraints } }));
  const snapshotOf = (): number => cluster.blockedEvals()[0]?.SnapshotIndex ?? 0;
  const before = snapshotOf();
  await cluster.addNode();
  await cluster.settle();
  assert.equal(snapshotOf(), before, 'the same class as the first');
  await cluster.addNode({ Meta: { rack: 'r9' } });
  await cluster.settle();
  assert.equal(cluster.live('picky').length, 1);
});

test('a batch larger than the cluster runs through, wave after wave', async (t) => {
  const cluster = await TestCluster.start(t);
  const nodes = await cluster.addNodes(2);
  const task = mockTask({ Resources: make(Resources, { CPU: 1000, MemoryMB: 32 }) });
  const group = mockTaskGroup({ Count: 50, Tasks: [task], Networks: null, Migrate: null });
  for (const node of nodes) node.outcome = () => ({ status: 'complete' });
  const job = await cluster.run(mockBatchJob({ ID: 'sums', TaskGroups: [group] }));
  assert.equal(cluster.allocs('sums').filter((alloc) => alloc.ClientStatus === 'complete').length, 50);
  assert.equal(job.Status, 'dead');
  assert.deepEqual(cluster.blockedEvals(), []);
  const open = (e: Evaluation): boolean => e.Status === 'pending';
  await cluster.advance(2 * second);
  assert.deepEqual(cluster.evals('sums').filter(open), []);
});

test('a rolling update of a system job goes from node to node with its stagger', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(4);
  const agent = (text: string): Job =>
    mockSystemJob({
      ID: 'agent',
      Update: mockUpdate({ MaxParallel: 2, Stagger: 30e9 }),
      TaskGroups: [
        mockTaskGroup({
          Count: 1,
          Networks: null,
          ReschedulePolicy: null,
          Migrate: null,
          Update: mockUpdate({ MaxParallel: 2, Stagger: 30e9 }),
          Tasks: [mockTask({ Env: { V: text } })],
        }),
      ],
    });
  await cluster.run(agent('a'));
  await cluster.run(agent('b'));
  const updated = (): number => cluster.live('agent').filter((alloc) => alloc.Job?.Version === 1).length;
  assert.deepEqual([cluster.live('agent').length, updated()], [4, 2]);
  await cluster.advance(20 * second, 5 * second);
  assert.equal(updated(), 2);
  await cluster.advance(15 * second, 5 * second);
  assert.deepEqual([cluster.live('agent').length, updated()], [4, 4]);
  const { index } = cluster.state;
  await cluster.advance(10 * minute, minute);
  assert.equal(cluster.state.index, index);
});

test('ports are given once per node, and free again when their allocation has ended', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  const Networks = [
    {
      ...(mockTaskGroup().Networks?.[0] ?? assert.fail('no network')),
      DynamicPorts: null,
      ReservedPorts: [{ Label: 'http', Value: 8080, To: 0, HostNetwork: 'default' }],
    },
  ];
  const web = (id: string): Job =>
    mockJob({
      ID: id,
      Name: id,
      TaskGroups: [mockTaskGroup({ Count: 1, Networks, Update: mockUpdate({ MaxParallel: 0 }) })],
    });
  await cluster.run(web('one'));
  await cluster.run(web('two'));
  assert.deepEqual([cluster.live('one').length, cluster.live('two').length], [1, 0]);
  const metric = cluster.evals('two')[0]?.FailedTGAllocs?.['web'];
  assert.deepEqual(metric?.DimensionExhausted, { 'network: reserved port collision http=8080': 1 });
  node.goSilent();
  await cluster.stopJob('one');
  assert.equal(cluster.live('two').length, 0, 'its client has not let go yet');
  await node.wake();
  await cluster.settle();
  assert.equal(cluster.live('two').length, 1);
});
