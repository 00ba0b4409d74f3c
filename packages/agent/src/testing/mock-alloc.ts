// SPDX-License-Identifier: MPL-2.0
// An allocation as the scheduler makes it: first instance of the job's first group, wanted and pending.

import { type AllocatedResources, Allocation, type Job, make, type TaskGroup } from '@serai/api';
import { must, systemRandom } from '#base';
import { allocName, findTaskGroup } from '#model';
import { mockJob } from './mock-job.ts';

export interface MockAllocOptions extends Partial<Allocation> {
  /** index in the name, default 0 */
  readonly index?: number;
}

/** Job, namespace, name and resources follow from `Job` and `TaskGroup` unless they are given. */
export function mockAlloc(options: MockAllocOptions = {}): Allocation {
  const { index = 0, ...overrides } = options;
  const job = overrides.Job ?? mockJob();
  const group = must(
    overrides.TaskGroup === undefined ? job.TaskGroups?.[0] : findTaskGroup(job, overrides.TaskGroup),
    'task group of the job',
  );
  return make(Allocation, {
    ID: systemRandom.uuid(),
    EvalID: systemRandom.uuid(),
    NodeID: '12345678-abcd-efab-cdef-123456789abc',
    NodeName: 'foobar',
    Namespace: job.Namespace,
    JobID: job.ID,
    Job: job,
    TaskGroup: group.Name,
    Name: allocName(job.ID, group.Name, index),
    AllocatedResources: mockAllocatedResources(group),
    DesiredStatus: 'run',
    ClientStatus: 'pending',
    ...overrides,
  });
}

/** What the group asks for, without ports. */
export function mockAllocatedResources(group: TaskGroup): AllocatedResources {
  return {
    Tasks: Object.fromEntries(
      (group.Tasks ?? []).map((task) => [
        task.Name,
        {
          Cpu: { CpuShares: task.Resources?.CPU ?? 0, ReservedCores: null },
          Memory: { MemoryMB: task.Resources?.MemoryMB ?? 0, MemoryMaxMB: 0 },
          Networks: null,
          Devices: null,
        },
      ]),
    ),
    TaskLifecycles: Object.fromEntries((group.Tasks ?? []).map((task) => [task.Name, task.Lifecycle])),
    Shared: { Networks: null, DiskMB: group.EphemeralDisk?.SizeMB ?? 0, Ports: null },
  };
}

/** Allocations of the job's first group on the given nodes in turn, indexes 0, 1, 2, … */
export function mockAllocs(
  job: Job,
  nodeIds: readonly string[],
  overrides: Partial<Allocation> = {},
): Allocation[] {
  return nodeIds.map((nodeId, index) => mockAlloc({ Job: job, NodeID: nodeId, index, ...overrides }));
}
