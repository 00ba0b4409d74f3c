// SPDX-License-Identifier: MPL-2.0
// The life of jobs on a whole server with fake nodes: placed, updated, failed, stopped, purged.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alloc_Stop, type Job, Job_Register, make, Resources } from '@serai/api';
import {
  mockBatchJob,
  mockJob,
  mockSysbatchJob,
  mockSystemJob,
  mockTask,
  mockTaskGroup,
  mockUpdate,
  TestCluster,
} from '#testing';

const minute = 60_000;
const hour = 60 * minute;

const service = (count: number, overrides: Partial<Job> = {}): Job =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }) })],
    ...overrides,
  });

const withEnv = (job: Job, value: string): Job => ({
  ...job,
  TaskGroups: (job.TaskGroups ?? []).map((group) => ({
    ...group,
    Tasks: (group.Tasks ?? []).map((task) => ({ ...task, Env: { VERSION: value } })),
  })),
});

test('a service is placed and runs, spread over its nodes', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(3);
  const job = await cluster.run(service(3));
  assert.equal(job.Status, 'running');
  const allocs = cluster.live('web');
  assert.deepEqual(allocs.map((alloc) => alloc.Name).sort(), ['web.web[0]', 'web.web[1]', 'web.web[2]']);
  assert.ok(allocs.every((alloc) => alloc.ClientStatus === 'running'));
  assert.equal(new Set(allocs.map((alloc) => alloc.NodeID)).size, 3);
  assert.deepEqual(
    cluster.evals('web').map((e) => [e.TriggeredBy, e.Status]),
    [['job-register', 'complete']],
  );
  assert.equal(cluster.state.jobSummary('default', 'web')?.Summary?.['web']?.Running, 3);
});

test('the same job again is no new version, and nothing is placed or stopped', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const first = await cluster.run(service(2));
  const again = await cluster.run(service(2));
  assert.deepEqual([again.Version, again.JobModifyIndex], [0, first.JobModifyIndex]);
  assert.equal(cluster.allocs('web').length, 2);
  assert.equal(cluster.evals('web').length, 2);
});

test('check-index: refused when it does not match; when it does, an unchanged job stays as it is', async (t) => {
  const cluster = await TestCluster.start(t);
  const { JobModifyIndex: index } = await cluster.run(service(1));
  const enforce = (value: number): Promise<unknown> =>
    cluster.register(service(1), { EnforceIndex: true, JobModifyIndex: value });
  await assert.rejects(enforce(0), {
    status: 500,
    message: 'Enforcing job modify index 0: job already exists',
  });
  await assert.rejects(enforce(index + 7), /job exists with conflicting job modify index: \d+$/);
  await enforce(index);
  await cluster.settle();
  assert.equal(cluster.job('web').Version, 0);
  await assert.rejects(
    cluster.register({ ...service(1), ID: 'other' }, { EnforceIndex: true, JobModifyIndex: 9 }),
    /job does not exist/,
  );
});

test('scaling up adds, scaling down stops the highest names', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  await cluster.run(service(2));
  await cluster.run(service(5));
  assert.equal(cluster.live('web').length, 5);
  await cluster.run(service(1));
  assert.deepEqual(
    cluster.live('web').map((alloc) => alloc.Name),
    ['web.web[0]'],
  );
  assert.ok(
    cluster
      .allocs('web')
      .every((alloc) => alloc.DesiredStatus === 'run' || alloc.ClientStatus === 'complete'),
  );
});

test('preserve-counts keeps the running count of a group', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  await cluster.run(service(4));
  await cluster.run(withEnv(service(1), 'b'), { PreserveCounts: true });
  assert.equal(cluster.job('web').TaskGroups?.[0]?.Count, 4);
  assert.equal(cluster.live('web').length, 4);
});

test('a change that tasks do not notice is made in place', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(service(2));
  const before = cluster.live('web').map((alloc) => alloc.ID);
  const changed = service(2);
  await cluster.run({
    ...changed,
    TaskGroups: [{ ...mockTaskGroup({ Count: 2 }), ReschedulePolicy: { ...must(changed), Attempts: 7 } }],
  });
  assert.equal(cluster.job('web').Version, 1);
  assert.deepEqual(
    cluster.live('web').map((alloc) => alloc.ID),
    before,
  );
  assert.ok(cluster.live('web').every((alloc) => alloc.Job?.Version === 1));
});

function must(job: Job): NonNullable<NonNullable<Job['TaskGroups']>[number]['ReschedulePolicy']> {
  const policy = job.TaskGroups?.[0]?.ReschedulePolicy;
  assert.ok(policy);
  return policy;
}

test('an update without limit of parallel ones replaces everything at once', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  await cluster.run(service(3));
  await cluster.run(withEnv(service(3), 'b'));
  assert.ok(cluster.live('web').every((alloc) => alloc.Job?.Version === 1));
  assert.equal(cluster.live('web').length, 3);
  assert.deepEqual(cluster.deployments('web'), []);
});

test('a failed allocation is rescheduled after its delay, on another node, as often as its policy says', async (t) => {
  const cluster = await TestCluster.start(t);
  const nodes = await cluster.addNodes(3);
  await cluster.run(service(1));
  const tried: string[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const [alloc] = cluster.live('web');
    assert.ok(alloc, `attempt ${attempt}`);
    tried.push(alloc.NodeID);
    cluster.nodeOf(alloc).force(alloc.ID, { status: 'failed' });
    await cluster.settle();
    assert.equal(cluster.live('web').length, 0, 'not before the delay');
    await cluster.advance(6_000, 1_000);
  }
  assert.equal(cluster.live('web').length, 0, 'attempts are used up');
  assert.equal(new Set(tried).size, nodes.length);
  assert.equal(cluster.allocs('web').at(-1)?.RescheduleTracker?.Events?.length, 2);
  assert.ok(cluster.evals('web').some((e) => e.TriggeredBy === 'alloc-failure'));
  // a user can ask for one more
  await cluster.evaluate('web', { forceReschedule: true });
  assert.equal(cluster.live('web').length, 1);
});

test('a failed allocation that waits to be rescheduled is not replaced when the job needs it no more', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(service(2));
  const alloc = cluster.live('web').at(-1);
  node.force(alloc?.ID ?? '', { status: 'failed' });
  await cluster.settle();
  await cluster.run(service(1));
  await cluster.advance(30_000, 1_000);
  assert.equal(cluster.live('web').length, 1);
  await cluster.run(service(0));
  await cluster.advance(30_000, 1_000);
  assert.equal(cluster.live('web').length, 0);
});

test('a batch job that ran to its end is dead, and registering it again does not run it again', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  node.outcome = () => ({ status: 'complete' });
  const job = mockBatchJob({ ID: 'sums' });
  assert.equal((await cluster.run(job)).Status, 'dead');
  assert.equal(cluster.allocs('sums').length, 10);
  assert.equal((await cluster.run(job)).Status, 'dead');
  assert.equal(cluster.allocs('sums').length, 10);
  // another version runs anew
  await cluster.run(withEnv(job, 'b'));
  assert.equal(cluster.allocs('sums').filter((alloc) => alloc.Job?.Version === 1).length, 10);
});

test('a batch allocation that fails is tried again; the job is dead when nothing is left to try', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  for (const node of cluster.nodes) node.outcome = () => ({ status: 'failed' });
  const group = { ...mockTaskGroup({ Count: 1, Networks: null, Migrate: null }) };
  await cluster.run(mockBatchJob({ ID: 'fails', TaskGroups: [group] }));
  await cluster.advance(minute);
  assert.equal(cluster.allocs('fails').length, 3);
  assert.equal(cluster.job('fails').Status, 'dead');
});

test('a system job runs on every node, also on one that comes later, and not on one that does not fit', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  await cluster.run(mockSystemJob({ ID: 'agent' }));
  assert.equal(cluster.live('agent').length, 2);
  const late = await cluster.addNode();
  await cluster.addNode({ Attributes: { 'kernel.name': 'windows' } });
  await cluster.settle();
  assert.equal(cluster.live('agent').length, 3);
  assert.ok(cluster.live('agent').some((alloc) => alloc.NodeID === late.id));
  assert.deepEqual(cluster.blockedEvals(), []);
});

test('a system job that always fails is not started again and again', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  node.outcome = () => ({ status: 'failed' });
  await cluster.run(mockSystemJob({ ID: 'broken' }));
  await cluster.advance(minute);
  assert.equal(cluster.allocs('broken').length, 1);
  await cluster.evaluate('broken');
  assert.equal(cluster.allocs('broken').length, 2);
});

test('a system allocation that a user stops starts again on its node', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(mockSystemJob({ ID: 'agent' }));
  const [alloc] = cluster.live('agent');
  assert.ok(alloc);
  await cluster.call(Alloc_Stop, { AllocID: alloc.ID });
  await cluster.settle();
  const [next] = cluster.live('agent');
  assert.ok(next && next.ID !== alloc.ID && next.NodeID === node.id);
});

test('a sysbatch job runs once on each node', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  for (const node of cluster.nodes) node.outcome = () => ({ status: 'complete' });
  assert.equal((await cluster.run(mockSysbatchJob({ ID: 'ping' }))).Status, 'dead');
  assert.equal(cluster.allocs('ping').length, 2);
  const late = await cluster.addNode();
  late.outcome = () => ({ status: 'complete' });
  await cluster.settle();
  assert.equal(cluster.allocs('ping').length, 3);
  assert.equal(cluster.job('ping').Status, 'dead');
});

test('stopping a job stops its allocations and ends what waited for it; running it again starts a new version', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(service(20));
  assert.equal(cluster.blockedEvals().length, 1);
  await cluster.stopJob('web');
  const stopped = cluster.job('web');
  assert.deepEqual([stopped.Status, stopped.Stop, stopped.Version], ['dead', true, 1]);
  assert.deepEqual(cluster.live('web'), []);
  assert.deepEqual(cluster.blockedEvals(), []);
  await cluster.stopJob('web');
  assert.equal(cluster.job('web').Version, 1, 'stopping again changes nothing');
  const again = await cluster.run(service(2));
  assert.deepEqual([again.Status, again.Stop, again.Version], ['running', false, 2]);
  assert.equal(cluster.live('web').length, 2);
});

test('a purged job is gone; its allocations are stopped', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(service(2));
  await cluster.stopJob('web', { purge: true });
  assert.equal(cluster.state.job('default', 'web'), undefined);
  assert.ok(cluster.allocs('web').every((alloc) => alloc.ClientStatus === 'complete'));
  assert.equal(cluster.evals('web').at(-1)?.Status, 'complete');
  const again = await cluster.run(service(1));
  assert.deepEqual([again.Version, again.Status], [0, 'running']);
  assert.equal(cluster.live('web').length, 1);
});

test('stopping or purging a job that is not there is answered with an evaluation that finds nothing to do', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.stopJob('nope', { purge: true });
  assert.deepEqual(
    cluster.evals('nope').map((e) => [e.TriggeredBy, e.Status]),
    [['job-deregister', 'complete']],
  );
});

test('200 jobs at once are all placed, and nothing is left pending', async (t) => {
  const cluster = await TestCluster.start(t, { options: { numSchedulers: 4 } });
  await cluster.addNodes(20, {});
  const small = mockTask({ Resources: make(Resources, { CPU: 50, MemoryMB: 30 }) });
  const job = (i: number): Job =>
    mockJob({
      ID: `job-${i}`,
      TaskGroups: [mockTaskGroup({ Count: 3, Tasks: [small], Networks: null })],
    });
  await Promise.all(Array.from({ length: 200 }, (_, i) => cluster.call(Job_Register, { Job: job(i) })));
  await cluster.settle();
  for (let i = 0; i < 200; i++) assert.equal(cluster.live(`job-${i}`).length, 3, `job-${i}`);
  // evaluations that another one made needless are canceled each second
  await cluster.advance(2_000);
  assert.deepEqual(cluster.state.openEvals('pending'), []);
  assert.deepEqual(cluster.blockedEvals(), []);
});

test('collected: what is over and old; a running service and what it needs stays', async (t) => {
  const gc = {
    intervalMs: 5 * minute,
    jobThresholdMs: 20 * minute,
    evalThresholdMs: 10 * minute,
    batchEvalThresholdMs: 20 * minute,
    deploymentThresholdMs: 10 * minute,
    nodeThresholdMs: hour,
  };
  const cluster = await TestCluster.start(t, { options: { gc } });
  const [node, other] = await cluster.addNodes(2);
  assert.ok(node && other);
  for (const each of [node, other])
    each.outcome = (alloc) =>
      alloc.JobID === 'sums' ? { status: 'complete' } : { status: 'running', healthy: true };
  await cluster.run(mockBatchJob({ ID: 'sums' }));
  await cluster.run(service(2, { TaskGroups: [mockTaskGroup({ Count: 2, Update: mockUpdate() })] }));
  await cluster.run({ ...service(2), ID: 'gone' });
  await cluster.stopJob('gone');
  assert.ok(cluster.evals('web').length > 1);
  await cluster.advance(16 * minute, minute);
  assert.deepEqual(
    cluster.evals('web').map((e) => e.ID),
    [cluster.live('web')[0]?.EvalID],
    'only the evaluation that placed what runs is left',
  );
  assert.equal(cluster.live('web').length, 2);
  assert.equal(cluster.job('web').Status, 'running');
  assert.equal(cluster.deployments('web').length, 1, 'the newest deployment stays');
  assert.equal(cluster.allocs('sums').length, 10, 'batch history stays longer');
  await cluster.advance(11 * minute, minute);
  for (const id of ['sums', 'gone']) {
    assert.equal(cluster.state.job('default', id), undefined, id);
    assert.deepEqual(cluster.allocs(id), [], id);
    assert.deepEqual(cluster.evals(id), [], id);
  }
  other.goSilent();
  await cluster.advance(3 * minute, minute);
  assert.equal(cluster.state.node(other.id)?.Status, 'down');
  await cluster.advance(70 * minute, 5 * minute);
  assert.equal(cluster.state.node(other.id), undefined);
  assert.equal(cluster.live('web').length, 2);
});
