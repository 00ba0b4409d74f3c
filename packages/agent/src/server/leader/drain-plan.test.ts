// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Allocation, type DrainStrategy, type Job, type Node, zeroTime } from '@serai/api';
import { seededRandom } from '#base';
import { stopJob, upsertJob, upsertNode, upsertPlanResults } from '#state';
import {
  mockAlloc,
  mockBatchJob,
  mockJob,
  mockNode,
  mockSysbatchJob,
  mockSystemJob,
  mockTaskGroup,
  TestState,
  VirtualClock,
} from '#testing';
import { stampNow } from '../stamp.ts';
import { drainDeadlineMs, planDrains } from './drain-plan.ts';
import { drainNow } from './drainer.ts';

const clock = new VirtualClock();
const nowMs = clock.nowMs();
const minuteNs = 60e9;
const ids = { a: 'aaaaaaaa-0000-4000-8000-000000000000', b: 'bbbbbbbb-0000-4000-8000-000000000000' };

function drain(fields: Partial<DrainStrategy> = {}): DrainStrategy {
  return {
    Deadline: 10 * minuteNs,
    ForceDeadline: new Date(nowMs + 600_000).toISOString(),
    IgnoreSystemJobs: false,
    StartedAt: clock.nowIso(),
    ...fields,
  };
}

function web(count: number, maxParallel = 1): Job {
  const migrate = { MaxParallel: maxParallel, HealthCheck: 'checks', MinHealthyTime: 1, HealthyDeadline: 1 };
  return mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: count, Migrate: migrate })] });
}

/** Node a drains. */
function stateWith(
  of: { jobs?: readonly Job[]; allocs?: readonly Allocation[]; a?: Partial<Node>; b?: Partial<Node> } = {},
): TestState {
  const state = new TestState();
  const a = mockNode({ ID: ids.a, DrainStrategy: drain(), SchedulingEligibility: 'ineligible', ...of.a });
  for (const node of [a, mockNode({ ID: ids.b, ...of.b })]) {
    state.write((tx) => upsertNode(tx, { node, nowIso: clock.nowIso() }));
  }
  for (const job of of.jobs ?? []) state.write((tx) => upsertJob(tx, { job }));
  const stored = (of.allocs ?? []).map((alloc) => ({
    ...alloc,
    Job: state.snapshot.job(alloc.Namespace, alloc.JobID) ?? alloc.Job,
  }));
  state.write((tx) =>
    upsertPlanResults(tx, {
      result: {
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        nodeAllocation: new Map([['', stored]]),
        deployment: null,
        deploymentUpdates: [],
      },
      job: null,
      evalId: '',
      nowNs: 1,
    }),
  );
  return state;
}

const health = (Healthy: boolean | null): Pick<Allocation, 'DeploymentStatus'> => ({
  DeploymentStatus: { Healthy, Canary: false, Timestamp: zeroTime, ModifyIndex: 0 },
});
const moving = {
  DesiredTransition: { Migrate: true, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null },
};
/** Running and healthy, named by its index. */
function on(node: 'a' | 'b', Job: Job, index: number, fields: Partial<Allocation> = {}): Allocation {
  const ID = `${node}${index}-${Job.ID}`;
  return mockAlloc({
    ID,
    Job,
    index,
    NodeID: ids[node],
    ClientStatus: 'running',
    ...health(true),
    ...fields,
  });
}

const plan = (state: TestState, atMs = nowMs): ReturnType<typeof planDrains> =>
  planDrains(state.snapshot, [ids.a, ids.b], atMs);
const moved = (state: TestState, atMs = nowMs): string[] =>
  plan(state, atMs)
    .migrate.map((alloc) => alloc.ID)
    .sort();
const completed = (state: TestState, atMs = nowMs): string[] =>
  plan(state, atMs).complete.map((node) => node.nodeId);

describe('services', () => {
  test('move as far as enough healthy ones are left, on all nodes', () => {
    const job = web(4);
    const allocs = [on('a', job, 0), on('a', job, 1), on('b', job, 2), on('b', job, 3)];
    assert.equal(moved(stateWith({ jobs: [job], allocs })).length, 1);
    const two = web(4, 2);
    assert.equal(moved(stateWith({ jobs: [two], allocs })).length, 2);
    const all = web(4, 9);
    assert.equal(moved(stateWith({ jobs: [all], allocs })).length, 2, 'only those on the node');
  });

  test('wait while others are moving or not healthy yet', () => {
    const job = web(3);
    const base = [on('a', job, 0), on('b', job, 1)];
    const pending = on('b', job, 2, health(null));
    assert.deepEqual(moved(stateWith({ jobs: [job], allocs: [...base, pending] })), []);
    const leaving = on('a', job, 2, moving);
    assert.deepEqual(moved(stateWith({ jobs: [job], allocs: [...base, leaving] })), []);
    const healthy = on('b', job, 2);
    assert.deepEqual(moved(stateWith({ jobs: [job], allocs: [...base, healthy] })), ['a0-web']);
  });

  test('that are broken move at once: they serve nobody', () => {
    const job = web(2);
    const allocs = [on('a', job, 0, health(false)), on('a', job, 1, health(null))];
    assert.deepEqual(moved(stateWith({ jobs: [job], allocs })), ['a0-web']);
  });

  test('whose health nobody tells count as healthy when they run', () => {
    const job = mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: 1, Migrate: null })] });
    const running = on('a', job, 0, { DeploymentStatus: null });
    assert.deepEqual(moved(stateWith({ jobs: [job], allocs: [running] })), ['a0-web']);
    const pending = { ...running, ClientStatus: 'pending' };
    assert.deepEqual(moved(stateWith({ jobs: [job], allocs: [pending] })), []);
  });

  test('of a job or group that is gone are left to those who stop them', () => {
    const job = web(1);
    const state = stateWith({ jobs: [job], allocs: [on('a', job, 0)] });
    state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'web', nowNs: 1 }));
    assert.deepEqual(moved(state), []);
    const purged = stateWith({ allocs: [on('a', job, 0)] });
    assert.deepEqual(moved(purged), []);
  });

  test('on two draining nodes share the limit', () => {
    const job = web(2);
    const allocs = [on('a', job, 0), on('b', job, 1)];
    const state = stateWith({ jobs: [job], allocs, b: { DrainStrategy: drain() } });
    assert.equal(moved(state).length, 1);
  });
});

describe('the order of leaving', () => {
  const service = web(1);
  const batch = mockBatchJob({ ID: 'sums' });
  const system = mockSystemJob({ ID: 'agent' });
  const sysbatch = mockSysbatchJob({ ID: 'ping' });
  const jobs = [service, batch, system, sysbatch];

  test('batch stays until the deadline, system until everything else is gone', () => {
    const allocs = [on('a', service, 0), on('a', batch, 1), on('a', system, 2), on('a', sysbatch, 3)];
    const state = stateWith({ jobs, allocs });
    assert.deepEqual(moved(state), ['a0-web']);
    assert.deepEqual(completed(state), []);
    assert.equal(plan(state).wakeAtMs, nowMs + 600_000);
    assert.deepEqual(moved(state, nowMs + 600_000), ['a0-web', 'a1-sums', 'a2-agent', 'a3-ping']);
  });

  test('system jobs leave when the rest has ended, also what was told to stop', () => {
    const stopping = on('a', service, 0, { DesiredStatus: 'stop' });
    assert.deepEqual(moved(stateWith({ jobs, allocs: [stopping, on('a', system, 1)] })), []);
    const ended = on('a', service, 0, { DesiredStatus: 'stop', ClientStatus: 'complete' });
    const state = stateWith({ jobs, allocs: [ended, on('a', system, 1), on('a', sysbatch, 2)] });
    assert.deepEqual(moved(state), ['a1-agent', 'a2-ping']);
    assert.deepEqual(completed(state), []);
    const gone = on('a', system, 1, { ...moving, DesiredStatus: 'stop', ClientStatus: 'complete' });
    assert.deepEqual(completed(stateWith({ jobs, allocs: [ended, gone] })), [ids.a]);
  });

  test('ignored system jobs neither leave nor hold up the end', () => {
    const a = { DrainStrategy: drain({ IgnoreSystemJobs: true }) };
    const state = stateWith({ jobs, allocs: [on('a', system, 1)], a });
    assert.deepEqual(moved(state, nowMs + 600_000), []);
    assert.deepEqual(completed(state), [ids.a]);
  });

  test('an empty node is done at once', () => {
    assert.deepEqual(plan(stateWith()).complete, [{ nodeId: ids.a, deadlineReached: false }]);
  });

  test('a node that does not drain, or is gone, is none of its business', () => {
    const state = stateWith({ a: { DrainStrategy: null }, jobs, allocs: [on('a', service, 0)] });
    assert.deepEqual(planDrains(state.snapshot, [ids.a, 'gone'], nowMs), {
      migrate: [],
      complete: [],
      wakeAtMs: undefined,
    });
  });
});

test('deadlines: a date, at once, never', () => {
  assert.equal(drainDeadlineMs(drain()), nowMs + 600_000);
  assert.equal(drainDeadlineMs(drain({ Deadline: -1 })), Number.NEGATIVE_INFINITY);
  assert.equal(drainDeadlineMs(drain({ Deadline: 0 })), Number.POSITIVE_INFINITY);
  assert.equal(drainDeadlineMs(drain({ ForceDeadline: zeroTime })), Number.POSITIVE_INFINITY);
});

test('what is written: transitions, one evaluation per job, the end of the drain', () => {
  const job = web(3, 2);
  const batch = mockBatchJob({ ID: 'sums' });
  const allocs = [on('a', job, 0), on('a', job, 1), on('b', job, 2), on('a', batch, 0)];
  const state = stateWith({ jobs: [job, batch], allocs, a: { DrainStrategy: drain({ Deadline: -1 }) } });
  const stamp = stampNow({ clock, random: seededRandom(1) });
  state.write((tx) => drainNow(tx, [ids.a], stamp));
  for (const id of ['a0-web', 'a1-web', 'a0-sums']) {
    assert.equal(state.snapshot.alloc(id)?.DesiredTransition.Migrate, true, id);
  }
  assert.equal(state.snapshot.alloc('b2-web')?.DesiredTransition.Migrate, null);
  const evals = state.snapshot.openEvals('pending').map((e) => [e.JobID, e.TriggeredBy]);
  assert.deepEqual(evals.sort(), [
    ['sums', 'node-drain'],
    ['web', 'node-drain'],
  ]);
  assert.equal(
    state.dryRun((tx) => drainNow(tx, [ids.a], stamp)).size,
    0,
    'nothing more until they have stopped',
  );

  const empty = stateWith({ a: { DrainStrategy: drain({ Deadline: -1 }) } });
  empty.write((tx) => drainNow(tx, [ids.a], stamp));
  const node = empty.snapshot.node(ids.a);
  assert.deepEqual([node?.DrainStrategy, node?.LastDrain?.Status], [null, 'complete']);
  assert.deepEqual(node?.Events?.at(-1)?.Details, { deadline_reached: 'true' });
  assert.equal(node?.SchedulingEligibility, 'ineligible');
});
