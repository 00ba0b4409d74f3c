// SPDX-License-Identifier: MPL-2.0
// Network modes and host networks that a node offers.

import type { Node, Port } from '@serai/api';
import { defaultHostNetwork } from '../fleet/port-use.ts';
import { type TargetContext, targetReader } from './target.ts';

/** `host` and `none` need nothing; `bridge` and `cni/<name>` have to be fingerprinted. */
export function hasNetworkMode(node: Node, mode: string): boolean {
  if (mode === '' || mode === 'host' || mode === 'none') return true;
  return (
    (node.NodeResources?.Networks ?? []).some((network) => network.Mode === mode) ||
    (node.NodeResources?.NodeNetworks ?? []).some((network) => network.Mode === mode)
  );
}

/** Name of the host network that a port is published on, on this node. */
export function hostNetworkOf(port: Port, node: Node, context: TargetContext): string {
  if (port.HostNetwork === '' || port.HostNetwork === defaultHostNetwork) return defaultHostNetwork;
  return targetReader(port.HostNetwork, context)(node) ?? '';
}

export function missingHostNetwork(
  node: Node,
  ports: readonly Port[],
  context: TargetContext,
): string | undefined {
  for (const port of ports) {
    const name = hostNetworkOf(port, node, context);
    if (name === defaultHostNetwork) continue;
    const found = (node.NodeResources?.NodeNetworks ?? []).some((network) =>
      (network.Addresses ?? []).some((address) => address.Alias === name),
    );
    if (!found) return `missing host network ${JSON.stringify(name)} for port ${JSON.stringify(port.Label)}`;
  }
  return undefined;
}
