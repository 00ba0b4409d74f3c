// SPDX-License-Identifier: MPL-2.0
// Canonical jobs: what the server stores after defaults were filled in.

import { Job, make, Resources, Task, TaskGroup, type UpdateStrategy } from '@serai/api';
import { systemRandom } from '#base';

const second = 1_000_000_000;
const minute = 60 * second;

/** An `update` block with Nomad's defaults. */
export function mockUpdate(overrides: Partial<UpdateStrategy> = {}): UpdateStrategy {
  return {
    Stagger: 30 * second,
    MaxParallel: 1,
    HealthCheck: 'checks',
    MinHealthyTime: 10 * second,
    HealthyDeadline: 5 * minute,
    ProgressDeadline: 10 * minute,
    AutoRevert: false,
    AutoPromote: false,
    Canary: 0,
    ...overrides,
  };
}

const noUpdate: UpdateStrategy = mockUpdate({
  Stagger: 0,
  MaxParallel: 0,
  HealthCheck: '',
  MinHealthyTime: 0,
  HealthyDeadline: 0,
  ProgressDeadline: 0,
});

/** Task `web` on mock_driver: 500 MHz, 256 MB. */
export function mockTask(overrides: Partial<Task> = {}): Task {
  return make(Task, {
    Name: 'web',
    Driver: 'mock_driver',
    Config: { run_for: '1h' },
    Env: { FOO: 'bar' },
    Resources: make(Resources, { CPU: 500, MemoryMB: 256 }),
    RestartPolicy: {
      Attempts: 3,
      Interval: 10 * minute,
      Delay: minute,
      Mode: 'delay',
      RenderTemplates: false,
    },
    KillTimeout: 5 * second,
    LogConfig: { MaxFiles: 10, MaxFileSizeMB: 10, Disabled: false },
    Meta: { foo: 'bar' },
    ...overrides,
  });
}

/** Group `web`: 10 allocations, two dynamic ports, 150 MB disk; no update block, so no deployments. */
export function mockTaskGroup(overrides: Partial<TaskGroup> = {}): TaskGroup {
  return make(TaskGroup, {
    Name: 'web',
    Count: 10,
    EphemeralDisk: { Sticky: false, SizeMB: 150, Migrate: false },
    RestartPolicy: {
      Attempts: 3,
      Interval: 10 * minute,
      Delay: minute,
      Mode: 'delay',
      RenderTemplates: false,
    },
    ReschedulePolicy: {
      Attempts: 2,
      Interval: 10 * minute,
      Delay: 5 * second,
      DelayFunction: 'constant',
      MaxDelay: 0,
      Unlimited: false,
    },
    Migrate: {
      MaxParallel: 1,
      HealthCheck: 'checks',
      MinHealthyTime: 10 * second,
      HealthyDeadline: 5 * minute,
    },
    Networks: [
      {
        Mode: 'host',
        Device: '',
        CIDR: '',
        IP: '',
        MBits: 0,
        DNS: null,
        ReservedPorts: null,
        DynamicPorts: [
          { Label: 'http', Value: 0, To: 0, HostNetwork: 'default' },
          { Label: 'admin', Value: 0, To: 0, HostNetwork: 'default' },
        ],
      },
    ],
    Tasks: [mockTask()],
    Meta: { elb_check_type: 'http' },
    ...overrides,
  });
}

/** Service job with one group of ten on Linux nodes of dc1. */
export function mockJob(overrides: Partial<Job> = {}): Job {
  const id = overrides.ID ?? `mock-service-${systemRandom.uuid()}`;
  return make(Job, {
    Region: 'global',
    ID: id,
    Name: id,
    Namespace: 'default',
    NodePool: 'default',
    Type: 'service',
    Priority: 50,
    AllAtOnce: false,
    Datacenters: ['dc1'],
    Constraints: [{ LTarget: '${attr.kernel.name}', RTarget: 'linux', Operand: '=' }],
    TaskGroups: [mockTaskGroup()],
    Update: noUpdate,
    Meta: { owner: 'armon' },
    Status: 'pending',
    Version: 0,
    CreateIndex: 42,
    ModifyIndex: 99,
    JobModifyIndex: 99,
    ...overrides,
  });
}

/** Batch job with one group of ten, no ports. */
export function mockBatchJob(overrides: Partial<Job> = {}): Job {
  const id = overrides.ID ?? `mock-batch-${systemRandom.uuid()}`;
  const group = mockTaskGroup({
    Name: 'worker',
    Networks: null,
    Migrate: null,
    ReschedulePolicy: {
      Attempts: 2,
      Interval: 10 * minute,
      Delay: 5 * second,
      DelayFunction: 'constant',
      MaxDelay: 0,
      Unlimited: false,
    },
    Tasks: [
      mockTask({ Name: 'worker', Resources: make(Resources, { CPU: 100, MemoryMB: 100 }), Meta: null }),
    ],
  });
  return mockJob({ Type: 'batch', ID: id, Name: id, TaskGroups: [group], Constraints: null, ...overrides });
}

/** System job: one allocation per node, no ports. */
export function mockSystemJob(overrides: Partial<Job> = {}): Job {
  const id = overrides.ID ?? `mock-system-${systemRandom.uuid()}`;
  const group = mockTaskGroup({
    Count: 1,
    Networks: null,
    Migrate: null,
    ReschedulePolicy: null,
    Tasks: [mockTask()],
  });
  return mockJob({
    Type: 'system',
    ID: id,
    Name: id,
    Priority: 100,
    TaskGroups: [group],
    ...overrides,
  });
}

/** System batch job: runs once on every node. */
export function mockSysbatchJob(overrides: Partial<Job> = {}): Job {
  const id = overrides.ID ?? `mock-sysbatch-${systemRandom.uuid()}`;
  const group = mockTaskGroup({
    Name: 'pinger',
    Count: 1,
    Networks: null,
    Migrate: null,
    ReschedulePolicy: null,
    Tasks: [mockTask({ Name: 'ping', Resources: make(Resources, { CPU: 100, MemoryMB: 64 }) })],
  });
  return mockJob({ Type: 'sysbatch', ID: id, Name: id, TaskGroups: [group], ...overrides });
}
