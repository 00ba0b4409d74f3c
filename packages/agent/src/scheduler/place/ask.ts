// SPDX-License-Identifier: MPL-2.0
// What one allocation of a group asks of a node, computed once per evaluation.

import type {
  AllocatedResources,
  AllocatedTaskResources,
  Job,
  NetworkResource,
  Port,
  Task,
  TaskGroup,
} from '@serai/api';
import { allocatedResourcesTotal, type ComparableResources } from '#model';
import { defaultHostNetwork } from '../fleet/port-use.ts';

/** Ports asked for on one host network. */
export interface HostNetworkAsk {
  /** may hold `${…}` */
  readonly hostNetwork: string;
  readonly reserved: readonly Port[];
  /** values of the reserved ports that really take the port */
  readonly reservedValues: readonly number[];
  readonly dynamic: number;
}

export interface GroupAsk {
  readonly group: TaskGroup;
  readonly region: string;
  /** whole cores that tasks want for themselves */
  readonly cores: number;
  readonly network: NetworkResource | undefined;
  /** old style: networks of single tasks */
  readonly taskNetworks: readonly { readonly task: string; readonly network: NetworkResource }[];
  readonly hostNetworks: readonly HostNetworkAsk[];
  readonly hasPorts: boolean;
  /** without ports and cores: shared by all allocations of the group */
  readonly resources: AllocatedResources;
  readonly total: ComparableResources;
}

export interface AskOptions {
  /** memory_max counts only when the scheduler configuration (or the pool's) allows it */
  readonly memoryOversubscription: boolean;
}

export function groupAsk(job: Job, group: TaskGroup, options: AskOptions): GroupAsk {
  const tasks = group.Tasks ?? [];
  const network = group.Networks?.[0];
  const taskNetworks = tasks.flatMap((task) => {
    const first = task.Resources?.Networks?.[0];
    return first ? [{ task: task.Name, network: first }] : [];
  });
  const networks = [...(network ? [network] : []), ...taskNetworks.map((item) => item.network)];
  const hostNetworks = portsByHostNetwork(networks);
  const resources: AllocatedResources = {
    Tasks: Object.fromEntries(tasks.map((task) => [task.Name, taskResources(task, options)])),
    TaskLifecycles: Object.fromEntries(tasks.map((task) => [task.Name, task.Lifecycle])),
    Shared: {
      Networks: network && !hasPorts(network) ? [network] : null,
      DiskMB: group.EphemeralDisk?.SizeMB ?? 0,
      Ports: null,
    },
  };
  return {
    group,
    region: job.Region,
    cores: tasks.reduce((sum, task) => sum + (task.Resources?.Cores ?? 0), 0),
    network,
    taskNetworks,
    hostNetworks,
    hasPorts: hostNetworks.length > 0,
    resources,
    total: allocatedResourcesTotal(resources),
  };
}

function taskResources(task: Task, options: AskOptions): AllocatedTaskResources {
  return {
    Cpu: {
      CpuShares: (task.Resources?.Cores ?? 0) > 0 ? 0 : (task.Resources?.CPU ?? 0),
      ReservedCores: null,
    },
    Memory: {
      MemoryMB: task.Resources?.MemoryMB ?? 0,
      MemoryMaxMB: options.memoryOversubscription ? (task.Resources?.MemoryMaxMB ?? 0) : 0,
    },
    Networks: null,
    Devices: null,
  };
}

function hasPorts(network: NetworkResource): boolean {
  return (network.ReservedPorts ?? []).length + (network.DynamicPorts ?? []).length > 0;
}

function portsByHostNetwork(networks: readonly NetworkResource[]): readonly HostNetworkAsk[] {
  const byName = new Map<string, { reserved: Port[]; dynamic: number }>();
  const slot = (port: Port): { reserved: Port[]; dynamic: number } => {
    const name = port.HostNetwork === '' ? defaultHostNetwork : port.HostNetwork;
    const existing = byName.get(name) ?? { reserved: [], dynamic: 0 };
    byName.set(name, existing);
    return existing;
  };
  for (const network of networks) {
    for (const port of network.ReservedPorts ?? []) slot(port).reserved.push(port);
    for (const port of network.DynamicPorts ?? []) slot(port).dynamic++;
  }
  return [...byName].map(([hostNetwork, { reserved, dynamic }]) => ({
    hostNetwork,
    reserved,
    reservedValues: reserved.filter((port) => !port.IgnoreCollision).map((port) => port.Value),
    dynamic,
  }));
}

/** The same ask with whole cores given to the tasks that want them. `coreMhz` is what one core of the node is worth. */
export function withCores(ask: GroupAsk, free: readonly number[], coreMhz: number): AllocatedResources {
  let next = 0;
  const tasks: Record<string, AllocatedTaskResources> = {};
  for (const task of ask.group.Tasks ?? []) {
    const base = ask.resources.Tasks?.[task.Name];
    if (!base) continue;
    const count = task.Resources?.Cores ?? 0;
    if (count === 0) {
      tasks[task.Name] = base;
      continue;
    }
    const cores = free.slice(next, next + count);
    next += count;
    tasks[task.Name] = { ...base, Cpu: { CpuShares: Math.floor(count * coreMhz), ReservedCores: cores } };
  }
  return { ...ask.resources, Tasks: tasks };
}
