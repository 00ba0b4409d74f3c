// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllocatedPortMapping, AllocatedResources, Allocation, Node } from '@serai/api';
import { mockAlloc, mockNode } from '#testing';
import { allocsFit, evaluateNodePlan } from './node-plan.ts';

const ip = '192.168.0.100';
const port = (Value: number, extra: Partial<AllocatedPortMapping> = {}): AllocatedPortMapping => ({
  Label: 'http',
  Value,
  To: 0,
  HostIP: ip,
  ...extra,
});

function sized(fields: {
  cpu?: number;
  memory?: number;
  disk?: number;
  ports?: AllocatedPortMapping[];
  cores?: number[];
}): AllocatedResources {
  return {
    Tasks: {
      web: {
        Cpu: { CpuShares: fields.cpu ?? 0, ReservedCores: fields.cores ?? null },
        Memory: { MemoryMB: fields.memory ?? 0, MemoryMaxMB: 0 },
        Networks: null,
        Devices: null,
      },
    },
    TaskLifecycles: null,
    Shared: { Networks: null, DiskMB: fields.disk ?? 0, Ports: fields.ports ?? null },
  };
}

const alloc = (resources: AllocatedResources, fields: Partial<Allocation> = {}): Allocation =>
  mockAlloc({ NodeID: 'n1', ClientStatus: 'running', AllocatedResources: resources, ...fields });

interface World {
  readonly node?: Node | undefined;
  readonly existing?: readonly Allocation[];
  readonly stop?: readonly Allocation[];
  readonly evict?: readonly Allocation[];
  readonly place: readonly Allocation[];
}

function verdict(world: World): string {
  const map = (allocs: readonly Allocation[] | undefined): Map<string, readonly Allocation[]> =>
    new Map(allocs ? [['n1', allocs]] : []);
  const found = evaluateNodePlan(
    {
      node: () => ('node' in world ? world.node : mockNode({ ID: 'n1' })),
      allocsByNode: () => world.existing ?? [],
    },
    { nodeUpdate: map(world.stop), nodeAllocation: map(world.place), nodePreemptions: map(world.evict) },
    'n1',
  );
  return found.fits ? 'fits' : found.reason;
}

test('a plan that only stops always holds', () => {
  const old = alloc(sized({}));
  assert.equal(verdict({ existing: [old], stop: [old], place: [], node: undefined }), 'fits');
});

test('changes of what is there hold on any node', () => {
  const old = alloc(sized({ cpu: 99_999 }));
  assert.equal(verdict({ existing: [old], place: [old], node: mockNode({ Status: 'down' }) }), 'fits');
  assert.equal(verdict({ existing: [old], place: [old], node: undefined }), 'fits');
});

test('new allocations need a node that is ready', () => {
  const place = [alloc(sized({}))];
  assert.equal(verdict({ place }), 'fits');
  assert.equal(verdict({ place, node: undefined }), 'node does not exist');
  for (const fields of [
    { Status: 'down' },
    { Status: 'disconnected' },
    { SchedulingEligibility: 'ineligible' },
  ])
    assert.equal(
      verdict({ place, node: mockNode({ ID: 'n1', ...fields }) }),
      'node is not ready for placements',
    );
});

test('each dimension is checked to the last unit', () => {
  assert.equal(verdict({ place: [alloc(sized({ cpu: 4000, memory: 8192, disk: 102_400 }))] }), 'fits');
  assert.equal(verdict({ place: [alloc(sized({ cpu: 4001 }))] }), 'cpu');
  assert.equal(verdict({ place: [alloc(sized({ memory: 8193 }))] }), 'memory');
  assert.equal(verdict({ place: [alloc(sized({ disk: 102_401 }))] }), 'disk');
  assert.equal(verdict({ place: [alloc(sized({ cores: [0, 4] }))] }), 'cores');
});

test('what runs counts, what has ended does not', () => {
  const half = sized({ memory: 5000 });
  const place = [alloc(half)];
  assert.equal(verdict({ existing: [alloc(half)], place }), 'memory');
  assert.equal(verdict({ existing: [alloc(half, { DesiredStatus: 'stop' })], place }), 'memory');
  assert.equal(verdict({ existing: [alloc(half, { ClientStatus: 'complete' })], place }), 'fits');
});

test('what the plan stops or evicts makes room', () => {
  const old = alloc(sized({ memory: 5000 }));
  const place = [alloc(sized({ memory: 5000 }))];
  assert.equal(verdict({ existing: [old], stop: [old], place }), 'fits');
  assert.equal(verdict({ existing: [old], evict: [old], place }), 'fits');
});

test('an allocation that is updated in the same plan is counted once', () => {
  const old = alloc(sized({ memory: 5000 }));
  assert.equal(verdict({ existing: [old], place: [old, alloc(sized({ memory: 3000 }))] }), 'fits');
  assert.equal(verdict({ existing: [old], place: [old, alloc(sized({ memory: 4000 }))] }), 'memory');
});

test('cores are given once', () => {
  const old = alloc(sized({ cores: [1] }));
  assert.equal(verdict({ existing: [old], place: [alloc(sized({ cores: [2] }))] }), 'fits');
  assert.equal(verdict({ existing: [old], place: [alloc(sized({ cores: [1] }))] }), 'cores');
});

test('ports collide with the node, with others and among themselves', () => {
  const at = (Value: number): Allocation => alloc(sized({ ports: [port(Value)] }));
  assert.equal(verdict({ place: [at(22)] }), 'reserved port collision http=22');
  assert.equal(verdict({ existing: [at(80)], place: [at(80)] }), 'reserved port collision http=80');
  assert.equal(verdict({ existing: [at(80)], place: [at(81)] }), 'fits');
  assert.equal(verdict({ place: [at(80), at(80)] }), 'reserved port collision http=80');
  const old = at(80);
  assert.equal(verdict({ existing: [old], stop: [old], place: [at(80)] }), 'fits');
});

test('a port that may be shared is no collision', () => {
  const shared = alloc(sized({ ports: [port(80, { IgnoreCollision: true })] }));
  assert.equal(verdict({ existing: [alloc(sized({ ports: [port(80)] }))], place: [shared] }), 'fits');
});

test('other addresses have other ports', () => {
  const other = alloc(sized({ ports: [port(80, { HostIP: '10.0.0.1' })] }));
  assert.equal(verdict({ existing: [alloc(sized({ ports: [port(80)] }))], place: [other] }), 'fits');
});

test('an old collision does not forbid new allocations elsewhere', () => {
  const twins = [alloc(sized({ ports: [port(80)] })), alloc(sized({ ports: [port(80)] }))];
  assert.equal(verdict({ existing: twins, place: [alloc(sized({ ports: [port(81)] }))] }), 'fits');
});

test('allocations without resources take nothing', () => {
  assert.deepEqual(allocsFit(mockNode(), [], [mockAlloc({ AllocatedResources: null })]), {
    fits: true,
    reason: '',
  });
});
