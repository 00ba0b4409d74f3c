// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Allocation,
  Deployment,
  DeploymentState,
  type Evaluation,
  type Job,
  make,
  zeroTime,
} from '@serai/api';
import { seededRandom } from '#base';
import { setStable, stopJob, upsertDeployment, upsertJob, upsertPlanResults } from '#state';
import { mockAlloc, mockJob, mockTask, mockTaskGroup, TestState, VirtualClock } from '#testing';
import {
  advanceDeployment,
  failDeployment,
  failedByProgress,
  progressDeadlineMs,
  type StepOptions,
  withNewDeadlines,
} from './deployment-steps.ts';
import { stampNow } from './stamp.ts';

const clock = new VirtualClock();
const options = (): StepOptions => ({
  trackedVersions: 6,
  stamp: stampNow({ clock, random: seededRandom(clock.nowMs()) }),
});
const minuteNs = 60e9;
const at = (minutes: number): string => new Date(clock.nowMs() + minutes * 60_000).toISOString();

const web = (text: string): Job =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: 2, Tasks: [mockTask({ Env: { V: text } })] })],
  });

function group(fields: Partial<DeploymentState> = {}): DeploymentState {
  return make(DeploymentState, {
    DesiredTotal: 2,
    ProgressDeadline: 10 * minuteNs,
    RequireProgressBy: at(10),
    ...fields,
  });
}

interface World {
  readonly state: TestState;
  readonly deployment: () => Deployment;
  readonly evals: () => readonly Evaluation[];
}

/** Job versions in order; the deployment is of the last one. */
function world(
  of: {
    versions?: readonly Job[];
    stable?: readonly number[];
    groups?: Record<string, DeploymentState>;
    status?: string;
    allocs?: readonly Partial<Allocation>[];
  } = {},
): World {
  const state = new TestState();
  const versions = of.versions ?? [web('a'), web('b')];
  for (const job of versions) state.write((tx) => upsertJob(tx, { job }));
  for (const version of of.stable ?? []) {
    state.write((tx) => setStable(tx, { namespace: 'default', jobId: 'web', version }, true));
  }
  const job = state.snapshot.job('default', 'web');
  assert.ok(job);
  const deployment = make(Deployment, {
    ID: 'd',
    Namespace: 'default',
    JobID: 'web',
    JobVersion: job.Version,
    JobCreateIndex: job.CreateIndex,
    Status: of.status ?? 'running',
    EvalPriority: 60,
    TaskGroups: of.groups ?? { web: group() },
  });
  state.write((tx) => upsertDeployment(tx, deployment));
  const allocs = (of.allocs ?? []).map((fields, index) =>
    mockAlloc({ ID: `a${index}`, index, Job: job, DeploymentID: 'd', ...fields }),
  );
  state.write((tx) =>
    upsertPlanResults(tx, {
      result: {
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        nodeAllocation: new Map([['', allocs]]),
        deployment: null,
        deploymentUpdates: [],
      },
      job,
      evalId: '',
      nowNs: clock.nowNs(),
    }),
  );
  return {
    state,
    deployment: () => {
      const found = state.snapshot.deployment('d');
      assert.ok(found);
      return found;
    },
    evals: () => state.snapshot.evalsByJob('default', 'web'),
  };
}

const health = (Healthy: boolean | null, Canary = false): Pick<Allocation, 'DeploymentStatus'> => ({
  DeploymentStatus: { Healthy, Canary, Timestamp: clock.nowIso(), ModifyIndex: 0 },
});
const advance = ({ state }: World): void => state.write((tx) => advanceDeployment(tx, 'd', options()));
const fail = (of: World): number | undefined =>
  of.state.write((tx) =>
    failDeployment(tx, { deployment: of.deployment(), description: failedByProgress }, options()),
  );

describe('the next step of a deployment', () => {
  test('has the scheduler look at the job, with the priority of the deployment', () => {
    const of = world({ allocs: [health(true)] });
    advance(of);
    assert.deepEqual(
      of.evals().map((e) => [e.TriggeredBy, e.Priority, e.DeploymentID, e.Status]),
      [['deployment-watcher', 60, 'd', 'pending']],
    );
  });

  test('lets unhealthy allocations be replaced, each once', () => {
    const of = world({ allocs: [health(false), health(null), health(true)] });
    advance(of);
    const flags = (): unknown[] =>
      ['a0', 'a1', 'a2'].map((id) => of.state.snapshot.alloc(id)?.DesiredTransition.Reschedule);
    assert.deepEqual(flags(), [true, null, null]);
    const index = of.state.snapshot.alloc('a0')?.ModifyIndex;
    advance(of);
    assert.equal(of.state.snapshot.alloc('a0')?.ModifyIndex, index, 'not written again');
    assert.equal(of.deployment().Status, 'running');
  });

  test('fails it at once when its group has no progress deadline', () => {
    const of = world({
      groups: { web: group({ ProgressDeadline: 0, RequireProgressBy: zeroTime }) },
      allocs: [health(false)],
    });
    advance(of);
    assert.deepEqual(
      [of.deployment().Status, of.deployment().StatusDescription],
      ['failed', 'Failed due to unhealthy allocations'],
    );
  });

  test('promotes when every group with canaries does so by itself and all canaries are healthy', () => {
    const canaries = { DesiredCanaries: 1, AutoPromote: true };
    const of = world({
      groups: { web: group(canaries) },
      allocs: [{ ...health(true, true) }],
    });
    advance(of);
    assert.equal(of.deployment().TaskGroups?.['web']?.Promoted, true);
    assert.equal(of.evals().length, 1);
    const manual = world({
      groups: { web: group(canaries), db: group({ DesiredCanaries: 1 }) },
      allocs: [health(true, true)],
    });
    advance(manual);
    assert.equal(manual.deployment().TaskGroups?.['web']?.Promoted, false);
    const waiting = world({
      groups: { web: group({ ...canaries, DesiredCanaries: 2 }) },
      allocs: [health(true, true)],
    });
    advance(waiting);
    assert.equal(waiting.deployment().TaskGroups?.['web']?.Promoted, false);
    const paused = world({
      status: 'paused',
      groups: { web: group(canaries) },
      allocs: [health(true, true)],
    });
    advance(paused);
    assert.equal(paused.deployment().TaskGroups?.['web']?.Promoted, false);
  });

  test('is none for a deployment that ended or is gone, a newer version, a stopped job', () => {
    for (const status of ['failed', 'successful', 'cancelled']) {
      const of = world({ status, allocs: [health(true)] });
      assert.equal(of.state.dryRun((tx) => advanceDeployment(tx, 'd', options())).size, 0, status);
      assert.equal(of.state.dryRun((tx) => advanceDeployment(tx, 'nope', options())).size, 0);
    }
    const newer = world();
    newer.state.write((tx) => upsertJob(tx, { job: web('c') }));
    const stopped = world();
    stopped.state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'web', nowNs: 1 }));
    for (const each of [newer, stopped]) {
      assert.equal(each.state.dryRun((tx) => advanceDeployment(tx, 'd', options())).size, 0);
    }
  });
});

describe('a deployment that fails', () => {
  const reverting = { web: group({ AutoRevert: true }) };

  test('without auto_revert leaves the job as it is and has it evaluated', () => {
    const of = world({ stable: [0] });
    assert.equal(fail(of), undefined);
    assert.deepEqual(
      [of.deployment().Status, of.deployment().StatusDescription],
      ['failed', 'Failed due to progress deadline'],
    );
    assert.equal(of.state.snapshot.job('default', 'web')?.Version, 1);
    assert.equal(of.evals().length, 1);
  });

  test('goes back to the newest stable version, which becomes a new one with its source', () => {
    const of = world({
      versions: [web('a'), web('b'), web('c'), web('bad')],
      stable: [0, 1],
      groups: reverting,
    });
    assert.equal(fail(of), 1);
    const job = of.state.snapshot.job('default', 'web');
    assert.deepEqual(
      [job?.Version, job?.Stable, job?.TaskGroups?.[0]?.Tasks?.[0]?.Env?.['V'], job?.SubmitTime],
      [4, false, 'b', clock.nowNs()],
    );
    assert.equal(
      of.deployment().StatusDescription,
      'Failed due to progress deadline - rolling back to job version 1',
    );
    const [evaluation] = of.evals();
    assert.deepEqual(
      [of.evals().length, evaluation?.TriggeredBy, evaluation?.JobModifyIndex],
      [1, 'deployment-watcher', job?.JobModifyIndex],
    );
  });

  test('does not go back to what runs already', () => {
    const of = world({ versions: [web('a'), web('b'), web('a')], stable: [0], groups: reverting });
    assert.equal(fail(of), undefined);
    assert.equal(
      of.deployment().StatusDescription,
      'Failed due to progress deadline - not rolling back to stable job version 0 as current job has same specification',
    );
    assert.equal(of.state.snapshot.job('default', 'web')?.Version, 2);
  });

  test('says when there is no stable version', () => {
    const of = world({ groups: reverting });
    fail(of);
    assert.equal(
      of.deployment().StatusDescription,
      'Failed due to progress deadline - no stable job version to auto revert to',
    );
  });

  test('of an older version does not touch the newer one', () => {
    const of = world({ stable: [0], groups: reverting });
    of.state.write((tx) => upsertJob(tx, { job: web('c') }));
    assert.equal(fail(of), undefined);
    assert.equal(of.state.snapshot.job('default', 'web')?.Version, 2);
    assert.equal(of.deployment().Status, 'failed');
  });

  test('keeps as many versions as the server is told', () => {
    const of = world({ versions: [web('a'), web('b'), web('c'), web('d')], stable: [0], groups: reverting });
    of.state.write((tx) =>
      failDeployment(
        tx,
        { deployment: of.deployment(), description: failedByProgress },
        { ...options(), trackedVersions: 2 },
      ),
    );
    assert.deepEqual(
      of.state.snapshot.jobVersions('default', 'web').map((job) => job.Version),
      [4, 0],
    );
  });
});

describe('the progress deadline', () => {
  const due = (groups: Record<string, DeploymentState>, Status = 'running'): number =>
    progressDeadlineMs(make(Deployment, { Status, TaskGroups: groups }));

  test('is the earliest of the groups that are not finished', () => {
    const groups = {
      done: group({ HealthyAllocs: 2, RequireProgressBy: at(1) }),
      late: group({ RequireProgressBy: at(9) }),
      early: group({ HealthyAllocs: 1, RequireProgressBy: at(5) }),
    };
    assert.equal(due(groups), Date.parse(at(5)));
  });

  test('is none while nothing was placed, while it is paused, and once it ended', () => {
    assert.equal(due({ web: group({ RequireProgressBy: zeroTime }) }), 0);
    for (const status of ['paused', 'failed', 'successful']) assert.equal(due({ web: group() }, status), 0);
    assert.equal(due({}), 0);
  });

  test('is none for healthy canaries that wait for a promotion, and begins again after it', () => {
    const canaries = { DesiredCanaries: 2, HealthyAllocs: 2, DesiredTotal: 4 };
    assert.equal(due({ web: group(canaries) }), 0);
    assert.notEqual(due({ web: group({ ...canaries, HealthyAllocs: 1 }) }), 0);
    assert.notEqual(due({ web: group({ ...canaries, Promoted: true }) }), 0);
    assert.equal(due({ web: group({ ...canaries, Promoted: true, HealthyAllocs: 4 }) }), 0);
  });

  test('counts from the moment a paused deployment goes on', () => {
    const deployment = make(Deployment, {
      TaskGroups: { web: group({ RequireProgressBy: at(-30) }), new: group({ RequireProgressBy: zeroTime }) },
    });
    const { TaskGroups } = withNewDeadlines(deployment, clock.nowMs());
    assert.equal(TaskGroups?.['web']?.RequireProgressBy, at(10));
    assert.equal(TaskGroups?.['new']?.RequireProgressBy, zeroTime, 'it has not begun');
  });
});
