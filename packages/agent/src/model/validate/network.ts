// SPDX-License-Identifier: MPL-2.0
// Networks and ports of a group: modes, labels, and static ports that would clash on one node.

import type { NetworkResource, Port, TaskGroup } from '@serai/api';
import { type ErrorList, quote } from './error-list.ts';
import { isInterpolated } from './path.ts';

/** Highest port number. */
const maxPort = 65_535;
const dnsName =
  /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** Labels of the group's own network; services refer to them. */
export function portLabels(networks: readonly NetworkResource[] | null): Set<string> {
  const labels = new Set<string>();
  for (const network of networks ?? []) for (const port of portsOf(network)) labels.add(port.Label);
  return labels;
}

function portsOf(network: NetworkResource): readonly Port[] {
  return [...(network.ReservedPorts ?? []), ...(network.DynamicPorts ?? [])];
}

/** Who has taken a label or a static port so far. */
interface Taken {
  readonly labels: Map<string, string>;
  readonly statics: Map<string, string>;
}

export function validateGroupNetworks(errors: ErrorList, group: TaskGroup): void {
  errors.nest('Task group network validation failed', (inner) => {
    const networks = group.Networks ?? [];
    inner.addIf(networks.length > 1, `Task group can have one network block only; got ${networks.length}`);
    const taken: Taken = { labels: new Map(), statics: new Map() };
    for (const network of networks) {
      validateMode(inner, network);
      validatePorts(inner, network, { owner: 'taskgroup network', taken });
    }
    for (const task of group.Tasks ?? []) {
      for (const network of task.Resources?.Networks ?? [])
        validatePorts(inner, network, {
          owner: task.Name,
          taken: { labels: new Map(), statics: taken.statics },
        });
    }
  });
}

function validateMode(errors: ErrorList, network: NetworkResource): void {
  const known = ['none', 'bridge', 'host'].includes(network.Mode) || /^cni\/.+/.test(network.Mode);
  errors.addIf(
    !known && !isInterpolated(network.Mode),
    `Invalid network mode ${quote(network.Mode)}; must be none, bridge, host or cni/<name>`,
  );
  const hostname = network.Hostname ?? '';
  errors.addIf(
    hostname !== '' && !isInterpolated(hostname) && !dnsName.test(hostname),
    'Hostname is not a valid DNS name',
  );
  errors.addIf(network.Mode === 'none' && portsOf(network).length > 0, 'Network mode none cannot have ports');
}

function validatePorts(
  errors: ErrorList,
  network: NetworkResource,
  where: { readonly owner: string; readonly taken: Taken },
): void {
  const { owner, taken } = where;
  for (const port of portsOf(network)) {
    if (port.Label === '') errors.add('Port label cannot be empty');
    const holder = taken.labels.get(port.Label);
    if (holder === undefined) taken.labels.set(port.Label, owner);
    else errors.add(`Port label ${port.Label} already in use by ${holder}`);
    errors.addIf(
      port.To > maxPort || port.To < -1,
      `Port ${port.Label} cannot be mapped to ${port.To}; must be -1 or 0 to ${maxPort}`,
    );
  }
  for (const port of network.ReservedPorts ?? []) {
    if (port.Value < 0 || port.Value > maxPort) {
      errors.add(`Port ${port.Label}: static port ${port.Value} must be between 0 and ${maxPort}`);
      continue;
    }
    if (port.Value === 0 || port.IgnoreCollision) continue;
    const key = `${port.HostNetwork}\n${port.Value}`;
    const holder = taken.statics.get(key);
    if (holder === undefined) taken.statics.set(key, `${owner}:${port.Label}`);
    else errors.add(`Static port ${port.Value} already reserved by ${holder}`);
  }
}
