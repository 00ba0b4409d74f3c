// SPDX-License-Identifier: MPL-2.0
// nomad.client.*: what is promised, what is used, how many allocations there are.

import type { HostStats, Node, TaskResourceUsage } from '@serai/api';
import type { Labels, Metrics } from '#base';
import type { AllocRunner } from '../alloc-runner/alloc-runner.ts';

/** Labels of all series of a node. */
export function nodeLabels(node: Node, status: string, eligibility: string): Labels {
  return {
    node_id: node.ID,
    datacenter: node.Datacenter,
    node_class: node.NodeClass === '' ? 'none' : node.NodeClass,
    node_pool: node.NodePool,
    node_status: status,
    node_scheduling_eligibility: eligibility,
  };
}

/** MHz and MB promised to allocations that have not ended. */
export function allocatedResources(runners: readonly AllocRunner[]): {
  cpu: number;
  memory: number;
  maxMemory: number;
  disk: number;
} {
  const sum = { cpu: 0, memory: 0, maxMemory: 0, disk: 0 };
  for (const runner of runners) {
    if (runner.isOver) continue;
    const resources = runner.alloc.AllocatedResources;
    sum.disk += resources?.Shared.DiskMB ?? 0;
    for (const task of Object.values(resources?.Tasks ?? {})) {
      sum.cpu += task.Cpu.CpuShares;
      sum.memory += task.Memory.MemoryMB;
      sum.maxMemory += Math.max(task.Memory.MemoryMaxMB, task.Memory.MemoryMB);
    }
  }
  return sum;
}

export function publishAllocated(
  metrics: Metrics,
  node: Node,
  input: { readonly runners: readonly AllocRunner[]; readonly labels: Labels },
): void {
  const { runners, labels } = input;
  const used = allocatedResources(runners);
  metrics.gauge('nomad.client.allocated.cpu', used.cpu, labels);
  metrics.gauge('nomad.client.allocated.memory', used.memory, labels);
  metrics.gauge('nomad.client.allocated.max_memory', used.maxMemory, labels);
  metrics.gauge('nomad.client.allocated.disk', used.disk, labels);
  const total = node.NodeResources;
  const reserved = node.ReservedResources;
  const free = (all: number | undefined, kept: number | undefined, taken: number): number =>
    (all ?? 0) - (kept ?? 0) - taken;
  metrics.gauge(
    'nomad.client.unallocated.cpu',
    free(total?.Cpu.CpuShares, reserved?.Cpu.CpuShares, used.cpu),
    labels,
  );
  metrics.gauge(
    'nomad.client.unallocated.memory',
    free(total?.Memory.MemoryMB, reserved?.Memory.MemoryMB, used.memory),
    labels,
  );
  metrics.gauge(
    'nomad.client.unallocated.disk',
    free(total?.Disk.DiskMB, reserved?.Disk.DiskMB, used.disk),
    labels,
  );
}

export function publishCounts(metrics: Metrics, runners: readonly AllocRunner[], labels: Labels): void {
  const counts = { blocked: 0, migrating: 0, pending: 0, running: 0, terminal: 0 };
  for (const runner of runners) {
    if (runner.isWaiting) counts.blocked += 1;
    else if (runner.isOver) counts.terminal += 1;
    else if (runner.status.status === 'running') counts.running += 1;
    else counts.pending += 1;
  }
  for (const [name, value] of Object.entries(counts))
    metrics.gauge(`nomad.client.allocations.${name}`, value, labels);
}

export function publishHost(metrics: Metrics, stats: HostStats, labels: Labels): void {
  for (const [name, value] of Object.entries(stats.Memory ?? {}))
    metrics.gauge(`nomad.client.host.memory.${name.toLowerCase()}`, value, labels);
  for (const core of stats.CPU ?? []) {
    const own = { ...labels, cpu: core.CPU };
    metrics.gauge('nomad.client.host.cpu.idle', core.Idle, own);
    metrics.gauge('nomad.client.host.cpu.system', core.System, own);
    metrics.gauge('nomad.client.host.cpu.user', core.User, own);
    metrics.gauge('nomad.client.host.cpu.total', core.TotalPercent, own);
    metrics.gauge('nomad.client.host.cpu.total_percent', core.TotalPercent, own);
    metrics.gauge('nomad.client.host.cpu.total_ticks', core.TotalTicks, own);
    metrics.incr('nomad.client.host.cpu.total_ticks_count', core.TotalTicks, own);
  }
  for (const disk of stats.DiskStats ?? []) {
    const own = { ...labels, disk: disk.Device };
    metrics.gauge('nomad.client.host.disk.size', disk.Size, own);
    metrics.gauge('nomad.client.host.disk.used', disk.Used, own);
    metrics.gauge('nomad.client.host.disk.available', disk.Available, own);
    metrics.gauge('nomad.client.host.disk.used_percent', disk.UsedPercent, own);
    metrics.gauge('nomad.client.host.disk.inodes_percent', disk.InodesUsedPercent, own);
  }
}

/** Names of the driver's measurements ("Max Usage") and the fields they are in. */
const memoryFields = {
  RSS: ['rss', 'RSS'],
  Cache: ['cache', 'Cache'],
  Swap: ['swap', 'Swap'],
  Usage: ['usage', 'Usage'],
  'Max Usage': ['max_usage', 'MaxUsage'],
  'Kernel Usage': ['kernel_usage', 'KernelUsage'],
  'Kernel Max Usage': ['kernel_max_usage', 'KernelMaxUsage'],
} as const;

export function publishTask(
  metrics: Metrics,
  usage: TaskResourceUsage,
  input: { readonly runner: AllocRunner; readonly task: string },
): void {
  const { alloc } = input.runner;
  const labels = {
    job: alloc.JobID,
    task_group: alloc.TaskGroup,
    alloc_id: alloc.ID,
    task: input.task,
    namespace: alloc.Namespace,
  };
  const resources = alloc.AllocatedResources?.Tasks?.[input.task];
  const cpu = usage.ResourceUsage?.CpuStats;
  if (cpu) {
    metrics.gauge('nomad.client.allocs.cpu.system', cpu.SystemMode, labels);
    metrics.gauge('nomad.client.allocs.cpu.user', cpu.UserMode, labels);
    metrics.gauge('nomad.client.allocs.cpu.total_percent', cpu.Percent, labels);
    metrics.gauge('nomad.client.allocs.cpu.total_ticks', cpu.TotalTicks, labels);
    metrics.gauge('nomad.client.allocs.cpu.throttled_periods', cpu.ThrottledPeriods, labels);
    metrics.gauge('nomad.client.allocs.cpu.throttled_time', cpu.ThrottledTime, labels);
    metrics.incr('nomad.client.allocs.cpu.total_ticks_count', cpu.TotalTicks, labels);
  }
  const memory = usage.ResourceUsage?.MemoryStats;
  for (const measured of memory?.Measured ?? []) {
    const known = Object.hasOwn(memoryFields, measured)
      ? memoryFields[measured as keyof typeof memoryFields]
      : undefined;
    if (known && memory) metrics.gauge(`nomad.client.allocs.memory.${known[0]}`, memory[known[1]], labels);
  }
  if (!resources) return;
  const mib = 1024 * 1024;
  metrics.gauge('nomad.client.allocs.cpu.allocated', resources.Cpu.CpuShares, labels);
  metrics.gauge('nomad.client.allocs.memory.allocated', resources.Memory.MemoryMB * mib, labels);
  if (resources.Memory.MemoryMaxMB > 0)
    metrics.gauge('nomad.client.allocs.memory.max_allocated', resources.Memory.MemoryMaxMB * mib, labels);
}
