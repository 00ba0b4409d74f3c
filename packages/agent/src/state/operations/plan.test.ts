// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Allocation, Deployment, make, zeroTime } from '@serai/api';
import { mockAlloc, mockEval, mockEvalOf, mockJob, TestState } from '#testing';
import { updateAllocsFromClient } from './alloc/alloc.ts';
import { deleteJob, upsertJob } from './job/job.ts';
import { type PlanResultInput, upsertPlanResults } from './plan.ts';

type Planned = Partial<Omit<PlanResultInput, 'result'>> & {
  readonly place?: readonly Allocation[];
  readonly stop?: readonly Allocation[];
  readonly preempt?: readonly Allocation[];
} & Partial<PlanResultInput['result']>;

const byNode = (allocs: readonly Allocation[] = []): Map<string, Allocation[]> => {
  const map = new Map<string, Allocation[]>();
  for (const alloc of allocs) map.set(alloc.NodeID, [...(map.get(alloc.NodeID) ?? []), alloc]);
  return map;
};

function apply(state: TestState, planned: Planned): void {
  const { place, stop, preempt, deployment = null, deploymentUpdates = [], ...rest } = planned;
  const result = {
    nodeAllocation: byNode(place),
    nodeUpdate: byNode(stop),
    nodePreemptions: byNode(preempt),
    deployment,
    deploymentUpdates,
  };
  state.write((tx) => upsertPlanResults(tx, { job: null, evalId: '', nowNs: 1000, ...rest, result }));
}

/** A state with job `web` at index 1. */
function withJob(): TestState {
  const state = new TestState();
  state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
  return state;
}

const job = (state: TestState) => state.snapshot.job('default', 'web') ?? mockJob();
const alloc = (state: TestState, id: string): Allocation => {
  const found = state.snapshot.alloc(id);
  assert.ok(found);
  return found;
};
const counts = (state: TestState) => state.snapshot.jobSummary('default', 'web')?.Summary?.['web'];

describe('placements', () => {
  test('get indexes, times and the stored job version', () => {
    const state = withJob();
    apply(state, {
      place: [mockAlloc({ ID: 'a', Job: null, JobID: 'web', TaskGroup: 'web', CreateIndex: 77 })],
      job: job(state),
    });
    const placed = alloc(state, 'a');
    assert.deepEqual(
      [placed.CreateIndex, placed.ModifyIndex, placed.AllocModifyIndex, placed.CreateTime, placed.ModifyTime],
      [2, 2, 2, 1000, 1000],
    );
    assert.equal(placed.Job?.Version, 0);
    assert.equal(counts(state)?.Starting, 1);
    assert.equal(job(state).Status, 'running');
  });

  test('link the allocation they replace to its successor', () => {
    const state = withJob();
    apply(state, { place: [mockAlloc({ ID: 'a', Job: job(state) })] });
    apply(state, { place: [mockAlloc({ ID: 'b', Job: job(state), PreviousAllocation: 'a' })] });
    const before = alloc(state, 'a');
    assert.deepEqual([before.NextAllocation, before.ModifyIndex, before.AllocModifyIndex], ['b', 3, 2]);
    apply(state, { place: [mockAlloc({ ID: 'c', Job: job(state), PreviousAllocation: 'gone' })] });
  });

  test('of a job that was purged meanwhile keep their version', () => {
    const state = withJob();
    const planned = mockAlloc({ ID: 'a', Job: job(state) });
    state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: 'web' }));
    apply(state, { place: [planned] });
    assert.equal(alloc(state, 'a').Job?.ID, 'web');
    assert.equal(state.snapshot.count('jobVersions'), 1);
    assert.equal(state.snapshot.job('default', 'web'), undefined);
  });

  test('move the evaluation, and create follow-ups in the same batch', () => {
    const state = withJob();
    const evaluation = mockEvalOf(job(state), { ID: 'e' });
    state.write((tx) => tx.put('evals', evaluation));
    apply(state, {
      place: [mockAlloc({ ID: 'a', Job: job(state), EvalID: 'e' })],
      evalId: 'e',
      evals: [mockEvalOf(job(state), { ID: 'later', WaitUntil: '2030-01-01T00:00:00Z' })],
    });
    assert.equal(state.snapshot.evaluation('e')?.ModifyIndex, 3);
    assert.equal(state.snapshot.evaluation('later')?.CreateIndex, 3);
  });
});

describe('in-place updates', () => {
  test('take the new job but keep what the client reported', () => {
    const state = withJob();
    apply(state, { place: [mockAlloc({ ID: 'a', Job: job(state) })] });
    const planned = alloc(state, 'a');
    state.write((tx) =>
      updateAllocsFromClient(tx, {
        allocs: [
          { ...planned, ClientStatus: 'running', ClientDescription: 'up', TaskStates: { web: state0 } },
        ],
        nowNs: 2000,
      }),
    );
    state.write((tx) => upsertJob(tx, { job: { ...job(state), Priority: 60 } }));
    // The scheduler had looked before the client reported.
    apply(state, { place: [{ ...planned, Job: job(state), EvalID: 'e2' }], nowNs: 3000 });
    const updated = alloc(state, 'a');
    assert.deepEqual(
      [updated.ClientStatus, updated.ClientDescription, updated.Job?.Version, updated.EvalID],
      ['running', 'up', 1, 'e2'],
    );
    assert.deepEqual(updated.TaskStates, { web: state0 });
    assert.deepEqual([updated.CreateIndex, updated.CreateTime, updated.ModifyTime], [2, 1000, 3000]);
    assert.deepEqual([counts(state)?.Running, counts(state)?.Starting], [1, 0]);
  });

  test('keep the health within a deployment and start anew in the next', () => {
    const state = withJob();
    const status = { Healthy: true, Timestamp: zeroTime, Canary: false, ModifyIndex: 5 };
    apply(state, {
      place: [mockAlloc({ ID: 'a', Job: job(state), DeploymentID: 'd1', DeploymentStatus: status })],
    });
    const planned = alloc(state, 'a');
    apply(state, { place: [{ ...planned, DeploymentStatus: null }] });
    assert.deepEqual(alloc(state, 'a').DeploymentStatus, status);
    apply(state, { place: [{ ...planned, DeploymentID: 'd2', DeploymentStatus: null }] });
    assert.equal(alloc(state, 'a').DeploymentStatus, null);
  });
});

const state0 = {
  State: 'running',
  Failed: false,
  Restarts: 0,
  LastRestart: zeroTime,
  StartedAt: zeroTime,
  FinishedAt: zeroTime,
  Events: null,
  TaskHandle: null,
};

describe('stops', () => {
  test('change what is wanted and keep what the client says', () => {
    const state = withJob();
    apply(state, { place: [mockAlloc({ ID: 'a', Job: job(state), ClientStatus: 'running' })] });
    const planned = alloc(state, 'a');
    state.write((tx) =>
      updateAllocsFromClient(tx, { allocs: [{ ...planned, ClientStatus: 'failed' }], nowNs: 2000 }),
    );
    apply(state, { stop: [{ ...planned, DesiredStatus: 'stop', DesiredDescription: 'not needed' }] });
    const stopped = alloc(state, 'a');
    assert.deepEqual(
      [stopped.DesiredStatus, stopped.DesiredDescription, stopped.ClientStatus],
      ['stop', 'not needed', 'failed'],
    );
    assert.equal(stopped.AllocModifyIndex, state.index);
    assert.equal(counts(state)?.Failed, 1);
  });

  test('may mark as lost what did not end by itself', () => {
    const state = withJob();
    apply(state, {
      place: ['a', 'b'].map((ID) => mockAlloc({ ID, Job: job(state), ClientStatus: 'running' })),
    });
    const done = { ...alloc(state, 'b'), ClientStatus: 'complete' };
    state.write((tx) => updateAllocsFromClient(tx, { allocs: [done], nowNs: 2000 }));
    apply(state, {
      stop: ['a', 'b'].map((id) => ({
        ...alloc(state, id),
        DesiredStatus: 'stop',
        ClientStatus: 'lost',
        ClientDescription: 'alloc is lost since its node is down',
      })),
    });
    assert.deepEqual([alloc(state, 'a').ClientStatus, alloc(state, 'b').ClientStatus], ['lost', 'complete']);
    assert.deepEqual([counts(state)?.Lost, counts(state)?.Complete, counts(state)?.Running], [1, 1, 0]);
  });

  test('of allocations that are gone are skipped', () => {
    const state = withJob();
    apply(state, { stop: [mockAlloc({ ID: 'gone' })], preempt: [mockAlloc({ ID: 'gone2' })] });
    assert.equal(state.snapshot.count('allocs'), 0);
  });
});

describe('preemptions', () => {
  test('evict and name the allocation that took the place', () => {
    const state = withJob();
    apply(state, { place: [mockAlloc({ ID: 'a', Job: job(state) })] });
    const other = mockEval({ JobID: 'web', ID: 'again' });
    apply(state, {
      place: [mockAlloc({ ID: 'b', Job: job(state), PreemptedAllocations: ['a'] })],
      preempt: [{ ...alloc(state, 'a'), PreemptedByAllocation: 'b' }],
      evals: [other],
    });
    const evicted = alloc(state, 'a');
    assert.deepEqual(
      [evicted.DesiredStatus, evicted.DesiredDescription, evicted.PreemptedByAllocation],
      ['evict', 'Preempted by alloc ID b', 'b'],
    );
    assert.equal(state.snapshot.evaluation('again')?.CreateIndex, 3);
  });
});

describe('deployments in plans', () => {
  test('are created with the placements, which count in them', () => {
    const state = withJob();
    const group = {
      AutoRevert: false,
      AutoPromote: false,
      ProgressDeadline: 600e9,
      RequireProgressBy: zeroTime,
      Promoted: false,
      PlacedCanaries: null,
      DesiredCanaries: 0,
      DesiredTotal: 2,
      PlacedAllocs: 0,
      HealthyAllocs: 0,
      UnhealthyAllocs: 0,
    };
    const deployment = make(Deployment, {
      ID: 'd',
      Namespace: 'default',
      JobID: 'web',
      Status: 'running',
      TaskGroups: { web: group },
    });
    apply(state, {
      place: ['a', 'b'].map((ID) => mockAlloc({ ID, Job: job(state), DeploymentID: 'd' })),
      deployment,
      nowNs: Date.parse('2026-01-01T00:00:00Z') * 1e6,
    });
    const stored = state.snapshot.deployment('d');
    assert.deepEqual([stored?.CreateIndex, stored?.ModifyIndex], [2, 2]);
    assert.equal(stored?.TaskGroups?.['web']?.PlacedAllocs, 2);
    assert.equal(stored?.TaskGroups?.['web']?.RequireProgressBy, '2026-01-01T00:10:00.000Z');
    apply(state, {
      deploymentUpdates: [{ DeploymentID: 'd', Status: 'cancelled', StatusDescription: 'newer version' }],
    });
    assert.equal(state.snapshot.deployment('d')?.Status, 'cancelled');
  });
});
