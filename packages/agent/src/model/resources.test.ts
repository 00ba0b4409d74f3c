// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AllocatedResources, make, Node, NodeReservedResources, NodeResources } from '@serai/api';
import fc from 'fast-check';
import {
  addResources,
  allocatedResourcesTotal,
  allocResourcesTotal,
  type ComparableResources,
  exhaustedDimension,
  maxResources,
  nodeAvailableResources,
  noResources,
} from './resources.ts';

type Lifecycle = 'main' | 'prestart' | 'sidecar' | 'poststart' | 'poststop';

function allocated(
  tasks: Record<string, { cpu: number; memory: number; max?: number; cores?: number[]; as?: Lifecycle }>,
  disk = 10,
): AllocatedResources {
  const lifecycles: AllocatedResources['TaskLifecycles'] = Object.fromEntries(
    Object.entries(tasks).map(([name, { as = 'main' }]) => [
      name,
      as === 'main' ? null : { Hook: as === 'sidecar' ? 'prestart' : as, Sidecar: as === 'sidecar' },
    ]),
  );
  return {
    Tasks: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        {
          Cpu: { CpuShares: task.cpu, ReservedCores: task.cores ?? null },
          Memory: { MemoryMB: task.memory, MemoryMaxMB: task.max ?? 0 },
          Networks: null,
          Devices: null,
        },
      ]),
    ),
    TaskLifecycles: lifecycles,
    Shared: { Networks: null, DiskMB: disk, Ports: null },
  };
}

test('one task is what it is, with the shared disk', () => {
  assert.deepEqual(allocatedResourcesTotal(allocated({ a: { cpu: 5, memory: 7, max: 9, cores: [3] } })), {
    cpuShares: 5,
    cores: [3],
    memoryMb: 7,
    memoryMaxMb: 9,
    diskMb: 10,
  });
});

test('main tasks add up, prestart and poststop run at other times, sidecars run through', () => {
  const total = allocatedResourcesTotal(
    allocated({
      main: { cpu: 100, memory: 10 },
      more: { cpu: 100, memory: 10, as: 'poststart' },
      before: { cpu: 150, memory: 50, as: 'prestart' },
      after: { cpu: 50, memory: 20, as: 'poststop' },
      proxy: { cpu: 20, memory: 5, as: 'sidecar' },
    }),
  );
  assert.deepEqual([total.cpuShares, total.memoryMb], [220, 55]);
});

test('without resources nothing is taken', () => {
  assert.deepEqual(allocResourcesTotal({ AllocatedResources: null }), noResources);
});

test('cores are a set', () => {
  const total = allocatedResourcesTotal(
    allocated({ a: { cpu: 0, memory: 1, cores: [1, 2] }, b: { cpu: 0, memory: 1, cores: [2, 3] } }),
  );
  assert.deepEqual(total.cores, [1, 2, 3]);
});

test('a node gives what it has minus what is reserved, never less than nothing', () => {
  const node = make(Node, {
    NodeResources: make(NodeResources, {
      Cpu: { CpuShares: 1000, TotalCpuCores: 4, ReservableCpuCores: [0, 1, 2, 3] },
      Memory: { MemoryMB: 512 },
      Disk: { DiskMB: 100 },
    }),
    ReservedResources: make(NodeReservedResources, {
      Cpu: { CpuShares: 100, ReservedCpuCores: [0] },
      Memory: { MemoryMB: 600 },
      Disk: { DiskMB: 1 },
    }),
  });
  assert.deepEqual(nodeAvailableResources(node), {
    cpuShares: 900,
    cores: [1, 2, 3],
    memoryMb: 0,
    memoryMaxMb: 0,
    diskMb: 99,
  });
  assert.deepEqual(nodeAvailableResources(make(Node, {})), noResources);
});

test('the first dimension that does not fit is named', () => {
  const available = { cpuShares: 10, cores: [1], memoryMb: 10, memoryMaxMb: 10, diskMb: 10 };
  const ask = (over: Partial<ComparableResources>) =>
    exhaustedDimension(available, { ...noResources, ...over });
  assert.equal(ask({}), undefined);
  assert.equal(ask({ cpuShares: 11, diskMb: 11 }), 'cpu');
  assert.equal(ask({ cores: [2] }), 'cores');
  assert.equal(ask({ cores: [1] }), undefined);
  assert.equal(ask({ memoryMb: 11 }), 'memory');
  assert.equal(ask({ diskMb: 11 }), 'disk');
});

const amounts = fc.record(
  {
    cpuShares: fc.nat(1000),
    cores: fc.uniqueArray(fc.nat(20), { maxLength: 5 }).map((cores) => cores.sort((a, b) => a - b)),
    memoryMb: fc.nat(1000),
    memoryMaxMb: fc.nat(1000),
    diskMb: fc.nat(1000),
  },
  { noNullPrototype: true },
);

test('the larger of two never exceeds their sum, and order does not matter', () => {
  fc.assert(
    fc.property(amounts, amounts, (a, b) => {
      assert.equal(exhaustedDimension(addResources(a, b), maxResources(a, b)), undefined);
      assert.deepEqual(addResources(a, b), addResources(b, a));
      assert.deepEqual(maxResources(a, b), maxResources(b, a));
      assert.deepEqual(addResources(a, noResources), a);
    }),
  );
});
