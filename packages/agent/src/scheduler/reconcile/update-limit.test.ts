// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Allocation, Deployment, make, zeroTime } from '@serai/api';
import { mockAlloc, mockJob, mockTaskGroup, mockUpdate } from '#testing';
import { DeploymentProgress } from './deployment-progress.ts';
import { updateLimit } from './update-limit.ts';

const group = mockTaskGroup({ Count: 10, Update: mockUpdate({ MaxParallel: 3 }) });
const job = mockJob({ TaskGroups: [group] });

function limit(
  Status: string | undefined,
  healths: readonly (boolean | null)[],
  fields: { isCanarying?: boolean; changing?: number } = {},
): number {
  const deployment =
    Status === undefined
      ? undefined
      : make(Deployment, { ID: 'd1', JobVersion: job.Version, JobCreateIndex: job.CreateIndex, Status });
  const running = healths.map((Healthy): Allocation => {
    const DeploymentStatus = { Healthy, Timestamp: zeroTime, Canary: false, ModifyIndex: 0 };
    return mockAlloc({ Job: job, DeploymentID: 'd1', DeploymentStatus });
  });
  return updateLimit({
    group,
    progress: new DeploymentProgress(deployment, job),
    running,
    changing: 5,
    isCanarying: false,
    ...fields,
  });
}

test('a group without an update block is replaced at once', () => {
  const progress = new DeploymentProgress(undefined, job);
  const plain = mockTaskGroup({ Count: 7 });
  assert.equal(updateLimit({ group: plain, progress, running: [], changing: 5, isCanarying: false }), 7);
});

test('with nothing to replace there is no limit on placing', () => {
  assert.equal(limit('running', [null, null, null], { changing: 0 }), 10);
});

test('before there is a deployment max_parallel counts', () => {
  assert.equal(limit(undefined, []), 3);
});

test('each allocation without a verdict takes a place', () => {
  assert.equal(limit('running', []), 3);
  assert.equal(limit('running', [null]), 2);
  assert.equal(limit('running', [true, true, null]), 2);
  assert.equal(limit('running', [null, null, null, null]), 0);
});

test('an unhealthy one stops it', () => {
  assert.equal(limit('running', [true, false]), 0);
});

test('paused, failed or canarying: none', () => {
  assert.equal(limit('paused', []), 0);
  assert.equal(limit('failed', []), 0);
  assert.equal(limit('running', [], { isCanarying: true }), 0);
});

test('allocations of other deployments take no place', () => {
  const other = mockAlloc({ Job: job, DeploymentID: 'older' });
  const deployment = make(Deployment, {
    ID: 'd1',
    JobVersion: 0,
    JobCreateIndex: job.CreateIndex,
    Status: 'running',
  });
  const progress = new DeploymentProgress(deployment, job);
  assert.equal(updateLimit({ group, progress, running: [other], changing: 5, isCanarying: false }), 3);
});
