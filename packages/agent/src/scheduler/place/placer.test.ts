// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, make, type Node, Resources, type TaskGroup } from '@serai/api';
import {
  mockAlloc,
  mockJob,
  mockNode,
  mockNodeResources,
  mockTask,
  mockTaskGroup,
  SchedulerHarness,
} from '#testing';
import type { PreemptRequest } from '../contract.ts';

const allowed = {
  PreemptionConfig: {
    SystemSchedulerEnabled: false,
    SysBatchSchedulerEnabled: false,
    BatchSchedulerEnabled: false,
    ServiceSchedulerEnabled: true,
  },
};

const tiny = (ID: string, fields: Partial<Node> = {}): Node =>
  mockNode({ ID, Name: ID, NodeResources: mockNodeResources({ Memory: { MemoryMB: 300 } }), ...fields });

const jobOf = (ID: string, group: Partial<TaskGroup> = {}, fields: Partial<Job> = {}): Job =>
  mockJob({
    ID,
    TaskGroups: [
      mockTaskGroup({
        Count: 1,
        Networks: null,
        Tasks: [mockTask({ Resources: make(Resources, { CPU: 10, MemoryMB: 200 }) })],
        ...group,
      }),
    ],
    ...fields,
  });

function fullCluster(): { harness: SchedulerHarness; job: Job } {
  const harness = new SchedulerHarness();
  harness.putNodes(tiny('n1'));
  harness.evaluate(harness.putJob(jobOf('low')));
  return { harness, job: harness.putJob(jobOf('high', {}, { Priority: 90 })) };
}

test('without a preemption function nothing is evicted', () => {
  const { harness, job } = fullCluster();
  harness.configure(allowed);
  assert.deepEqual(harness.evaluate(job).evaluation.QueuedAllocations, { web: 1 });
});

test('a preemption function is asked when nothing fits and it is allowed', () => {
  const { harness, job } = fullCluster();
  const asked: PreemptRequest[] = [];
  const preempt = (request: PreemptRequest) => {
    asked.push(request);
    const [full] = [...request.nodes()];
    return full && { nodeId: full.node.ID, evict: full.allocs };
  };
  harness.evaluate(job, {}, { preempt });
  assert.equal(asked.length, 0, 'the configuration does not allow it');
  harness.configure(allowed);
  const outcome = harness.evaluate(job, {}, { preempt });
  assert.equal(asked[0]?.job.ID, 'high');
  const placed = harness.allocs.find((alloc) => alloc.JobID === 'high');
  const evicted = harness.allocs.find((alloc) => alloc.JobID === 'low');
  assert.equal(placed?.NodeID, 'n1');
  assert.deepEqual(placed?.PreemptedAllocations, [evicted?.ID]);
  assert.equal(evicted?.DesiredStatus, 'evict');
  assert.equal(evicted?.PreemptedByAllocation, placed?.ID);
  assert.deepEqual([...(outcome.plans[0]?.nodePreemptions.keys() ?? [])], ['n1']);
});

test('a choice that makes no room is not followed', () => {
  const { harness, job } = fullCluster();
  harness.configure(allowed);
  for (const choice of [{ nodeId: 'n1', evict: [] }, { nodeId: 'nowhere', evict: [] }, undefined]) {
    const outcome = harness.evaluate(job, {}, { preempt: () => choice });
    assert.deepEqual(outcome.evaluation.QueuedAllocations, { web: 1 });
    assert.equal(outcome.plans.length, 0);
  }
});

test('a volume per allocation is found by the index of the name', () => {
  const volume = (name: string): Node['HostVolumes'] => ({
    [name]: { Name: name, Path: '/x', ReadOnly: false },
  });
  const harness = new SchedulerHarness();
  harness.putNodes(
    tiny('a', { HostVolumes: volume('data[1]') }),
    tiny('b', { HostVolumes: volume('data[0]') }),
    tiny('c'),
  );
  const request = {
    Name: 'data',
    Type: 'host',
    Source: 'data',
    ReadOnly: false,
    AccessMode: '',
    AttachmentMode: '',
    MountOptions: null,
    PerAlloc: true,
  };
  harness.evaluate(harness.putJob(jobOf('db', { Count: 3, Volumes: { data: request } })));
  assert.deepEqual(harness.allocs.map((alloc) => [alloc.Name, alloc.NodeID]).sort(), [
    ['db.web[0]', 'b'],
    ['db.web[1]', 'a'],
  ]);
});

test('metrics of a placement tell how it was made', () => {
  const harness = new SchedulerHarness();
  harness.putNodes(tiny('n1'), tiny('n2', { Attributes: { 'kernel.name': 'darwin' } }));
  const clock = { now: harness.nowNs };
  harness.evaluate(harness.putJob(jobOf('web')), {}, { nowNs: () => (clock.now += 1024) });
  const metrics = harness.allocs[0]?.Metrics;
  assert.equal(metrics?.NodesEvaluated, 2);
  assert.equal(metrics?.NodesFiltered, 1);
  assert.deepEqual(metrics?.ConstraintFiltered, { '${attr.kernel.name} = linux': 1 });
  assert.equal(metrics?.AllocationTime, 1024);
  assert.equal(metrics?.ScoreMetaData?.[0]?.NodeID, 'n1');
});

test('allocations of a group without ports share their resources', () => {
  const harness = new SchedulerHarness();
  harness.putNodes(mockNode());
  harness.evaluate(harness.putJob(jobOf('web', { Count: 2 })));
  const [a, b] = harness.allocs;
  assert.equal(a?.AllocatedResources, b?.AllocatedResources);
});

test('groups of one job share the nodes of a plan', () => {
  const harness = new SchedulerHarness();
  harness.putNodes(tiny('n1'), tiny('n2'));
  const task = mockTask({ Resources: make(Resources, { CPU: 10, MemoryMB: 200 }) });
  const group = (Name: string): TaskGroup => mockTaskGroup({ Name, Count: 1, Networks: null, Tasks: [task] });
  harness.evaluate(harness.putJob(mockJob({ ID: 'two', TaskGroups: [group('a'), group('b')] })));
  assert.deepEqual(harness.allocs.map((alloc) => alloc.NodeID).sort(), ['n1', 'n2']);
  harness.putAllocs(mockAlloc({ NodeID: 'n1' }));
});
