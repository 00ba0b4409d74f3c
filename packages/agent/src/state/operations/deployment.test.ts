// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Deployment, type DeploymentState, make, zeroTime } from '@serai/api';
import { mockAlloc, mockEval, mockJob, TestState } from '#testing';
import { updateAllocsFromClient } from './alloc/alloc.ts';
import {
  deleteDeployments,
  promoteDeployment,
  updateDeploymentAllocHealth,
  updateDeploymentStatus,
} from './deployment.ts';
import { upsertDeployment } from './deployment-row.ts';
import { upsertJob } from './job/job.ts';
import { upsertPlanResults } from './plan.ts';

const startNs = Date.parse('2026-01-01T00:00:00Z') * 1e6;

function group(fields: Partial<DeploymentState> = {}): DeploymentState {
  return {
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
    ...fields,
  };
}

/** Job `web` with deployment `d` and allocations `a`, `b` of it. */
function deploying(options: { canaries?: number; canary?: boolean } = {}): TestState {
  const state = new TestState();
  const job = state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
  const deployment = make(Deployment, {
    ID: 'd',
    Namespace: 'default',
    JobID: 'web',
    JobVersion: 0,
    Status: 'running',
    StatusDescription: 'Deployment is running but requires manual promotion',
    TaskGroups: { web: group({ DesiredCanaries: options.canaries ?? 0 }) },
  });
  const DeploymentStatus = { Healthy: null, Timestamp: zeroTime, Canary: true, ModifyIndex: 0 };
  const allocs = ['a', 'b'].map((ID) =>
    mockAlloc({
      ID,
      Job: job,
      DeploymentID: 'd',
      NodeID: 'n',
      ...(options.canary ? { DeploymentStatus } : {}),
    }),
  );
  state.write((tx) =>
    upsertPlanResults(tx, {
      result: {
        nodeAllocation: new Map([['n', allocs]]),
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        deployment,
        deploymentUpdates: [],
      },
      job,
      evalId: '',
      nowNs: startNs,
    }),
  );
  return state;
}

const web = (state: TestState): DeploymentState | undefined =>
  state.snapshot.deployment('d')?.TaskGroups?.['web'];

function report(state: TestState, id: string, healthy: boolean, time: string): void {
  const alloc = state.snapshot.alloc(id);
  assert.ok(alloc);
  const DeploymentStatus = { Healthy: healthy, Timestamp: time, Canary: true, ModifyIndex: 77 };
  state.write((tx) =>
    updateAllocsFromClient(tx, { allocs: [{ ...alloc, DeploymentStatus }], nowNs: startNs }),
  );
}

describe('health that clients report', () => {
  test('counts, moves the deadline, and may turn', () => {
    const state = deploying();
    assert.deepEqual(
      [web(state)?.PlacedAllocs, web(state)?.RequireProgressBy],
      [2, '2026-01-01T00:10:00.000Z'],
    );
    report(state, 'a', true, '2026-01-01T00:05:00Z');
    assert.deepEqual(
      [web(state)?.HealthyAllocs, web(state)?.RequireProgressBy],
      [1, '2026-01-01T00:15:00.000Z'],
    );
    report(state, 'a', true, '2026-01-01T00:06:00Z');
    assert.deepEqual(
      [web(state)?.HealthyAllocs, web(state)?.RequireProgressBy],
      [1, '2026-01-01T00:15:00.000Z'],
    );
    report(state, 'b', false, '2026-01-01T00:07:00Z');
    report(state, 'a', false, '2026-01-01T00:08:00Z');
    assert.deepEqual([web(state)?.HealthyAllocs, web(state)?.UnhealthyAllocs], [0, 2]);
    assert.equal(web(state)?.RequireProgressBy, '2026-01-01T00:15:00.000Z');
  });

  test('of the deployment status only health and time are taken', () => {
    const state = deploying({ canary: false });
    report(state, 'a', true, '2026-01-01T00:05:00Z');
    const status = state.snapshot.alloc('a')?.DeploymentStatus;
    assert.equal(status?.ModifyIndex, state.index);
    const again = deploying({ canary: true });
    report(again, 'a', true, '2026-01-01T00:05:00Z');
    assert.deepEqual(again.snapshot.alloc('a')?.DeploymentStatus, {
      Healthy: true,
      Timestamp: '2026-01-01T00:05:00Z',
      Canary: true,
      ModifyIndex: again.index,
    });
  });

  test('without a progress deadline none is set', () => {
    const state = deploying();
    state.write((tx) => {
      const deployment = tx.deployment('d');
      if (deployment)
        upsertDeployment(tx, { ...deployment, TaskGroups: { web: group({ ProgressDeadline: 0 }) } });
    });
    report(state, 'a', true, '2026-01-01T00:05:00Z');
    assert.deepEqual([web(state)?.HealthyAllocs, web(state)?.RequireProgressBy], [1, zeroTime]);
  });
});

describe('health that is set', () => {
  test('counts like reported health, and the deployment may fail in the same batch', () => {
    const state = deploying();
    const evaluation = mockEval({ ID: 'e', JobID: 'web' });
    state.write((tx) =>
      updateDeploymentAllocHealth(tx, {
        deploymentId: 'd',
        healthy: ['a'],
        unhealthy: ['b'],
        timestamp: '2026-01-01T00:01:00Z',
        nowNs: startNs,
        update: {
          DeploymentID: 'd',
          Status: 'failed',
          StatusDescription: 'Failed due to unhealthy allocations',
        },
        evals: [evaluation],
      }),
    );
    assert.deepEqual([web(state)?.HealthyAllocs, web(state)?.UnhealthyAllocs], [1, 1]);
    assert.equal(state.snapshot.deployment('d')?.Status, 'failed');
    assert.ok(state.snapshot.evaluation('e'));
  });

  test('refuses allocations that are unknown or of another deployment', () => {
    const state = deploying();
    const set = (ids: string[]) => () =>
      state.write((tx) =>
        updateDeploymentAllocHealth(tx, {
          deploymentId: 'd',
          healthy: ids,
          unhealthy: [],
          timestamp: zeroTime,
          nowNs: 1,
        }),
      );
    assert.throws(set(['nobody']), /unknown alloc "nobody"/);
    state.write((tx) => tx.put('allocs', mockAlloc({ ID: 'x', DeploymentID: 'other' })));
    assert.throws(set(['x']), /alloc "x" not part of deployment "d"/);
  });
});

describe('status', () => {
  const set = (state: TestState, Status: string): void =>
    state.write((tx) =>
      updateDeploymentStatus(tx, { update: { DeploymentID: 'd', Status, StatusDescription: 'because' } }),
    );

  test('success makes the job version stable', () => {
    const state = deploying();
    assert.equal(state.snapshot.job('default', 'web')?.Stable, false);
    set(state, 'successful');
    assert.equal(state.snapshot.job('default', 'web')?.Stable, true);
    assert.equal(state.snapshot.jobVersion('default', 'web', 0)?.Stable, true);
    assert.equal(state.snapshot.job('default', 'web')?.Version, 0);
  });

  test('a deployment that is over does not change any more', () => {
    const state = deploying();
    set(state, 'failed');
    assert.throws(() => set(state, 'running'), { code: 'conflict', message: /has terminal status "failed"/ });
    assert.throws(
      () =>
        state.write((tx) =>
          updateDeploymentStatus(tx, {
            update: { DeploymentID: 'no', Status: 'failed', StatusDescription: '' },
          }),
        ),
      { code: 'not-found' },
    );
  });

  test('a failed one can register the job it reverts to in the same batch', () => {
    const state = deploying();
    const job = state.snapshot.job('default', 'web');
    assert.ok(job);
    state.write((tx) =>
      updateDeploymentStatus(tx, {
        update: { DeploymentID: 'd', Status: 'failed', StatusDescription: 'rolling back' },
        job: { ...job, Priority: 20 },
        evals: [mockEval({ ID: 'e', JobID: 'web' })],
      }),
    );
    assert.deepEqual(
      [state.snapshot.job('default', 'web')?.Version, state.snapshot.job('default', 'web')?.Priority],
      [1, 20],
    );
  });
});

describe('promotion', () => {
  const promote = (state: TestState, groups?: string[]): void =>
    state.write((tx) =>
      promoteDeployment(tx, { deploymentId: 'd', nowNs: startNs + 60e9, ...(groups ? { groups } : {}) }),
    );

  test('needs healthy canaries and says what is missing', () => {
    const state = deploying({ canaries: 2, canary: true });
    assert.deepEqual(web(state)?.PlacedCanaries, ['a', 'b']);
    report(state, 'a', true, '2026-01-01T00:00:30Z');
    assert.throws(() => promote(state), {
      code: 'conflict',
      message: '1 error occurred:\n\t* Task group "web" has 1/2 healthy allocations\n\n',
    });
  });

  test('marks the groups, restarts the deadline and makes the canaries ordinary allocations', () => {
    const state = deploying({ canaries: 2, canary: true });
    for (const id of ['a', 'b']) report(state, id, true, '2026-01-01T00:00:30Z');
    promote(state);
    assert.deepEqual(
      [web(state)?.Promoted, web(state)?.RequireProgressBy],
      [true, '2026-01-01T00:11:00.000Z'],
    );
    assert.equal(state.snapshot.deployment('d')?.StatusDescription, 'Deployment is running');
    assert.equal(state.snapshot.alloc('a')?.DeploymentStatus?.Canary, false);
    assert.deepEqual([web(state)?.HealthyAllocs, web(state)?.PlacedAllocs], [2, 2]);
  });

  test('of another group leaves this one alone', () => {
    const state = deploying({ canaries: 2, canary: true });
    promote(state, ['other']);
    assert.equal(web(state)?.Promoted, false);
  });
});

test('the latest deployment of a job is the newest one', () => {
  const state = deploying();
  const first = state.snapshot.deployment('d');
  assert.ok(first);
  state.write((tx) => upsertDeployment(tx, { ...first, ID: '0-sorts-first' }));
  assert.equal(state.snapshot.latestDeployment('default', 'web')?.ID, '0-sorts-first');
  assert.equal(state.snapshot.latestDeployment('default', 'nothing'), undefined);
  state.write((tx) => deleteDeployments(tx, ['0-sorts-first', 'gone']));
  assert.equal(state.snapshot.latestDeployment('default', 'web')?.ID, 'd');
});
