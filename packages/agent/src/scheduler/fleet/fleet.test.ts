// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation, Node } from '@serai/api';
import { mockAlloc, mockNode, SchedulerHarness } from '#testing';
import type { StateView } from '../contract.ts';
import { addressesOf, coresOf, type Fleet, isReadyNode, newFleet, portsOf } from './fleet.ts';

function rowOf(fleet: Fleet, id: string): number {
  const row = fleet.rowOf(id);
  assert.ok(row !== undefined, `no row for ${id}`);
  return row;
}

function usage(fleet: Fleet, id: string): number[] {
  const row = rowOf(fleet, id);
  return [fleet.cpuUsed[row] ?? -1, fleet.memoryUsed[row] ?? -1, fleet.diskUsed[row] ?? -1];
}

function cluster(...names: string[]): SchedulerHarness {
  const harness = new SchedulerHarness();
  harness.putNodes(...names.map((name) => mockNode({ ID: name, Name: name })));
  return harness;
}

test('a fleet holds what nodes have beyond what they reserve', () => {
  const harness = cluster('n1');
  harness.updateNode('n1', {
    ReservedResources: {
      Cpu: { CpuShares: 500, ReservedCpuCores: null },
      Memory: { MemoryMB: 192 },
      Disk: { DiskMB: 1024 },
      Networks: { ReservedHostPorts: '22' },
    },
  });
  const fleet = newFleet();
  fleet.sync(harness);
  const row = rowOf(fleet, 'n1');
  assert.equal(fleet.cpuTotal[row], 3500);
  assert.equal(fleet.memoryTotal[row], 8000);
  assert.equal(fleet.diskTotal[row], 99 * 1024);
  assert.deepEqual(usage(fleet, 'n1'), [0, 0, 0]);
});

test('allocations use resources until their client says they have ended', () => {
  const harness = cluster('n1');
  const running = mockAlloc({ NodeID: 'n1', ClientStatus: 'running' });
  const stopping = mockAlloc({ NodeID: 'n1', ClientStatus: 'running', DesiredStatus: 'stop' });
  const failed = mockAlloc({ NodeID: 'n1', ClientStatus: 'failed' });
  harness.putAllocs(running, stopping, failed);
  const fleet = newFleet();
  fleet.sync(harness);
  assert.deepEqual(usage(fleet, 'n1'), [1000, 512, 300]);
  harness.updateAlloc(stopping.ID, { ClientStatus: 'complete' });
  fleet.sync(harness);
  assert.deepEqual(usage(fleet, 'n1'), [500, 256, 150]);
});

test('only nodes in good standing are ready', () => {
  assert.equal(isReadyNode(mockNode()), true);
  assert.equal(isReadyNode(mockNode({ Status: 'down' })), false);
  assert.equal(isReadyNode(mockNode({ SchedulingEligibility: 'ineligible' })), false);
  const drain = { Deadline: 0, IgnoreSystemJobs: false, ForceDeadline: '', StartedAt: '' };
  assert.equal(isReadyNode(mockNode({ DrainStrategy: drain })), false);
});

test('nodes come, change and go', () => {
  const harness = cluster('n1', 'n2');
  const fleet = newFleet();
  fleet.sync(harness);
  harness.putNodes(mockNode({ ID: 'n3', Datacenter: 'dc9' }));
  harness.updateNode('n1', { Status: 'down' });
  harness.removeNode('n2');
  fleet.sync(harness);
  assert.equal(fleet.ready[rowOf(fleet, 'n1')], 0);
  assert.equal(fleet.rowOf('n2'), undefined);
  assert.equal(fleet.datacenters.names[fleet.datacenterId[rowOf(fleet, 'n3')] ?? -1], 'dc9');
  // the row of a node that is gone is used again
  harness.putNodes(mockNode({ ID: 'n4' }));
  fleet.sync(harness);
  assert.equal(fleet.length, 3);
  assert.equal(fleet.ready[rowOf(fleet, 'n4')], 1);
});

test('it follows snapshots in both directions', () => {
  const harness = cluster('n1');
  const alloc = mockAlloc({ NodeID: 'n1', ClientStatus: 'running' });
  const before: StateView = viewOf(10, [mockNode({ ID: 'n1' })], []);
  const after: StateView = viewOf(11, [...before.nodes()], [alloc]);
  const fleet = newFleet();
  for (const [view, cpu] of [
    [after, 500],
    [before, 0],
    [after, 500],
  ] as const) {
    fleet.sync(view);
    assert.equal(usage(fleet, 'n1')[0], cpu);
  }
  assert.equal(harness.index > 0, true);
});

test('with a list of changes only those nodes are read', () => {
  const nodes = [mockNode({ ID: 'n1' }), mockNode({ ID: 'n2' })];
  const fleet = newFleet();
  fleet.sync(viewOf(10, nodes, []));
  const read: string[] = [];
  const alloc = mockAlloc({ NodeID: 'n2', ClientStatus: 'running' });
  const next = viewOf(12, nodes, [alloc]);
  fleet.sync({
    ...next,
    allocsByNode: (id) => {
      read.push(id);
      return next.allocsByNode(id);
    },
    changedNodesSince: (index) => (index === 10 ? ['n2'] : undefined),
  });
  assert.deepEqual(read, ['n2']);
  assert.deepEqual(usage(fleet, 'n2'), [500, 256, 150]);
  // when changes are not known any more, all are compared
  fleet.sync({ ...viewOf(20, nodes, []), changedNodesSince: () => undefined });
  assert.deepEqual(usage(fleet, 'n2'), [0, 0, 0]);
  // a node that is gone is among the changes
  fleet.sync({ ...viewOf(21, [], []), changedNodesSince: () => ['n1', 'n2'] });
  assert.equal(fleet.rowOf('n1'), undefined);
});

test('the same index is not read twice', () => {
  const fleet = newFleet();
  const view = viewOf(5, [mockNode({ ID: 'n1' })], []);
  fleet.sync(view);
  fleet.sync({ ...view, nodes: () => assert.fail('read again') });
});

test('an updated fleet equals a new one', () => {
  const harness = cluster(...Array.from({ length: 100 }, (_, i) => `n${i}`));
  const fleet = newFleet();
  fleet.sync(harness);
  for (let i = 0; i < 100; i += 3) harness.putAllocs(mockAlloc({ NodeID: `n${i}`, ClientStatus: 'running' }));
  for (let i = 0; i < 100; i += 7) harness.removeNode(`n${i}`);
  for (let i = 0; i < 100; i += 5)
    if (harness.node(`n${i}`)) harness.updateNode(`n${i}`, { Datacenter: 'dc2' });
  fleet.sync(harness);
  const fresh = newFleet();
  fresh.sync(harness);
  for (const node of harness.nodes()) {
    assert.deepEqual(usage(fleet, node.ID), usage(fresh, node.ID));
    const [a, b] = [rowOf(fleet, node.ID), rowOf(fresh, node.ID)];
    assert.equal(
      fleet.datacenters.names[fleet.datacenterId[a] ?? -1],
      fresh.datacenters.names[fresh.datacenterId[b] ?? -1],
    );
    assert.equal(fleet.idHash[a], fresh.idHash[b]);
  }
});

test('classes of the past are forgotten some day', () => {
  const fleet = newFleet();
  for (let i = 0; i < 5000; i++) {
    fleet.sync(viewOf(i + 1, [mockNode({ ID: 'n1', ComputedClass: `v1:${i}` })], []));
  }
  assert.ok(fleet.classes.names.length < 4200, String(fleet.classes.names.length));
  assert.equal(fleet.classes.names[fleet.classId[rowOf(fleet, 'n1')] ?? -1], 'v1:4999');
});

test('a node without a computed class is a class of its own', () => {
  const fleet = newFleet();
  fleet.sync(
    viewOf(1, [mockNode({ ID: 'n1', ComputedClass: '' }), mockNode({ ID: 'n2', ComputedClass: '' })], []),
  );
  assert.notEqual(fleet.classId[rowOf(fleet, 'n1')], fleet.classId[rowOf(fleet, 'n2')]);
});

test('ports, cores and addresses are read once and dropped with a change', () => {
  const node = mockNode({ ID: 'n1' });
  const resources = {
    Tasks: {
      web: {
        Cpu: { CpuShares: 1000, ReservedCores: [1, 2] },
        Memory: { MemoryMB: 1, MemoryMaxMB: 0 },
        Networks: null,
        Devices: null,
      },
    },
    TaskLifecycles: null,
    Shared: {
      Networks: null,
      DiskMB: 0,
      Ports: [{ Label: 'http', Value: 80, To: 0, HostIP: '192.168.0.100' }],
    },
  };
  const alloc = mockAlloc({ NodeID: 'n1', ClientStatus: 'running', AllocatedResources: resources });
  const fleet = newFleet();
  fleet.sync(viewOf(1, [node], [alloc]));
  const row = fleet.rows[rowOf(fleet, 'n1')];
  assert.ok(row);
  assert.deepEqual(coresOf(row), [1, 2]);
  assert.equal(portsOf(row).isTaken('192.168.0.100', 80), true);
  assert.equal(portsOf(row), portsOf(row));
  assert.equal(addressesOf(row), addressesOf(row));
  fleet.sync(viewOf(2, [node], []));
  assert.deepEqual(coresOf(row), []);
  assert.equal(portsOf(row).isTaken('192.168.0.100', 80), false);
});

function viewOf(index: number, nodes: readonly Node[], allocs: readonly Allocation[]): StateView {
  const byId = new Map(nodes.map((node) => [node.ID, node]));
  return {
    index,
    nodes: () => nodes,
    node: (id) => byId.get(id),
    allocsByNode: (id) => allocs.filter((alloc) => alloc.NodeID === id),
    allocsByJob: () => [],
    job: () => undefined,
    jobVersion: () => undefined,
    latestDeployment: () => undefined,
    nodePool: () => undefined,
    schedulerConfig: () => new SchedulerHarness().schedulerConfig(),
  };
}

test('a fleet that was told to forget reads the same index anew', () => {
  const fleet = newFleet();
  fleet.sync(viewOf(5, [mockNode({ ID: 'n1' }), mockNode({ ID: 'n2' })], []));
  fleet.forget();
  assert.equal(fleet.rowOf('n1'), undefined);
  fleet.sync(viewOf(5, [mockNode({ ID: 'n3' })], []));
  assert.equal(fleet.rowOf('n3'), 0);
  assert.equal(fleet.length, 1);
});
