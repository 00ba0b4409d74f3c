// SPDX-License-Identifier: MPL-2.0
// Which host ports of a node are taken, per address.

import type { AllocatedPortMapping, Allocation, NetworkResource, Node, Port } from '@serai/api';
import { parsePortRanges } from './port-ranges.ts';

/** Range from which a node without its own setting hands out dynamic ports, both ends included. */
export const defaultMinDynamicPort = 20_000;
/** Last port of that range. */
export const defaultMaxDynamicPort = 32_000;

/** Alias of the address that a port uses when it names no host network. */
export const defaultHostNetwork = 'default';

/** The first address of each host network, by alias. */
export type HostAddresses = ReadonlyMap<string, string>;

export function hostAddresses(node: Node): HostAddresses {
  const found = new Map<string, string>();
  for (const network of node.NodeResources?.NodeNetworks ?? []) {
    for (const address of network.Addresses ?? []) {
      if (!found.has(address.Alias)) found.set(address.Alias, address.Address);
    }
  }
  if (!found.has(defaultHostNetwork)) {
    const first = (node.NodeResources?.Networks ?? []).find((network) => network.IP !== '');
    if (first) found.set(defaultHostNetwork, first.IP);
  }
  return found;
}

/** Taken ports by address. Copied before it is changed: a fleet's own PortUse is shared between attempts. */
export class PortUse {
  readonly #byAddress: Map<string, Set<number>>;
  readonly #minDynamic: number;
  readonly #maxDynamic: number;

  constructor(minDynamic: number, maxDynamic: number, byAddress: Map<string, Set<number>> = new Map()) {
    this.#minDynamic = minDynamic;
    this.#maxDynamic = maxDynamic;
    this.#byAddress = byAddress;
  }

  copy(): PortUse {
    const copied = new Map<string, Set<number>>();
    for (const [address, ports] of this.#byAddress) copied.set(address, new Set(ports));
    return new PortUse(this.#minDynamic, this.#maxDynamic, copied);
  }

  isTaken(address: string, port: number): boolean {
    return this.#byAddress.get(address)?.has(port) ?? false;
  }

  take(address: string, port: number): void {
    const ports = this.#byAddress.get(address);
    if (ports) ports.add(port);
    else this.#byAddress.set(address, new Set([port]));
  }

  release(address: string, port: number): void {
    this.#byAddress.get(address)?.delete(port);
  }

  /** How many dynamic ports are left, `also` being taken as well. */
  freeDynamic(address: string, also: readonly number[]): number {
    const range = this.#maxDynamic - this.#minDynamic + 1;
    const ports = this.#byAddress.get(address);
    let taken = 0;
    if (ports) for (const port of ports) if (this.#isDynamic(port)) taken++;
    for (const port of also) if (this.#isDynamic(port) && !ports?.has(port)) taken++;
    return range - taken;
  }

  /** True when at least `count` dynamic ports are left. Counts only when the node is nearly full. */
  hasDynamic(address: string, count: number, also: readonly number[]): boolean {
    const range = this.#maxDynamic - this.#minDynamic + 1;
    const size = this.#byAddress.get(address)?.size ?? 0;
    return size + also.length + count <= range || this.freeDynamic(address, also) >= count;
  }

  /**
   * A free dynamic port that is not `held`, the first at or after a place given by `pick` (0 <= pick < 1);
   * undefined when none is left.
   */
  nextDynamic(address: string, pick: number, held: (port: number) => boolean): number | undefined {
    const range = this.#maxDynamic - this.#minDynamic + 1;
    if (range <= 0) return undefined;
    const ports = this.#byAddress.get(address);
    const start = Math.floor(pick * range);
    for (let i = 0; i < range; i++) {
      const port = this.#minDynamic + ((start + i) % range);
      if (!ports?.has(port) && !held(port)) return port;
    }
    return undefined;
  }

  #isDynamic(port: number): boolean {
    return port >= this.#minDynamic && port <= this.#maxDynamic;
  }
}

/** Ports that the node reserves for itself and those of the allocations. */
export function portUseOf(node: Node, addresses: HostAddresses, allocs: Iterable<Allocation>): PortUse {
  const resources = node.NodeResources;
  const use = new PortUse(
    resources?.MinDynamicPort || defaultMinDynamicPort,
    resources?.MaxDynamicPort || defaultMaxDynamicPort,
  );
  const everywhere = parsePortRanges(node.ReservedResources?.Networks.ReservedHostPorts ?? '');
  for (const address of addresses.values()) for (const port of everywhere) use.take(address, port);
  for (const network of resources?.NodeNetworks ?? []) {
    for (const address of network.Addresses ?? []) {
      for (const port of parsePortRanges(address.ReservedPorts)) use.take(address.Address, port);
    }
  }
  for (const alloc of allocs) forEachPort(alloc, addresses, (address, port) => use.take(address, port));
  return use;
}

/** Every host port of the allocation with its address. */
export function forEachPort(
  alloc: Pick<Allocation, 'AllocatedResources'>,
  addresses: HostAddresses,
  visit: (address: string, port: number, label: string) => void,
): void {
  const resources = alloc.AllocatedResources;
  if (!resources) return;
  const fallback = addresses.get(defaultHostNetwork) ?? '';
  const mappings: readonly AllocatedPortMapping[] = resources.Shared.Ports ?? [];
  for (const port of mappings) visit(port.HostIP === '' ? fallback : port.HostIP, port.Value, port.Label);
  const visitNetwork = (network: NetworkResource): void => {
    const address = network.IP === '' ? fallback : network.IP;
    const visitPort = (port: Port): void => visit(address, port.Value, port.Label);
    network.ReservedPorts?.forEach(visitPort);
    network.DynamicPorts?.forEach(visitPort);
  };
  if (mappings.length === 0) resources.Shared.Networks?.forEach(visitNetwork);
  const tasks = resources.Tasks;
  if (tasks) for (const name in tasks) tasks[name]?.Networks?.forEach(visitNetwork);
}
