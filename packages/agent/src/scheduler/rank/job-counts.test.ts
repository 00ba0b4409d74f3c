// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Constraint, Job } from '@serai/api';
import { mockAlloc, mockJob, mockNode, mockTaskGroup } from '#testing';
import { JobCounts } from './job-counts.ts';

const rack = (RTarget: string): Constraint => ({
  LTarget: '${meta.rack}',
  Operand: 'distinct_property',
  RTarget,
});
const hosts: Constraint = { LTarget: '', Operand: 'distinct_hosts', RTarget: 'true' };
const node = mockNode({ Meta: { rack: 'r1' } });
const twoGroups = [mockTaskGroup(), mockTaskGroup({ Name: 'db' })];

function countsFor(job: Job): JobCounts {
  return new JobCounts(job, twoGroups[0] ?? mockTaskGroup(), 4);
}

test('allocations of the group collide on their row', () => {
  const job = mockJob({ TaskGroups: twoGroups });
  const counts = countsFor(job);
  counts.count(mockAlloc({ Job: job }), { row: 2, node }, 1);
  counts.count(mockAlloc({ Job: job, TaskGroup: 'db' }), { row: 2, node }, 1);
  counts.count(mockAlloc(), { row: 2, node }, 1);
  assert.deepEqual([...counts.collisions], [0, 0, 1, 0]);
  counts.count(mockAlloc({ Job: job }), { row: 2, node }, -1);
  assert.deepEqual([...counts.collisions], [0, 0, 0, 0]);
});

test('ended allocations do not count', () => {
  const job = mockJob({ TaskGroups: twoGroups });
  const counts = countsFor(job);
  counts.count(mockAlloc({ Job: job, ClientStatus: 'complete' }), { row: 1, node }, 1);
  counts.count(mockAlloc({ Job: job, DesiredStatus: 'stop' }), { row: 1, node }, 1);
  assert.equal(counts.collisions[1], 0);
});

test('another namespace is another job', () => {
  const job = mockJob({ TaskGroups: twoGroups });
  const counts = countsFor(job);
  counts.count(mockAlloc({ Job: job, Namespace: 'other' }), { row: 1, node }, 1);
  assert.equal(counts.collisions[1], 0);
});

test('distinct_hosts of the job counts all its groups, that of a group only its own', () => {
  const ofJob = mockJob({ TaskGroups: twoGroups, Constraints: [hosts] });
  const jobCounts = countsFor(ofJob);
  jobCounts.count(mockAlloc({ Job: ofJob, TaskGroup: 'db' }), { row: 3, node }, 1);
  assert.equal(jobCounts.isTakenHost(3), true);
  assert.equal(jobCounts.isTakenHost(0), false);
  const group = mockTaskGroup({ Constraints: [hosts] });
  const ofGroup = mockJob({ TaskGroups: [group, mockTaskGroup({ Name: 'db' })] });
  const groupCounts = new JobCounts(ofGroup, group, 4);
  groupCounts.count(mockAlloc({ Job: ofGroup, TaskGroup: 'db' }), { row: 3, node }, 1);
  assert.equal(groupCounts.isTakenHost(3), false);
  groupCounts.count(mockAlloc({ Job: ofGroup }), { row: 3, node }, 1);
  assert.equal(groupCounts.isTakenHost(3), true);
});

test('distinct_property names the value and its count', () => {
  const job = mockJob({ TaskGroups: twoGroups, Constraints: [rack('2')] });
  const counts = countsFor(job);
  const values = counts.valuesOf(node);
  counts.count(mockAlloc({ Job: job }), { row: 0, node }, 1);
  assert.equal(counts.propertyRefusal(values), undefined);
  counts.count(mockAlloc({ Job: job, TaskGroup: 'db' }), { row: 1, node }, 1);
  assert.equal(counts.propertyRefusal(values), 'distinct_property: ${meta.rack}=r1 used by 2 allocs');
  assert.equal(counts.propertyRefusal(counts.valuesOf(mockNode({ Meta: { rack: 'r2' } }))), undefined);
  assert.equal(counts.missingProperty(counts.valuesOf(mockNode({ Meta: {} }))), '${meta.rack}');
  assert.equal(counts.missingProperty(values), undefined);
});

test('distinct_property of a group does not see other groups', () => {
  const group = mockTaskGroup({ Constraints: [rack('1')] });
  const job = mockJob({ TaskGroups: [group, mockTaskGroup({ Name: 'db' })] });
  const counts = new JobCounts(job, group, 4);
  counts.count(mockAlloc({ Job: job, TaskGroup: 'db' }), { row: 1, node }, 1);
  assert.equal(counts.propertyRefusal(counts.valuesOf(node)), undefined);
});

test('an allocation on a node that is gone only counts for its row', () => {
  const job = mockJob({ TaskGroups: twoGroups, Constraints: [rack('1')] });
  const counts = countsFor(job);
  counts.count(mockAlloc({ Job: job }), { row: 1, node: undefined }, 1);
  assert.equal(counts.collisions[1], 1);
  assert.equal(counts.propertyRefusal(counts.valuesOf(node)), undefined);
});

test('boosts of several spreads add up', () => {
  const spread = (Attribute: string) => ({ Attribute, Weight: 50, SpreadTarget: null });
  const job = mockJob({
    TaskGroups: twoGroups,
    Spreads: [spread('${meta.rack}'), spread('${node.datacenter}')],
  });
  const counts = countsFor(job);
  assert.equal(counts.hasProperties, true);
  counts.count(mockAlloc({ Job: job }), { row: 0, node }, 1);
  assert.equal(counts.spreadBoost(counts.valuesOf(node)), -2);
  assert.equal(counts.spreadBoost(counts.valuesOf(mockNode({ Meta: { rack: 'r2' } }))), 0);
  assert.equal(counts.spreadBoost(counts.valuesOf(mockNode({ Meta: { rack: 'r2' }, Datacenter: 'x' }))), 2);
});
