// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment, type DeploymentState, make } from '@serai/api';
import { mockJob, mockTaskGroup, mockUpdate } from '#testing';
import {
  DeploymentProgress,
  hasUpdateStrategy,
  isActiveDeployment,
  newDeploymentState,
} from './deployment-progress.ts';

const job = mockJob({ ID: 'web', Version: 3 });
const deployment = (fields: Partial<Deployment> = {}): Deployment =>
  make(Deployment, {
    ID: 'd1',
    JobID: 'web',
    JobVersion: 3,
    JobCreateIndex: job.CreateIndex,
    Status: 'running',
    TaskGroups: {},
    ...fields,
  });
const updates = (progress: DeploymentProgress): string[] =>
  progress.updates.map((update) => `${update.Status}: ${update.StatusDescription}`);
const state = (fields: Partial<DeploymentState> = {}): DeploymentState => ({
  ...newDeploymentState(mockTaskGroup()),
  ...fields,
});

test('deployments that are not finished are active', () => {
  for (const Status of ['running', 'paused', 'pending', 'blocked', 'unblocking', 'initializing'])
    assert.equal(isActiveDeployment({ Status }), true, Status);
  for (const Status of ['failed', 'successful', 'cancelled'])
    assert.equal(isActiveDeployment({ Status }), false, Status);
});

test('max_parallel 0 means no deployment', () => {
  assert.equal(hasUpdateStrategy(mockTaskGroup()), false);
  assert.equal(hasUpdateStrategy(mockTaskGroup({ Update: mockUpdate({ MaxParallel: 0 }) })), false);
  assert.equal(hasUpdateStrategy(mockTaskGroup({ Update: mockUpdate() })), true);
});

test('the deployment of this version counts', () => {
  const progress = new DeploymentProgress(deployment(), job);
  assert.equal(progress.current?.ID, 'd1');
  assert.equal(progress.activeId, 'd1');
  assert.deepEqual(progress.updates, []);
  assert.equal(progress.result(), undefined);
});

test('one of an older version is cancelled', () => {
  const progress = new DeploymentProgress(deployment({ JobVersion: 2 }), job);
  assert.equal(progress.current, undefined);
  assert.equal(progress.previous?.ID, 'd1');
  assert.deepEqual(updates(progress), ['cancelled: Cancelled due to newer version of job']);
});

test('one of a job that was purged and registered again is not ours', () => {
  const progress = new DeploymentProgress(deployment({ JobCreateIndex: 1 }), job);
  assert.equal(progress.current, undefined);
});

test('a stopped or purged job cancels it', () => {
  for (const gone of [{ ...job, Stop: true }, undefined]) {
    const progress = new DeploymentProgress(deployment(), gone);
    assert.deepEqual(updates(progress), ['cancelled: Cancelled because job is stopped']);
    assert.equal(progress.current, undefined);
  }
});

test('what has finished is not cancelled', () => {
  assert.deepEqual(new DeploymentProgress(deployment({ Status: 'failed', JobVersion: 1 }), job).updates, []);
  const done = new DeploymentProgress(deployment({ Status: 'successful' }), job);
  assert.equal(done.current, undefined);
  assert.equal(done.activeId, undefined);
});

test('paused, pending and failed', () => {
  assert.equal(new DeploymentProgress(deployment({ Status: 'paused' }), job).paused, true);
  assert.equal(new DeploymentProgress(deployment({ Status: 'pending' }), job).paused, true);
  const failed = new DeploymentProgress(deployment({ Status: 'failed' }), job);
  assert.equal(failed.failed, true);
  assert.equal(failed.paused, false);
  assert.equal(failed.activeId, undefined);
});

test('the first group creates a deployment, others join it', () => {
  const progress = new DeploymentProgress(undefined, job);
  progress.attach({ job, group: 'web', state: state({ DesiredTotal: 3 }), priority: 70, id: 'new' });
  progress.attach({ job, group: 'db', state: state(), priority: 70, id: 'other' });
  const result = progress.result();
  assert.equal(result?.ID, 'new');
  assert.deepEqual(Object.keys(result?.TaskGroups ?? {}), ['web', 'db']);
  assert.equal(result?.JobVersion, 3);
  assert.equal(result?.EvalPriority, 70);
  assert.equal(result?.StatusDescription, 'Deployment is running');
  assert.equal(progress.stateOf('web')?.DesiredTotal, 3);
  assert.equal(progress.stateOf('toString'), undefined);
});

test('a deployment says that it waits for promotion', () => {
  const describe = (fields: Partial<DeploymentState>): string | undefined => {
    const progress = new DeploymentProgress(undefined, job);
    progress.attach({ job, group: 'web', state: state(fields), priority: 50, id: 'new' });
    return progress.result()?.StatusDescription;
  };
  assert.equal(describe({ DesiredCanaries: 1 }), 'Deployment is running but requires manual promotion');
  assert.equal(
    describe({ DesiredCanaries: 1, AutoPromote: true }),
    'Deployment is running pending automatic promotion',
  );
});

test('it is successful when all is done, unless it has just changed', () => {
  const progress = new DeploymentProgress(deployment(), job);
  progress.complete();
  assert.deepEqual(updates(progress), ['successful: Deployment completed successfully']);
  const changed = new DeploymentProgress(deployment(), job);
  changed.attach({ job, group: 'web', state: state(), priority: 50, id: 'x' });
  changed.complete();
  assert.deepEqual(changed.updates, []);
  const none = new DeploymentProgress(undefined, job);
  none.complete();
  assert.deepEqual(none.updates, []);
});

test('a new state takes its rules from the update block', () => {
  const group = mockTaskGroup({
    Update: mockUpdate({ AutoRevert: true, AutoPromote: true, ProgressDeadline: 5 }),
  });
  const fresh = newDeploymentState(group);
  assert.deepEqual([fresh.AutoRevert, fresh.AutoPromote, fresh.ProgressDeadline], [true, true, 5]);
});
