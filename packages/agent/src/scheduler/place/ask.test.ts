// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, type NetworkResource, type Port, Resources, type TaskGroup } from '@serai/api';
import { mockJob, mockTask, mockTaskGroup } from '#testing';
import { groupAsk, withCores } from './ask.ts';

const plain = { memoryOversubscription: false };

const port = (Label: string, Value = 0, HostNetwork = 'default'): Port => ({
  Label,
  Value,
  To: 0,
  HostNetwork,
});
const network = (fields: Partial<NetworkResource>): NetworkResource => ({
  Mode: 'host',
  Device: '',
  CIDR: '',
  IP: '',
  MBits: 0,
  DNS: null,
  ReservedPorts: null,
  DynamicPorts: null,
  ...fields,
});

test('a group asks for the sum of its tasks and its disk', () => {
  const group = mockTaskGroup({ Tasks: [mockTask(), mockTask({ Name: 'sidecar' })] });
  const ask = groupAsk(mockJob(), group, plain);
  assert.equal(ask.total.cpuShares, 1000);
  assert.equal(ask.total.memoryMb, 512);
  assert.equal(ask.total.diskMb, 150);
  assert.deepEqual(Object.keys(ask.resources.Tasks ?? {}), ['web', 'sidecar']);
});

test('tasks that never run at the same time are not added up', () => {
  const init = mockTask({ Name: 'init', Lifecycle: { Hook: 'prestart', Sidecar: false } });
  const group = mockTaskGroup({ Tasks: [mockTask(), init] });
  const ask = groupAsk(mockJob(), group, plain);
  assert.equal(ask.total.cpuShares, 500);
  assert.deepEqual(ask.resources.TaskLifecycles, { web: null, init: { Hook: 'prestart', Sidecar: false } });
});

test('memory_max counts only when the operator allows it', () => {
  const task = mockTask({ Resources: make(Resources, { CPU: 1, MemoryMB: 10, MemoryMaxMB: 50 }) });
  const group = mockTaskGroup({ Tasks: [task] });
  const max = (memoryOversubscription: boolean): number | undefined =>
    groupAsk(mockJob(), group, { memoryOversubscription }).resources.Tasks?.['web']?.Memory.MemoryMaxMB;
  assert.equal(max(false), 0);
  assert.equal(max(true), 50);
});

test('ports are grouped by host network', () => {
  const group = mockTaskGroup({
    Networks: [
      network({
        ReservedPorts: [
          port('http', 80),
          { ...port('shared', 90), IgnoreCollision: true },
          port('x', 81, 'public'),
        ],
        DynamicPorts: [port('a'), port('b', 0, ''), port('c', 0, 'public')],
      }),
    ],
  });
  const ask = groupAsk(mockJob(), group, plain);
  assert.equal(ask.hasPorts, true);
  assert.deepEqual(
    ask.hostNetworks.map((item) => [item.hostNetwork, item.reservedValues, item.dynamic]),
    [
      ['default', [80], 2],
      ['public', [81], 1],
    ],
  );
  assert.equal(ask.resources.Shared.Networks, null);
});

test('a network without ports is handed on as it is', () => {
  const group = mockTaskGroup({ Networks: [network({ Mode: 'bridge' })] });
  const ask = groupAsk(mockJob(), group, plain);
  assert.equal(ask.hasPorts, false);
  assert.deepEqual(ask.resources.Shared.Networks, [network({ Mode: 'bridge' })]);
});

test('networks of single tasks ask for ports as well', () => {
  const task = mockTask({
    Resources: make(Resources, { CPU: 1, MemoryMB: 10, Networks: [network({ DynamicPorts: [port('db')] })] }),
  });
  const ask = groupAsk(mockJob(), mockTaskGroup({ Networks: null, Tasks: [task] }), plain);
  assert.deepEqual(
    ask.taskNetworks.map((item) => item.task),
    ['web'],
  );
  assert.equal(ask.hostNetworks[0]?.dynamic, 1);
});

function coreGroup(): TaskGroup {
  const cores = (Name: string, Cores: number) =>
    mockTask({ Name, Resources: make(Resources, { Cores, MemoryMB: 10 }) });
  return mockTaskGroup({ Tasks: [cores('a', 2), cores('b', 1), mockTask({ Name: 'c' })] });
}

test('whole cores are given in turn, and count with the MHz of the node', () => {
  const ask = groupAsk(mockJob(), coreGroup(), plain);
  assert.equal(ask.cores, 3);
  const given = withCores(ask, [1, 3, 4, 6], 1000);
  assert.deepEqual(given.Tasks?.['a']?.Cpu, { CpuShares: 2000, ReservedCores: [1, 3] });
  assert.deepEqual(given.Tasks?.['b']?.Cpu, { CpuShares: 1000, ReservedCores: [4] });
  assert.deepEqual(given.Tasks?.['c']?.Cpu, { CpuShares: 500, ReservedCores: null });
});

test('a group without tasks asks for nothing', () => {
  const ask = groupAsk(mockJob(), mockTaskGroup({ Tasks: null, EphemeralDisk: null, Networks: null }), plain);
  assert.deepEqual(ask.total, { cpuShares: 0, cores: [], memoryMb: 0, memoryMaxMb: 0, diskMb: 0 });
});
