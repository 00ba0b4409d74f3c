// SPDX-License-Identifier: MPL-2.0
// What an allocation takes from a node and what a node has to give, in one comparable form. Ports and devices are
// counted elsewhere: they are things, not amounts.

import type { AllocatedResources, AllocatedTaskResources, Allocation, Node } from '@serai/api';

/** CPU in MHz, memory and disk in MiB, cores by their id. */
export interface ComparableResources {
  readonly cpuShares: number;
  readonly cores: readonly number[];
  readonly memoryMb: number;
  /** memory with oversubscription: at least `memoryMb` */
  readonly memoryMaxMb: number;
  readonly diskMb: number;
}

export const noResources: ComparableResources = {
  cpuShares: 0,
  cores: [],
  memoryMb: 0,
  memoryMaxMb: 0,
  diskMb: 0,
};

export function addResources(a: ComparableResources, b: ComparableResources): ComparableResources {
  return {
    cpuShares: a.cpuShares + b.cpuShares,
    cores: unionOfCores(a.cores, b.cores),
    memoryMb: a.memoryMb + b.memoryMb,
    memoryMaxMb: a.memoryMaxMb + b.memoryMaxMb,
    diskMb: a.diskMb + b.diskMb,
  };
}

/** The larger of each dimension: two things that never run at the same time. */
export function maxResources(a: ComparableResources, b: ComparableResources): ComparableResources {
  return {
    cpuShares: Math.max(a.cpuShares, b.cpuShares),
    cores: unionOfCores(a.cores, b.cores),
    memoryMb: Math.max(a.memoryMb, b.memoryMb),
    memoryMaxMb: Math.max(a.memoryMaxMb, b.memoryMaxMb),
    diskMb: Math.max(a.diskMb, b.diskMb),
  };
}

function unionOfCores(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

/** When a task runs. Poststart tasks run beside the main tasks; a poststop sidecar is refused by validation. */
type Phase = 'sidecar' | 'prestart' | 'main' | 'poststop';

function phaseOf(resources: AllocatedResources, task: string): Phase {
  const lifecycle = resources.TaskLifecycles?.[task];
  if (!lifecycle) return 'main';
  if (lifecycle.Hook === 'prestart') return lifecycle.Sidecar ? 'sidecar' : 'prestart';
  return lifecycle.Hook === 'poststop' ? 'poststop' : 'main';
}

function taskResources(task: AllocatedTaskResources): ComparableResources {
  return {
    cpuShares: task.Cpu.CpuShares,
    cores: task.Cpu.ReservedCores ?? [],
    memoryMb: task.Memory.MemoryMB,
    memoryMaxMb: Math.max(task.Memory.MemoryMaxMB, task.Memory.MemoryMB),
    diskMb: 0,
  };
}

/**
 * Most that the tasks need at one moment: the larger of prestart, main and poststop, and the prestart sidecars that
 * run through all of them; plus the shared disk.
 */
export function allocatedResourcesTotal(
  resources: AllocatedResources | null | undefined,
): ComparableResources {
  if (!resources) return noResources;
  const names = Object.keys(resources.Tasks ?? {});
  const [first] = names;
  const only = names.length === 1 && first !== undefined ? resources.Tasks?.[first] : undefined;
  if (only) return { ...taskResources(only), diskMb: resources.Shared.DiskMB };
  const phases = { sidecar: noResources, prestart: noResources, main: noResources, poststop: noResources };
  for (const [name, task] of Object.entries(resources.Tasks ?? {})) {
    const phase = phaseOf(resources, name);
    phases[phase] = addResources(phases[phase], taskResources(task));
  }
  const peak = maxResources(maxResources(phases.prestart, phases.main), phases.poststop);
  return { ...addResources(peak, phases.sidecar), diskMb: resources.Shared.DiskMB };
}

/** What an allocation takes from its node, without ports and devices. */
export function allocResourcesTotal(alloc: Pick<Allocation, 'AllocatedResources'>): ComparableResources {
  return allocatedResourcesTotal(alloc.AllocatedResources);
}

/** What allocations may use on a node: everything minus what its configuration reserves. Never below zero. */
export function nodeAvailableResources(
  node: Pick<Node, 'NodeResources' | 'ReservedResources'>,
): ComparableResources {
  const total = node.NodeResources;
  if (!total) return noResources;
  const reserved = node.ReservedResources;
  const reservedCores = new Set(reserved?.Cpu.ReservedCpuCores ?? []);
  const memoryMb = Math.max(0, total.Memory.MemoryMB - (reserved?.Memory.MemoryMB ?? 0));
  return {
    cpuShares: Math.max(0, total.Cpu.CpuShares - (reserved?.Cpu.CpuShares ?? 0)),
    cores: (total.Cpu.ReservableCpuCores ?? []).filter((core) => !reservedCores.has(core)),
    memoryMb,
    memoryMaxMb: memoryMb,
    diskMb: Math.max(0, total.Disk.DiskMB - (reserved?.Disk.DiskMB ?? 0)),
  };
}

/** The first dimension of `ask` that does not fit in `available`, in Nomad's words; undefined when all fit. */
export function exhaustedDimension(
  available: ComparableResources,
  ask: ComparableResources,
): 'cpu' | 'cores' | 'memory' | 'disk' | undefined {
  if (ask.cpuShares > available.cpuShares) return 'cpu';
  if (ask.cores.length > 0) {
    const free = new Set(available.cores);
    if (ask.cores.some((core) => !free.has(core))) return 'cores';
  }
  if (ask.memoryMb > available.memoryMb) return 'memory';
  return ask.diskMb > available.diskMb ? 'disk' : undefined;
}
