// SPDX-License-Identifier: MPL-2.0
// Computed class: nodes of one class look the same to every check that does not ask for something unique to a node.
// The scheduler checks one node per class, and a blocked evaluation waits for classes it could use.

import { createHash } from 'node:crypto';
import type { Node } from '@serai/api';

/** Attributes and meta with this prefix differ from node to node and are left out of the class. */
export const uniquePrefix = 'unique.';

/** True for a constraint target that only a single node can answer, so the class can't. */
export function isUniqueTarget(target: string): boolean {
  return (
    target.startsWith('${node.unique.') ||
    target.startsWith('${attr.unique.') ||
    target.startsWith('${meta.unique.')
  );
}

/**
 * `v1:<number>` over everything the class-wide checks look at: datacenter, pool, class, attributes, meta, healthy
 * drivers, host volumes, host networks, network modes and devices.
 */
export function computeNodeClass(node: Node): string {
  const text = JSON.stringify([
    node.Datacenter,
    node.NodePool,
    node.NodeClass,
    sharedEntries(node.Attributes),
    sharedEntries(node.Meta),
    healthyDrivers(node),
    hostVolumes(node),
    Object.keys(node.HostNetworks ?? {}).sort(),
    networkModes(node),
    devices(node),
  ]);
  return `v1:${createHash('sha256').update(text).digest().readBigUInt64BE(0)}`;
}

function sharedEntries(map: Readonly<Record<string, string>> | null): [string, string][] {
  return Object.entries(map ?? {})
    .filter(([key]) => !key.startsWith(uniquePrefix))
    .sort(byKey);
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

function healthyDrivers(node: Node): string[] {
  return Object.entries(node.Drivers ?? {})
    .filter(([, info]) => info.Detected && info.Healthy)
    .map(([name]) => name)
    .sort();
}

function hostVolumes(node: Node): [string, boolean][] {
  return Object.entries(node.HostVolumes ?? {})
    .map(([name, volume]): [string, boolean] => [name, volume.ReadOnly])
    .sort(byKey);
}

/** Modes and host network aliases, not addresses. */
function networkModes(node: Node): string[] {
  const seen = new Set<string>();
  for (const network of node.NodeResources?.NodeNetworks ?? []) {
    seen.add(network.Mode);
    for (const address of network.Addresses ?? []) seen.add(`${network.Mode}/${address.Alias}`);
  }
  for (const network of node.NodeResources?.Networks ?? []) seen.add(network.Mode);
  return [...seen].sort();
}

function devices(node: Node): unknown[] {
  return (node.NodeResources?.Devices ?? [])
    .map((device): [string, unknown] => [
      `${device.Vendor}/${device.Type}/${device.Name}`,
      Object.entries(device.Attributes ?? {}).sort(byKey),
    ])
    .sort(byKey);
}
