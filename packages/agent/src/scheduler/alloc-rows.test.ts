// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocation, make, zeroTime } from '@serai/api';
import { harnessStartNs, mockAlloc, mockAllocatedResources, mockJob, mockTaskGroup } from '#testing';
import {
  isoOfNs,
  newAllocation,
  newCanary,
  nsOfIso,
  stoppedAllocation,
  withClientStatus,
} from './alloc-rows.ts';
import { MetricCounts } from './rank/metric-counts.ts';

const nowNs = harnessStartNs;

function fresh(extra: Partial<Parameters<typeof newAllocation>[0]> = {}): Allocation {
  return newAllocation({
    id: 'a1',
    evalId: 'e1',
    job: mockJob({ ID: 'web', Namespace: 'apps' }),
    name: 'web.web[0]',
    group: 'web',
    node: { ID: 'n1', Name: 'box' },
    resources: mockAllocatedResources(mockTaskGroup()),
    metrics: new MetricCounts(null, 0).metric(),
    nowNs,
    ...extra,
  });
}

test('a new allocation has every field of an allocation', () => {
  const expected = Object.keys(make(Allocation, {})).sort();
  assert.deepEqual(Object.keys(fresh()).sort(), expected);
});

test('a new allocation is wanted and pending', () => {
  const alloc = fresh();
  assert.deepEqual(
    [
      alloc.DesiredStatus,
      alloc.ClientStatus,
      alloc.Namespace,
      alloc.JobID,
      alloc.NodeName,
      alloc.CreateIndex,
    ],
    ['run', 'pending', 'apps', 'web', 'box', 0],
  );
  assert.equal(alloc.CreateTime, nowNs);
  assert.equal(alloc.DeploymentStatus, null);
});

test('what it replaces and belongs to', () => {
  const alloc = fresh({
    previousId: 'old',
    deploymentId: 'd1',
    deploymentStatus: newCanary,
    rescheduleTracker: { Events: [] },
  });
  assert.equal(alloc.PreviousAllocation, 'old');
  assert.equal(alloc.DeploymentID, 'd1');
  assert.equal(alloc.DeploymentStatus?.Canary, true);
  assert.equal(alloc.DeploymentStatus?.Healthy, null);
  assert.deepEqual(alloc.RescheduleTracker, { Events: [] });
});

test('stopping says why and leaves the client’s side alone', () => {
  const alloc = mockAlloc({ ClientStatus: 'running', FollowupEvalID: 'f0' });
  const stopped = stoppedAllocation(alloc, { description: 'because', nowNs });
  assert.deepEqual(
    [stopped.DesiredStatus, stopped.DesiredDescription, stopped.ClientStatus, stopped.FollowupEvalID],
    ['stop', 'because', 'running', 'f0'],
  );
  assert.equal(alloc.DesiredStatus, 'run');
  assert.equal(stopped.AllocStates, null);
});

test('a lost allocation is marked with the time', () => {
  const lost = stoppedAllocation(mockAlloc(), {
    description: 'x',
    clientStatus: 'lost',
    followupEvalId: 'f1',
    nowNs,
  });
  assert.equal(lost.ClientStatus, 'lost');
  assert.equal(lost.FollowupEvalID, 'f1');
  assert.deepEqual(lost.AllocStates, [
    { Field: 'ClientStatus', Value: 'lost', Time: '2026-01-01T00:00:00.000Z' },
  ]);
});

test('marks add up', () => {
  const unknown = withClientStatus(mockAlloc(), 'unknown', nowNs);
  const back = withClientStatus(unknown, 'running', nowNs + 1e9);
  assert.deepEqual(
    back.AllocStates?.map((state) => state.Value),
    ['unknown', 'running'],
  );
  assert.equal(unknown.AllocStates?.length, 1);
});

test('times in both directions', () => {
  assert.equal(isoOfNs(nowNs), '2026-01-01T00:00:00.000Z');
  assert.equal(nsOfIso('2026-01-01T00:00:00Z'), nowNs);
  assert.equal(nsOfIso(zeroTime), undefined);
  assert.equal(nsOfIso('no time'), undefined);
});
