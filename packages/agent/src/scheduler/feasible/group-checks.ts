// SPDX-License-Identifier: MPL-2.0
// Everything a node must offer before its free resources matter: constraints, drivers, host volumes, devices, networks.

import type { Constraint, Job, Node, TaskGroup, VolumeRequest } from '@serai/api';
import { constraintChecks, type NodeCheck } from './constraint.ts';
import { hasNetworkMode, missingHostNetwork } from './network.ts';
import type { TargetContext } from './target.ts';

/** Checks in the order in which a refusal is reported. */
export interface GroupChecks {
  /** same answer for every task group of the job */
  readonly job: readonly NodeCheck[];
  readonly group: readonly NodeCheck[];
}

export function groupChecks(job: Job, group: TaskGroup): GroupChecks {
  const context: TargetContext = { region: job.Region };
  return {
    job: constraintChecks(job.Constraints ?? [], context),
    group: [
      driverCheck(group),
      ...constraintChecks(groupConstraints(group), context),
      ...volumeChecks(group),
      ...deviceChecks(group),
      ...networkChecks(group, context),
    ],
  };
}

/** The group's own and those of its tasks. */
export function groupConstraints(group: TaskGroup): readonly Constraint[] {
  return [...(group.Constraints ?? []), ...(group.Tasks ?? []).flatMap((task) => task.Constraints ?? [])];
}

function driverCheck(group: TaskGroup): NodeCheck {
  const drivers = [...new Set((group.Tasks ?? []).map((task) => task.Driver))];
  return {
    unique: false,
    refuse: (node) => (drivers.every((name) => hasDriver(node, name)) ? undefined : 'missing drivers'),
  };
}

/** Clients older than driver health only set the attribute `driver.<name>`. */
function hasDriver(node: Node, name: string): boolean {
  if (node.Drivers && Object.hasOwn(node.Drivers, name)) {
    const info = node.Drivers[name];
    return info?.Detected === true && info.Healthy;
  }
  const attribute = node.Attributes?.[`driver.${name}`];
  return attribute !== undefined && /^(1|t|true)$/i.test(attribute);
}

function volumeChecks(group: TaskGroup): readonly NodeCheck[] {
  const requests = Object.values(group.Volumes ?? {});
  const host = requests.filter((request) => request.Type === 'host' || request.Type === '');
  const csi = requests.filter((request) => request.Type === 'csi');
  const checks: NodeCheck[] = csi.map((request) => ({
    // no volume is registered, so none can be claimed
    unique: false,
    refuse: () => `missing CSI Volume ${request.Source}`,
  }));
  if (host.length === 0) return checks;
  return [
    ...checks,
    {
      // a volume per allocation has the allocation's index in its name: the placement checks it
      unique: false,
      refuse: (node) =>
        host.every((request) => request.PerAlloc || hasHostVolume(node, request.Source, request))
          ? undefined
          : missingVolumes,
    },
  ];
}

export const missingVolumes = 'missing compatible host volumes';

export function hasHostVolume(node: Node, source: string, request: VolumeRequest): boolean {
  const volume =
    node.HostVolumes && Object.hasOwn(node.HostVolumes, source) ? node.HostVolumes[source] : undefined;
  return volume !== undefined && (request.ReadOnly || !volume.ReadOnly);
}

/** Devices are not handed out yet, so no node can serve a group that asks for one. */
function deviceChecks(group: TaskGroup): readonly NodeCheck[] {
  const asked = (group.Tasks ?? []).some((task) => (task.Resources?.Devices ?? []).length > 0);
  return asked ? [{ unique: false, refuse: () => 'missing devices' }] : [];
}

function networkChecks(group: TaskGroup, context: TargetContext): readonly NodeCheck[] {
  const network = group.Networks?.[0];
  if (!network) return [];
  const ports = [...(network.ReservedPorts ?? []), ...(network.DynamicPorts ?? [])];
  return [
    {
      unique: ports.some((port) => port.HostNetwork.includes('unique.')),
      refuse: (node) => {
        if (!hasNetworkMode(node, network.Mode)) return 'missing network';
        return missingHostNetwork(node, ports, context);
      },
    },
  ];
}
