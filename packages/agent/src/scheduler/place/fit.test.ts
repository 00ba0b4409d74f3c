// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Allocation,
  make,
  type NetworkResource,
  type Node,
  type Port,
  Resources,
  type TaskGroup,
} from '@serai/api';
import {
  mockAlloc,
  mockJob,
  mockNode,
  mockNodeResources,
  mockTask,
  mockTaskGroup,
  SchedulerHarness,
} from '#testing';
import { newFleet } from '../fleet/fleet.ts';
import { groupAsk } from './ask.ts';
import { coreMhzOf, GroupFit } from './fit.ts';
import { Proposal } from './proposal.ts';

const ip = '192.168.0.100';
const port = (Label: string, Value = 0, fields: Partial<Port> = {}): Port => ({
  Label,
  Value,
  To: 0,
  HostNetwork: 'default',
  ...fields,
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

interface Setting {
  readonly fit: GroupFit;
  readonly row: number;
  readonly proposal: Proposal;
}

function setting(group: TaskGroup, node: Node = mockNode(), allocs: readonly Allocation[] = []): Setting {
  const harness = new SchedulerHarness();
  harness.putNodes(node);
  harness.putAllocs(...allocs.map((alloc) => ({ ...alloc, NodeID: node.ID, ClientStatus: 'running' })));
  const fleet = newFleet();
  fleet.sync(harness);
  const proposal = new Proposal(fleet);
  const fit = new GroupFit(groupAsk(mockJob(), group, { memoryOversubscription: false }), proposal);
  return { fit, row: fleet.rowOf(node.ID) ?? -1, proposal };
}

const sized = (CPU: number, MemoryMB: number, SizeMB = 10): TaskGroup =>
  mockTaskGroup({
    Networks: null,
    EphemeralDisk: { Sticky: false, SizeMB, Migrate: false },
    Tasks: [mockTask({ Resources: make(Resources, { CPU, MemoryMB }) })],
  });
const withNetwork = (fields: Partial<NetworkResource>): TaskGroup =>
  mockTaskGroup({ Networks: [network(fields)] });

function exhausted(group: TaskGroup, node?: Node, allocs?: readonly Allocation[]): string | undefined {
  const { fit, row } = setting(group, node, allocs);
  return fit.exhausted(row);
}

test('exactly full still fits', () => {
  assert.equal(exhausted(sized(4000, 8192, 100 * 1024)), undefined);
});

test('the first dimension that is exhausted is named', () => {
  assert.equal(exhausted(sized(4001, 9000, 200_000)), 'cpu');
  assert.equal(exhausted(sized(4000, 8193, 200_000)), 'memory');
  assert.equal(exhausted(sized(1, 1, 200_000)), 'disk');
});

test('what runs on the node counts', () => {
  assert.equal(exhausted(sized(3500, 10), undefined, [mockAlloc()]), undefined);
  assert.equal(exhausted(sized(3501, 10), undefined, [mockAlloc()]), 'cpu');
});

test('static ports collide with what the node reserves and with allocations', () => {
  const ssh = withNetwork({ ReservedPorts: [port('ssh', 22)] });
  assert.equal(exhausted(ssh), 'network: reserved port collision ssh=22');
  const web = withNetwork({ ReservedPorts: [port('http', 80)] });
  const { fit, row } = setting(web);
  const AllocatedResources = fit.offer(row, () => 0) ?? null;
  assert.equal(
    exhausted(web, mockNode(), [mockAlloc({ AllocatedResources })]),
    'network: reserved port collision http=80',
  );
});

test('a port that may be shared does not collide', () => {
  const ssh = withNetwork({ ReservedPorts: [port('ssh', 22, { IgnoreCollision: true })] });
  const { fit, row } = setting(ssh);
  assert.equal(fit.exhausted(row), undefined);
  assert.equal(fit.offer(row, () => 0)?.Shared.Ports?.[0]?.IgnoreCollision, true);
});

test('dynamic ports run out', () => {
  const node = mockNode({
    NodeResources: mockNodeResources({ MinDynamicPort: 20_000, MaxDynamicPort: 20_001 }),
  });
  const ask = (n: number): TaskGroup =>
    withNetwork({ DynamicPorts: Array.from({ length: n }, (_, i) => port(`p${i}`)) });
  assert.equal(exhausted(ask(2), node), undefined);
  assert.equal(exhausted(ask(3), node), 'network: dynamic port selection failed');
  const mixed = withNetwork({ ReservedPorts: [port('x', 20_000)], DynamicPorts: [port('a'), port('b')] });
  assert.equal(exhausted(mixed, node), 'network: dynamic port selection failed');
});

test('a host network the node lacks has no addresses', () => {
  const public80 = withNetwork({ ReservedPorts: [port('x', 80, { HostNetwork: 'public' })] });
  assert.equal(exhausted(public80), 'network: no addresses available for "public" network');
});

test('an offer names address and port of each label', () => {
  const group = withNetwork({
    ReservedPorts: [port('http', 80, { To: 8080 })],
    DynamicPorts: [port('a'), port('b', 0, { To: -1 }), port('c', 0, { To: 53 })],
  });
  const { fit, row } = setting(group);
  const offer = fit.offer(row, () => 0);
  assert.deepEqual(offer?.Shared.Ports, [
    { Label: 'http', Value: 80, To: 8080, HostIP: ip },
    { Label: 'a', Value: 20_000, To: 0, HostIP: ip },
    { Label: 'b', Value: 20_001, To: 20_001, HostIP: ip },
    { Label: 'c', Value: 20_002, To: 53, HostIP: ip },
  ]);
  const [given] = offer?.Shared.Networks ?? [];
  assert.equal(given?.IP, ip);
  assert.deepEqual(
    given?.ReservedPorts?.map((item) => item.Value),
    [80],
  );
  assert.deepEqual(
    given?.DynamicPorts?.map((item) => item.Value),
    [20_000, 20_001, 20_002],
  );
});

test('a dynamic port never takes the number of a static one of the same group', () => {
  const group = withNetwork({ ReservedPorts: [port('x', 20_001)], DynamicPorts: [port('a'), port('b')] });
  const { fit, row } = setting(group);
  assert.deepEqual(
    fit.offer(row, () => 0)?.Shared.Ports?.map((item) => item.Value),
    [20_001, 20_000, 20_002],
  );
});

test('ports of several host networks are on their own addresses', () => {
  const address = (Alias: string, Address: string) => ({
    Family: 'ipv4',
    Alias,
    Address,
    ReservedPorts: '',
    Gateway: '',
  });
  const node = mockNode({
    NodeResources: mockNodeResources({
      NodeNetworks: [
        {
          Mode: 'host',
          Device: 'eth0',
          MacAddress: '',
          Speed: 0,
          Addresses: [address('default', '10.0.0.1'), address('public', '1.2.3.4')],
        },
      ],
    }),
  });
  const group = withNetwork({ ReservedPorts: [port('in', 80), port('out', 80, { HostNetwork: 'public' })] });
  const { fit, row } = setting(group, node);
  assert.deepEqual(
    fit.offer(row, () => 0)?.Shared.Ports?.map((item) => `${item.HostIP}:${item.Value}`),
    ['10.0.0.1:80', '1.2.3.4:80'],
  );
});

test('a network of a task gets its ports with the task', () => {
  const task = mockTask({
    Resources: make(Resources, {
      CPU: 1,
      MemoryMB: 10,
      Networks: [network({ ReservedPorts: [port('db', 5432)], DynamicPorts: [port('admin')] })],
    }),
  });
  const { fit, row } = setting(mockTaskGroup({ Networks: null, Tasks: [task] }));
  const offer = fit.offer(row, () => 0);
  const [given] = offer?.Tasks?.['web']?.Networks ?? [];
  assert.equal(given?.IP, ip);
  assert.equal(given?.Device, 'eth0');
  assert.deepEqual([given?.ReservedPorts?.[0]?.Value, given?.DynamicPorts?.[0]?.Value], [5432, 20_000]);
  assert.equal(offer?.Shared.Ports, null);
});

test('whole cores are taken from those nobody holds', () => {
  const cores = (Cores: number): TaskGroup =>
    mockTaskGroup({
      Networks: null,
      Tasks: [mockTask({ Resources: make(Resources, { Cores, MemoryMB: 10 }) })],
    });
  const first = setting(cores(3));
  assert.equal(first.fit.exhausted(first.row), undefined);
  assert.equal(first.fit.cpuOn(first.row), 3000);
  const AllocatedResources = first.fit.offer(first.row, () => 0) ?? null;
  assert.deepEqual(AllocatedResources?.Tasks?.['web']?.Cpu, { CpuShares: 3000, ReservedCores: [0, 1, 2] });
  const held = [mockAlloc({ AllocatedResources })];
  const second = setting(cores(1), mockNode(), held);
  assert.deepEqual(second.fit.offer(second.row, () => 0)?.Tasks?.['web']?.Cpu.ReservedCores, [3]);
  assert.equal(exhausted(cores(2), mockNode(), held), 'cores');
});

test('cores that the node reserves are not given', () => {
  const node = mockNode({
    ReservedResources: {
      Cpu: { CpuShares: 0, ReservedCpuCores: [0, 1, 2] },
      Memory: { MemoryMB: 0 },
      Disk: { DiskMB: 0 },
      Networks: { ReservedHostPorts: '' },
    },
  });
  const group = mockTaskGroup({
    Networks: null,
    Tasks: [mockTask({ Resources: make(Resources, { Cores: 2, MemoryMB: 10 }) })],
  });
  assert.equal(exhausted(group, node), 'cores');
});

test('a core counts its part of the node', () => {
  assert.equal(coreMhzOf(mockNode()), 1000);
  assert.equal(coreMhzOf(mockNode({ NodeResources: null })), 0);
});

test('offers without ports and cores are one shared object', () => {
  const { fit, row } = setting(sized(1, 1));
  assert.equal(
    fit.offer(row, () => 0),
    fit.offer(row, () => 0.5),
  );
});
