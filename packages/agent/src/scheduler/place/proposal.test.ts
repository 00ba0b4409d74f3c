// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllocatedResources, Allocation } from '@serai/api';
import { mockAlloc, mockAllocatedResources, mockNode, mockTaskGroup, SchedulerHarness } from '#testing';
import { newFleet } from '../fleet/fleet.ts';
import { Proposal } from './proposal.ts';

const ip = '192.168.0.100';

function withPort(Value: number): AllocatedResources {
  const resources = mockAllocatedResources(mockTaskGroup());
  return {
    ...resources,
    Shared: { ...resources.Shared, Ports: [{ Label: 'http', Value, To: 0, HostIP: ip }] },
  };
}

function proposalWith(...allocs: readonly Allocation[]): { proposal: Proposal; row: number } {
  const harness = new SchedulerHarness();
  harness.putNodes(mockNode({ ID: 'n1' }));
  harness.putAllocs(...allocs);
  const fleet = newFleet();
  fleet.sync(harness);
  return { proposal: new Proposal(fleet), row: fleet.rowOf('n1') ?? -1 };
}

const running = (fields: Partial<Allocation> = {}): Allocation =>
  mockAlloc({ NodeID: 'n1', ClientStatus: 'running', ...fields });

test('a proposal starts with what is used and leaves the fleet alone', () => {
  const { proposal, row } = proposalWith(running());
  assert.equal(proposal.cpuUsed[row], 500);
  proposal.place(row, running());
  assert.equal(proposal.cpuUsed[row], 1000);
  assert.equal(proposal.memoryUsed[row], 512);
  assert.equal(proposal.diskUsed[row], 300);
  assert.equal(proposal.fleet.cpuUsed[row], 500);
});

test('what is stopped is free, once', () => {
  const alloc = running();
  const { proposal, row } = proposalWith(alloc);
  proposal.stop(alloc);
  proposal.stop(alloc);
  assert.equal(proposal.cpuUsed[row], 0);
  assert.equal(proposal.isStopped(alloc), true);
  proposal.keep(alloc);
  proposal.keep(alloc);
  assert.equal(proposal.cpuUsed[row], 500);
  assert.equal(proposal.isStopped(alloc), false);
});

test('stopping what has ended frees nothing', () => {
  const alloc = running({ ClientStatus: 'failed' });
  const { proposal, row } = proposalWith(alloc);
  proposal.stop(alloc);
  assert.equal(proposal.cpuUsed[row], 0);
});

test('allocations on unknown nodes are nobody’s business', () => {
  const { proposal } = proposalWith();
  const alloc = running({ NodeID: 'gone' });
  proposal.stop(alloc);
  proposal.keep(alloc);
  assert.equal(proposal.isStopped(alloc), false);
});

test('ports follow stops and placements', () => {
  const alloc = running({ AllocatedResources: withPort(80) });
  const { proposal, row } = proposalWith(alloc);
  assert.equal(proposal.portsOf(row)?.isTaken(ip, 80), true);
  proposal.stop(alloc);
  assert.equal(proposal.portsOf(row)?.isTaken(ip, 80), false);
  proposal.keep(alloc);
  assert.equal(proposal.portsOf(row)?.isTaken(ip, 80), true);
  proposal.place(row, running({ AllocatedResources: withPort(81) }));
  assert.equal(proposal.portsOf(row)?.isTaken(ip, 81), true);
  assert.equal(proposal.portsOf(999), undefined);
});

test('a port that two allocations share stays taken when one of them stops', () => {
  const [a, b] = [
    running({ AllocatedResources: withPort(80) }),
    running({ AllocatedResources: withPort(80) }),
  ];
  const { proposal, row } = proposalWith(a, b);
  proposal.stop(a);
  assert.equal(proposal.portsOf(row)?.isTaken(ip, 80), true);
});

test('cores follow stops and placements', () => {
  const holding = (cores: number[]): AllocatedResources => {
    const resources = mockAllocatedResources(mockTaskGroup());
    const web = resources.Tasks?.['web'];
    assert.ok(web);
    return { ...resources, Tasks: { web: { ...web, Cpu: { CpuShares: 1000, ReservedCores: cores } } } };
  };
  const alloc = running({ AllocatedResources: holding([0, 1]) });
  const { proposal, row } = proposalWith(alloc);
  assert.deepEqual(proposal.freeCores(row), [2, 3]);
  proposal.place(row, running({ AllocatedResources: holding([2]) }));
  assert.deepEqual(proposal.freeCores(row), [3]);
  proposal.stop(alloc);
  assert.deepEqual(proposal.freeCores(row), [0, 1, 3]);
  assert.deepEqual(proposal.freeCores(999), []);
});

test('listeners hear of every change', () => {
  const alloc = running();
  const { proposal, row } = proposalWith(alloc);
  const heard: string[] = [];
  proposal.listen({ changed: (at, changed, change) => heard.push(`${at} ${changed.ID} ${change}`) });
  const added = running();
  proposal.stop(alloc);
  proposal.place(row, added);
  proposal.keep(alloc);
  assert.deepEqual(heard, [`${row} ${alloc.ID} -1`, `${row} ${added.ID} 1`, `${row} ${alloc.ID} 1`]);
});

test('it knows what runs where once the plan is committed', () => {
  const [a, b] = [running(), running()];
  const { proposal, row } = proposalWith(a, b);
  const added = running();
  proposal.stop(a);
  proposal.place(row, added);
  assert.deepEqual(
    proposal.allocsOf(row).map((alloc) => alloc.ID),
    [b.ID, added.ID],
  );
  assert.deepEqual([...proposal.placed()], [[row, added]]);
  assert.deepEqual(proposal.allocsOf(999), []);
});
