// SPDX-License-Identifier: MPL-2.0
// What must hold for every plan and every cluster, computed by other means than the scheduler's own.

import assert from 'node:assert/strict';
import type { Allocation, Node } from '@serai/api';
import type { Plan } from '#model';
import type { SchedulerHarness } from '#testing';

const ended = (alloc: Allocation): boolean => ['complete', 'failed', 'lost'].includes(alloc.ClientStatus);
const wanted = (alloc: Allocation): boolean => alloc.DesiredStatus === 'run';

/** cpu, memory, disk, cores and ports of one node for these allocations. */
export function assertFits(node: Node, allocs: readonly Allocation[]): void {
  const total = node.NodeResources;
  assert.ok(total);
  let cpu = 0;
  let memory = 0;
  let disk = 0;
  const ports = new Set<number>([22]);
  const cores = new Set<number>();
  for (const alloc of allocs) {
    for (const task of Object.values(alloc.AllocatedResources?.Tasks ?? {})) {
      cpu += task.Cpu.CpuShares;
      memory += task.Memory.MemoryMB;
      for (const core of task.Cpu.ReservedCores ?? []) {
        assert.ok(!cores.has(core), `core ${core} of ${node.ID} given twice`);
        assert.ok(total.Cpu.ReservableCpuCores?.includes(core));
        cores.add(core);
      }
    }
    disk += alloc.AllocatedResources?.Shared.DiskMB ?? 0;
    for (const port of alloc.AllocatedResources?.Shared.Ports ?? []) {
      assert.ok(!ports.has(port.Value), `port ${port.Value} of ${node.ID} given twice`);
      assert.ok(port.Value > 0 && port.Value < 65_536);
      assert.equal(port.HostIP, '192.168.0.100');
      ports.add(port.Value);
    }
  }
  assert.ok(cpu <= total.Cpu.CpuShares, `cpu of ${node.ID}: ${cpu} of ${total.Cpu.CpuShares}`);
  assert.ok(memory <= total.Memory.MemoryMB, `memory of ${node.ID}: ${memory} of ${total.Memory.MemoryMB}`);
  assert.ok(disk <= total.Disk.DiskMB, `disk of ${node.ID}: ${disk} of ${total.Disk.DiskMB}`);
}

/**
 * Allocations whose room was given to others by the plan that stopped them. Until their client has ended them they and
 * their successors hold more than the node has; the successors wait for that on the client.
 */
const handedOver = new WeakMap<SchedulerHarness, Set<string>>();

/** Every new allocation is on a node that takes it, and fits beside what the plan leaves there. */
export function assertPlan(
  plan: Plan,
  harness: SchedulerHarness,
  before: ReadonlyMap<string, Allocation>,
): void {
  const rows = [...plan.nodeUpdate.values(), ...plan.nodeAllocation.values()].flat().map((alloc) => alloc.ID);
  assert.equal(new Set(rows).size, rows.length, 'an allocation is changed twice');
  for (const [nodeId, planned] of plan.nodeAllocation) {
    const added = planned.filter((alloc) => !before.has(alloc.ID));
    if (added.length === 0) continue;
    const node = harness.node(nodeId);
    assert.ok(node, `placed on ${nodeId}, which is unknown`);
    assert.equal(node.Status, 'ready');
    assert.equal(node.SchedulingEligibility, 'eligible');
    assert.equal(node.DrainStrategy, null);
    const stopped = handedOver.get(harness) ?? new Set<string>();
    handedOver.set(harness, stopped);
    for (const alloc of plan.nodeUpdate.get(nodeId) ?? []) stopped.add(alloc.ID);
    const kept = [...before.values()].filter((a) => a.NodeID === nodeId && !stopped.has(a.ID) && !ended(a));
    assertFits(node, [...kept, ...added]);
    for (const alloc of added) assertConstraints(alloc, node);
  }
}

/** The constraints of `worlds.ts` that look at one node. */
function assertConstraints(alloc: Allocation, node: Node): void {
  const job = alloc.Job;
  assert.ok(job);
  const [glob = '*'] = job.Datacenters ?? [];
  const pattern = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
  assert.match(node.Datacenter, pattern);
  for (const { Operand, RTarget } of job.Constraints ?? []) {
    const rack = node.Meta?.['rack'];
    if (Operand === '=') assert.equal(rack, RTarget);
    if (Operand === '!=') assert.notEqual(rack, RTarget);
    if (Operand === 'regexp') assert.match(rack ?? '', new RegExp(RTarget));
    if (Operand === 'distinct_property') assert.ok(rack !== undefined);
  }
}

/** distinct_hosts and distinct_property over what a job has after a plan. */
export function assertDistinct(harness: SchedulerHarness, jobId: string): void {
  const job = harness.job('default', jobId);
  const live = harness
    .allocsByJob('default', jobId)
    .filter((alloc) => wanted(alloc) && !ended(alloc) && alloc.Job?.Version === job?.Version);
  for (const { Operand, RTarget } of job?.Constraints ?? []) {
    const places = live.map((alloc) => {
      const node = harness.node(alloc.NodeID);
      return Operand === 'distinct_hosts' ? alloc.NodeID : (node?.Meta?.['rack'] ?? '');
    });
    if (Operand === 'distinct_hosts') assert.equal(new Set(places).size, places.length);
    if (Operand !== 'distinct_property') continue;
    for (const place of new Set(places)) {
      assert.ok(places.filter((other) => other === place).length <= Number(RTarget));
    }
  }
}

/** No two allocations that are wanted have the same name, but for canaries and rolling updates. */
export function assertNames(harness: SchedulerHarness, jobId: string): void {
  const live = harness
    .allocsByJob('default', jobId)
    .filter((alloc) => wanted(alloc) && !ended(alloc) && alloc.DeploymentStatus?.Canary !== true);
  const names = live.map((alloc) => alloc.Name);
  assert.equal(new Set(names).size, names.length, names.join(' '));
}
