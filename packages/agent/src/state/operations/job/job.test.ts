// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Job, JobSubmission, make, ScalingEvent, ScalingPolicy } from '@serai/api';
import { mockAlloc, mockEvalOf, mockJob, mockTaskGroup, TestState } from '#testing';
import { deleteAllocs } from '../alloc/alloc.ts';
import { deleteEvals, upsertEvals } from '../evaluation.ts';
import { upsertPlanResults } from '../plan.ts';
import { deleteJob, stopJob, type UpsertJob, upsertJob } from './job.ts';
import { reconcileSummaries } from './job-summary.ts';
import { setStable } from './job-version.ts';
import { addScalingEvent } from './scaling.ts';

const web = mockJob({ ID: 'web' });
const put = (state: TestState, fields: Partial<Job> = {}, options: Partial<UpsertJob> = {}): Job =>
  state.write((tx) => upsertJob(tx, { job: { ...web, ...fields }, ...options }));
const versions = (state: TestState): number[] =>
  state.snapshot.jobVersions('default', 'web').map(({ Version }) => Version);

/** Places one allocation of the job as it is registered. */
function place(state: TestState, fields: Parameters<typeof mockAlloc>[0] = {}): string {
  const job = state.snapshot.job('default', fields.Job?.ID ?? 'web') ?? web;
  const alloc = mockAlloc({ Job: job, ...fields });
  state.write((tx) =>
    upsertPlanResults(tx, {
      result: {
        nodeAllocation: new Map([[alloc.NodeID, [alloc]]]),
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        deployment: null,
        deploymentUpdates: [],
      },
      job: null,
      evalId: '',
      nowNs: 1,
    }),
  );
  return alloc.ID;
}

describe('registering a job', () => {
  test('a new job is pending, version 0, and has a summary for each group', () => {
    const state = new TestState();
    const job = put(state, { Version: 17, CreateIndex: 99, Status: 'running', Stable: false });
    assert.deepEqual(
      [job.Version, job.CreateIndex, job.ModifyIndex, job.JobModifyIndex, job.Status],
      [0, 1, 1, 1, 'pending'],
    );
    assert.deepEqual(state.snapshot.job('default', 'web'), job);
    assert.deepEqual(state.snapshot.jobSummary('default', 'web'), {
      JobID: 'web',
      Namespace: 'default',
      Summary: { web: { Queued: 0, Complete: 0, Failed: 0, Running: 0, Starting: 0, Lost: 0, Unknown: 0 } },
      Children: null,
      CreateIndex: 1,
      ModifyIndex: 1,
    });
  });

  test('registering again makes a new version that is not stable', () => {
    const state = new TestState();
    put(state);
    state.write((tx) => setStable(tx, { namespace: 'default', jobId: 'web', version: 0 }, true));
    const job = put(state, { Priority: 77, Stable: true });
    assert.deepEqual([job.Version, job.CreateIndex, job.JobModifyIndex, job.Stable], [1, 1, 3, false]);
    assert.deepEqual(versions(state), [1, 0]);
    assert.equal(state.snapshot.jobVersion('default', 'web', 0)?.Priority, 50);
    assert.equal(state.snapshot.jobVersion('default', 'web', 0)?.Stable, true);
    assert.equal(state.snapshot.jobVersion('default', 'web', 1)?.Priority, 77);
    assert.equal(state.snapshot.jobVersion('default', 'web', 2), undefined);
  });

  test('keepVersion changes the row but neither version nor JobModifyIndex', () => {
    const state = new TestState();
    put(state);
    const job = put(state, { Stable: true }, { keepVersion: true });
    assert.deepEqual([job.Version, job.JobModifyIndex, job.ModifyIndex, job.Stable], [0, 1, 2, true]);
    assert.deepEqual(versions(state), [0]);
  });

  test('check-and-set on JobModifyIndex', () => {
    const state = new TestState();
    assert.throws(
      () => put(state, {}, { enforceIndex: 5 }),
      /Enforcing job modify index 5: job does not exist/,
    );
    put(state, {}, { enforceIndex: 0 });
    assert.throws(
      () => put(state, {}, { enforceIndex: 0 }),
      /Enforcing job modify index 0: job already exists/,
    );
    assert.throws(() => put(state, {}, { enforceIndex: 9 }), /conflicting job modify index: 1/);
    assert.equal(put(state, {}, { enforceIndex: 1 }).Version, 1);
  });

  test('evaluations get the job modify index and are in the same batch', () => {
    const state = new TestState();
    put(state, {}, { evals: [mockEvalOf(web, { ID: 'e' })] });
    const evaluation = state.snapshot.evaluation('e');
    assert.deepEqual(
      [evaluation?.JobModifyIndex, evaluation?.CreateIndex, evaluation?.ModifyIndex],
      [1, 1, 1],
    );
  });

  test('a job in another namespace with the same id is another job', () => {
    const state = new TestState();
    put(state);
    assert.equal(put(state, { Namespace: 'dev' }).Version, 0);
    assert.equal(state.snapshot.job('default', 'web')?.ModifyIndex, 1);
  });
});

describe('versions', () => {
  test('six are kept', () => {
    const state = new TestState();
    for (let i = 0; i < 9; i++) put(state, { Priority: i + 1 });
    assert.deepEqual(versions(state), [8, 7, 6, 5, 4, 3]);
  });

  test('the newest stable one is kept in place of the oldest', () => {
    const state = new TestState();
    put(state);
    put(state);
    state.write((tx) => setStable(tx, { namespace: 'default', jobId: 'web', version: 0 }, true));
    state.write((tx) => setStable(tx, { namespace: 'default', jobId: 'web', version: 1 }, true));
    for (let i = 0; i < 8; i++) put(state);
    assert.deepEqual(versions(state), [9, 8, 7, 6, 5, 1]);
  });

  test('another number can be asked for', () => {
    const state = new TestState();
    for (let i = 0; i < 5; i++) put(state, {}, { trackedVersions: 2 });
    assert.deepEqual(versions(state), [4, 3]);
  });

  test('those that allocations refer to stay until the allocations go', () => {
    const state = new TestState();
    put(state, { Priority: 11 });
    const id = place(state);
    for (let i = 0; i < 8; i++) put(state);
    assert.deepEqual(versions(state), [8, 7, 6, 5, 4, 3, 0]);
    assert.equal(state.snapshot.alloc(id)?.Job?.Priority, 11);
    state.write((tx) => deleteAllocs(tx, [id]));
    assert.deepEqual(versions(state), [8, 7, 6, 5, 4, 3]);
  });

  test('allocations of one version share its job object', () => {
    const state = new TestState();
    put(state);
    const [a, b] = [place(state), place(state)];
    assert.equal(state.snapshot.alloc(a)?.Job, state.snapshot.alloc(b)?.Job);
  });

  test('submissions follow their versions', () => {
    const state = new TestState();
    const submission = make(JobSubmission, {
      Source: 'job "web" {}',
      Format: 'hcl2',
      Version: 99,
      JobID: 'wrong',
    });
    for (let i = 0; i < 8; i++) put(state, {}, { submission });
    assert.deepEqual(
      state.snapshot.jobSubmissions('default', 'web').map(({ Version }) => Version),
      [2, 3, 4, 5, 6, 7],
    );
    const newest = state.snapshot.jobSubmission('default', 'web', 7);
    assert.deepEqual([newest?.Source, newest?.JobID, newest?.JobModifyIndex], ['job "web" {}', 'web', 8]);
    assert.equal(state.snapshot.jobSubmission('default', 'web', 1), undefined);
  });

  test('setStable tells whether there is such a version', () => {
    const state = new TestState();
    put(state);
    const at = (version: number): boolean =>
      state.write((tx) => setStable(tx, { namespace: 'default', jobId: 'web', version }, true));
    assert.deepEqual([at(0), at(3)], [true, false]);
    assert.equal(state.snapshot.job('default', 'web')?.Stable, true);
  });
});

describe('stopping and purging', () => {
  test('a stopped job is a new version with Stop, dead once nothing runs', () => {
    const state = new TestState();
    put(state);
    const job = state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'web', nowNs: 5 }));
    assert.deepEqual([job.Stop, job.Version, job.SubmitTime, job.JobModifyIndex], [true, 1, 5, 2]);
    assert.throws(
      () => state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'other', nowNs: 5 })),
      { code: 'not-found', message: /job "other" in namespace "default" not found/ },
    );
  });

  test('purging takes the job and its history; allocations and their version stay', () => {
    const state = new TestState();
    put(state);
    put(state, {}, { submission: make(JobSubmission, { Source: 'x' }) });
    const id = place(state);
    state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: 'web', evals: [mockEvalOf(web)] }));
    const { snapshot } = state;
    assert.deepEqual(
      [snapshot.job('default', 'web'), snapshot.jobSummary('default', 'web'), versions(state).length],
      [undefined, undefined, 0],
    );
    assert.equal(snapshot.count('jobVersions'), 1);
    assert.equal(snapshot.count('jobSubmissions'), 0);
    assert.equal(snapshot.alloc(id)?.Job?.Version, 1);
    state.write((tx) => deleteAllocs(tx, [id]));
    assert.equal(state.snapshot.count('jobVersions'), 0);
  });

  test('a job registered after a purge starts anew, and old allocations do not count in it', () => {
    const state = new TestState();
    put(state);
    const old = place(state);
    state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: 'web' }));
    const job = put(state, { Priority: 33 });
    assert.deepEqual([job.Version, job.CreateIndex], [0, 4]);
    assert.equal(state.snapshot.jobSummary('default', 'web')?.Summary?.['web']?.Starting, 0);
    assert.equal(state.snapshot.alloc(old)?.Job?.Priority, 50);
    assert.equal(state.snapshot.jobVersion('default', 'web', 0)?.Priority, 33);
    assert.deepEqual(versions(state), [0]);
  });
});

describe('status', () => {
  const status = (state: TestState): string | undefined => state.snapshot.job('default', 'web')?.Status;

  test('pending with an open evaluation, running with an allocation, dead when all is over', () => {
    const state = new TestState();
    put(state, {}, { evals: [mockEvalOf(web, { ID: 'e' })] });
    assert.equal(status(state), 'pending');
    const id = place(state);
    assert.equal(status(state), 'running');
    state.write((tx) => upsertEvals(tx, [mockEvalOf(web, { ID: 'e', Status: 'complete' })]));
    assert.equal(status(state), 'running');
    const alloc = state.snapshot.alloc(id);
    state.write((tx) =>
      upsertPlanResults(tx, {
        result: {
          nodeAllocation: new Map(),
          nodeUpdate: new Map(alloc ? [['n', [{ ...alloc, DesiredStatus: 'stop' }]]] : []),
          nodePreemptions: new Map(),
          deployment: null,
          deploymentUpdates: [],
        },
        job: null,
        evalId: '',
        nowNs: 2,
      }),
    );
    assert.equal(status(state), 'dead');
  });

  test('a system job runs until it is stopped', () => {
    const state = new TestState();
    put(state, { Type: 'system' });
    assert.equal(status(state), 'running');
    state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'web', nowNs: 5 }));
    assert.equal(status(state), 'dead');
  });

  test('a job whose last evaluation was collected is dead', () => {
    const state = new TestState();
    put(state, {}, { evals: [mockEvalOf(web, { ID: 'e', Status: 'complete' })] });
    state.write((tx) => deleteEvals(tx, ['e', 'never there']));
    assert.equal(status(state), 'dead');
  });

  test('a status that changes moves ModifyIndex, not JobModifyIndex', () => {
    const state = new TestState();
    put(state);
    place(state);
    const job = state.snapshot.job('default', 'web');
    assert.deepEqual([job?.ModifyIndex, job?.JobModifyIndex, job?.Version], [2, 1, 0]);
  });
});

describe('children of a parameterized job', () => {
  const parent: Partial<Job> = {
    ID: 'web',
    Type: 'batch',
    ParameterizedJob: { Payload: 'optional', MetaRequired: null, MetaOptional: null },
  };
  const children = (state: TestState): unknown => state.snapshot.jobSummary('default', 'web')?.Children;

  test('are counted by status, and those that are purged count as dead', () => {
    const state = new TestState();
    put(state, parent);
    const child = mockJob({ ID: 'web/dispatch-1', ParentID: 'web', Type: 'batch', Dispatched: true });
    state.write((tx) => upsertJob(tx, { job: child, evals: [mockEvalOf(child)] }));
    assert.deepEqual(children(state), { Pending: 1, Running: 0, Dead: 0 });
    place(state, { Job: state.snapshot.job('default', child.ID) ?? child });
    assert.deepEqual(children(state), { Pending: 0, Running: 1, Dead: 0 });
    state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: child.ID }));
    assert.deepEqual(children(state), { Pending: 0, Running: 0, Dead: 1 });
    assert.deepEqual(state.snapshot.jobsByParent('default', 'web'), []);
  });
});

describe('summary', () => {
  test('reconciling counts anew from what is there', () => {
    const state = new TestState();
    put(state, { TaskGroups: [mockTaskGroup({ Name: 'web' }), mockTaskGroup({ Name: 'db' })] });
    place(state);
    place(state);
    state.write((tx) => {
      const summary = tx.jobSummary('default', 'web');
      if (summary) tx.put('jobSummaries', { ...summary, Summary: {} });
    });
    state.write(reconcileSummaries);
    const { Summary } = state.snapshot.jobSummary('default', 'web') ?? {};
    assert.equal(Summary?.['web']?.Starting, 2);
    assert.equal(Summary?.['db']?.Starting, 0);
  });
});

describe('scaling', () => {
  const scaled = (max: number): Partial<Job> => ({
    TaskGroups: [
      mockTaskGroup({
        Name: 'web',
        Scaling: make(ScalingPolicy, { Type: 'horizontal', Min: 1, Max: max, Enabled: true }),
      }),
    ],
  });

  test('policies follow the job: same id in every version, gone when it stops', () => {
    const state = new TestState();
    put(state, scaled(5));
    const [first] = state.snapshot.scalingPoliciesByJob('default', 'web');
    assert.deepEqual(first?.Target, { Namespace: 'default', Job: 'web', Group: 'web' });
    assert.match(first?.ID ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    put(state, scaled(9));
    const [second] = state.snapshot.scalingPoliciesByJob('default', 'web');
    assert.deepEqual(
      [second?.ID, second?.Max, second?.CreateIndex, second?.ModifyIndex],
      [first?.ID, 9, 1, 2],
    );
    put(state, { ...scaled(9), Priority: 3 });
    assert.equal(state.snapshot.scalingPolicy(first?.ID ?? '')?.ModifyIndex, 2);
    state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'web', nowNs: 5 }));
    assert.deepEqual(state.snapshot.scalingPoliciesByJob('default', 'web'), []);
  });

  test('the newest twenty events of a group are kept, and go with the job', () => {
    const state = new TestState();
    put(state);
    for (let i = 1; i <= 25; i++) {
      const event = make(ScalingEvent, { Count: i, Message: `to ${i}` });
      state.write((tx) => addScalingEvent(tx, { namespace: 'default', jobId: 'web', group: 'web', event }));
    }
    const events = state.snapshot.scalingEvents('default', 'web')?.ScalingEvents['web'];
    assert.deepEqual([events?.length, events?.[0]?.Count, events?.[19]?.Count], [20, 25, 6]);
    state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: 'web' }));
    assert.equal(state.snapshot.scalingEvents('default', 'web'), undefined);
  });
});
