// SPDX-License-Identifier: MPL-2.0
// Decides whether a running allocation can take over a new job version in place or has to be replaced.

import type { Affinity, Job, NetworkResource, Resources, Service, Spread, Task, TaskGroup } from '@serai/api';
import { equalObjects, equalSets } from './equality.ts';
import { combinedMeta } from './meta.ts';

/** True: the group's tasks differ in a way that needs new allocations. False: an in-place update will do. */
export function tasksUpdated(a: Job, b: Job, groupName: string): boolean {
  return tasksUpdatedReason(a, b, groupName) !== undefined;
}

/** What forces a replacement, in a few words for logs and plans; undefined when an in-place update will do. */
export function tasksUpdatedReason(a: Job, b: Job, groupName: string): string | undefined {
  if (a === b) return undefined;
  const before = a.TaskGroups?.find((group) => group.Name === groupName);
  const after = b.TaskGroups?.find((group) => group.Name === groupName);
  if (!before || !after) return 'task group added or removed';
  return (
    groupReason(before, after) ?? placementReason(a, b, groupName) ?? everyTaskReason(a, b, before, after)
  );
}

function groupReason(a: TaskGroup, b: TaskGroup): string | undefined {
  if ((a.Tasks?.length ?? 0) !== (b.Tasks?.length ?? 0)) return 'number of tasks';
  if (!equalObjects(a.EphemeralDisk, b.EphemeralDisk)) return 'ephemeral disk';
  if (networksUpdated(a.Networks, b.Networks)) return 'network';
  if (!equalObjects(a.Volumes ?? {}, b.Volumes ?? {})) return 'volumes';
  if ((a.Consul?.Namespace ?? '') !== (b.Consul?.Namespace ?? '')) return 'consul namespace';
  if (connectUpdated(a.Services, b.Services)) return 'connect services';
  if (!equalObjects(a.MaxRunDuration, b.MaxRunDuration)) return 'max run duration';
  return undefined;
}

/** Affinities and spreads of all levels: a change asks for another choice of nodes. */
function placementReason(a: Job, b: Job, groupName: string): string | undefined {
  if (!equalSets(combinedAffinities(a, groupName), combinedAffinities(b, groupName))) return 'affinities';
  if (!equalSets(combinedSpreads(a, groupName), combinedSpreads(b, groupName))) return 'spreads';
  return undefined;
}

function combinedAffinities(job: Job, groupName: string): readonly Affinity[] {
  const group = job.TaskGroups?.find((item) => item.Name === groupName);
  const ofTasks = (group?.Tasks ?? []).flatMap((task) => task.Affinities ?? []);
  return [...(job.Affinities ?? []), ...(group?.Affinities ?? []), ...ofTasks];
}

function combinedSpreads(job: Job, groupName: string): readonly Spread[] {
  const group = job.TaskGroups?.find((item) => item.Name === groupName);
  return [...(job.Spreads ?? []), ...(group?.Spreads ?? [])];
}

function everyTaskReason(a: Job, b: Job, groupA: TaskGroup, groupB: TaskGroup): string | undefined {
  for (const before of groupA.Tasks ?? []) {
    const after = groupB.Tasks?.find((task) => task.Name === before.Name);
    if (!after) return `task "${before.Name}" removed`;
    const reason = taskReason(before, after);
    if (reason !== undefined) return `${reason} of task "${before.Name}"`;
    const metaA = combinedMeta(a, groupA.Name, before.Name);
    if (!equalObjects(metaA, combinedMeta(b, groupB.Name, before.Name)))
      return `meta of task "${before.Name}"`;
  }
  return undefined;
}

/** Fields of a task that are fixed once it has started. */
const fixedFields = [
  'Driver',
  'User',
  'Config',
  'Env',
  'Artifacts',
  'Vault',
  'Consul',
  'Templates',
  'CSIPluginConfig',
  'VolumeMounts',
  'DispatchPayload',
  'Lifecycle',
  'Identity',
  'Identities',
  'Secrets',
  'Kind',
] as const satisfies readonly (keyof Task)[];

/** Absent and empty mean the same for these. */
const maps: ReadonlySet<string> = new Set(['Config', 'Env']);

function taskReason(a: Task, b: Task): string | undefined {
  if (a === b) return undefined;
  for (const field of fixedFields) {
    const isMap = maps.has(field);
    if (!equalObjects(a[field] ?? (isMap ? {} : null), b[field] ?? (isMap ? {} : null))) return field;
  }
  if ((a.LogConfig?.Disabled ?? false) !== (b.LogConfig?.Disabled ?? false)) return 'LogConfig.Disabled';
  if ((a.RestartPolicy?.RenderTemplates ?? false) !== (b.RestartPolicy?.RenderTemplates ?? false))
    return 'RestartPolicy.RenderTemplates';
  if (connectUpdated(a.Services, b.Services)) return 'connect services';
  return resourcesUpdated(a.Resources, b.Resources) ? 'Resources' : undefined;
}

function resourcesUpdated(a: Resources | null, b: Resources | null): boolean {
  if (!a || !b) return a !== b;
  const amounts = ['CPU', 'Cores', 'MemoryMB', 'MemoryMaxMB', 'Devices', 'NUMA', 'SecretsMB'] as const;
  if (amounts.some((field) => !equalObjects(a[field] ?? 0, b[field] ?? 0))) return true;
  return networksUpdated(a.Networks, b.Networks);
}

/** Compares what was asked for: a dynamic port's number is a result of placement and does not count. */
function networksUpdated(
  a: readonly NetworkResource[] | null,
  b: readonly NetworkResource[] | null,
): boolean {
  if ((a?.length ?? 0) !== (b?.length ?? 0)) return true;
  return (a ?? []).some((network, i) => {
    const other = b?.[i];
    return !other || !equalObjects(networkAsk(network), networkAsk(other));
  });
}

function networkAsk(network: NetworkResource): Record<string, unknown> {
  const byLabel = (x: { Label: string }, y: { Label: string }): number => (x.Label < y.Label ? -1 : 1);
  return {
    mode: network.Mode === '' ? 'host' : network.Mode,
    mbits: network.MBits,
    hostname: network.Hostname ?? '',
    dns: network.DNS,
    cni: network.CNI ?? null,
    reserved: [...(network.ReservedPorts ?? [])].sort(byLabel).map((port) => portAsk(port, port.Value)),
    dynamic: [...(network.DynamicPorts ?? [])].sort(byLabel).map((port) => portAsk(port, 0)),
  };
}

function portAsk(
  port: { Label: string; To: number; HostNetwork: string; IgnoreCollision?: boolean },
  value: number,
): Record<string, unknown> {
  return {
    label: port.Label,
    value,
    to: port.To,
    network: port.HostNetwork === '' ? 'default' : port.HostNetwork,
    ignoreCollision: port.IgnoreCollision ?? false,
  };
}

/** Services are synchronised in place, but a mesh proxy's bootstrap configuration is fixed at start. */
function connectUpdated(a: readonly Service[] | null, b: readonly Service[] | null): boolean {
  const before = new Map((a ?? []).filter((s) => s.Connect).map((s) => [s.Name, s]));
  const after = new Map((b ?? []).filter((s) => s.Connect).map((s) => [s.Name, s]));
  if (before.size !== after.size) return true;
  for (const [name, service] of before) {
    const other = after.get(name);
    if (!other || !equalObjects(service.Connect, other.Connect)) return true;
    if (service.PortLabel !== other.PortLabel) return true;
  }
  return false;
}
