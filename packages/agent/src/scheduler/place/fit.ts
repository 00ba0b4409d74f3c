// SPDX-License-Identifier: MPL-2.0
// Does one more allocation of a group fit on a node, and what would it get there?

import type { AllocatedPortMapping, AllocatedResources, NetworkResource, Node, Port } from '@serai/api';
import { allocatedResourcesTotal } from '#model';
import { hostNetworkOf } from '../feasible/network.ts';
import { targetReader } from '../feasible/target.ts';
import { addressesOf } from '../fleet/fleet.ts';
import { defaultHostNetwork, type HostAddresses, type PortUse } from '../fleet/port-use.ts';
import { type GroupAsk, type HostNetworkAsk, withCores } from './ask.ts';
import type { Proposal } from './proposal.ts';

/** MHz that one core of a node counts for. */
export function coreMhzOf(node: Node): number {
  const cpu = node.NodeResources?.Cpu;
  if (!cpu) return 0;
  const cores = cpu.TotalCpuCores || (cpu.ReservableCpuCores ?? []).length;
  return cores > 0 ? cpu.CpuShares / cores : 0;
}

export class GroupFit {
  readonly ask: GroupAsk;
  readonly #proposal: Proposal;
  /** MHz; -1 when it depends on the node because whole cores are asked for */
  readonly #cpu: number;
  readonly #memory: number;
  readonly #disk: number;

  constructor(ask: GroupAsk, proposal: Proposal) {
    this.ask = ask;
    this.#proposal = proposal;
    this.#cpu = ask.cores > 0 ? -1 : ask.total.cpuShares;
    this.#memory = ask.total.memoryMb;
    this.#disk = ask.total.diskMb;
  }

  /** MHz that an allocation takes on this row. */
  cpuOn(row: number): number {
    if (this.#cpu >= 0) return this.#cpu;
    const node = this.#proposal.fleet.rows[row];
    if (!node) return 0;
    const cores = this.#proposal.freeCores(row);
    return allocatedResourcesTotal(withCores(this.ask, cores, coreMhzOf(node.node))).cpuShares;
  }
  get memory(): number {
    return this.#memory;
  }

  /** The dimension that is exhausted on this row, in Nomad's words; undefined when the allocation fits. */
  exhausted(row: number): string | undefined {
    const { fleet } = this.#proposal;
    if (this.ask.hasPorts) {
      const reason = this.#portsExhausted(row);
      if (reason !== undefined) return reason;
    }
    if (this.ask.cores > 0 && this.#proposal.freeCores(row).length < this.ask.cores) return 'cores';
    if ((this.#proposal.cpuUsed[row] ?? 0) + this.cpuOn(row) > (fleet.cpuTotal[row] ?? 0)) return 'cpu';
    if ((this.#proposal.memoryUsed[row] ?? 0) + this.#memory > (fleet.memoryTotal[row] ?? 0)) return 'memory';
    if ((this.#proposal.diskUsed[row] ?? 0) + this.#disk > (fleet.diskTotal[row] ?? 0)) return 'disk';
    return undefined;
  }

  #portsExhausted(row: number): string | undefined {
    const node = this.#proposal.fleet.rows[row];
    const use = this.#proposal.portsOf(row);
    if (!node || !use) return 'network: no networks available';
    const addresses = addressesOf(node);
    for (const ask of this.ask.hostNetworks) {
      const address = addresses.get(this.#hostNetwork(ask.hostNetwork, node.node));
      if (address === undefined)
        return `network: no addresses available for ${JSON.stringify(ask.hostNetwork)} network`;
      const reason = portsRefusal(ask, use, address);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  #hostNetwork(name: string, node: Node): string {
    if (!name.startsWith('${')) return name;
    return targetReader(name, { region: this.ask.region })(node) ?? '';
  }

  /**
   * What the allocation gets on a row where it fits. `pick` gives numbers from 0 to 1 that choose among free ports.
   * undefined when it does not fit after all.
   */
  offer(row: number, pick: () => number): AllocatedResources | undefined {
    const node = this.#proposal.fleet.rows[row];
    if (!node) return undefined;
    const base =
      this.ask.cores > 0
        ? withCores(this.ask, this.#proposal.freeCores(row), coreMhzOf(node.node))
        : this.ask.resources;
    if (!this.ask.hasPorts) return base;
    const use = this.#proposal.portsOf(row);
    if (!use) return undefined;
    const taker = new PortTaker({
      use,
      addresses: addressesOf(node),
      node: node.node,
      region: this.ask.region,
      pick,
    });
    return this.#withPorts(base, taker, node.node);
  }

  #withPorts(base: AllocatedResources, taker: PortTaker, node: Node): AllocatedResources | undefined {
    const networks = [this.ask.network, ...this.ask.taskNetworks.map((item) => item.network)];
    // all static ports first: a dynamic one must not take their number
    for (const network of networks) taker.hold(network?.ReservedPorts ?? null);
    let shared = base.Shared;
    if (this.ask.network) {
      const given = taker.give(this.ask.network);
      if (!given) return undefined;
      const ip = firstHostAddress(node) ?? taker.defaultAddress;
      shared = { ...shared, Networks: [{ ...given.network, IP: ip }], Ports: given.mappings };
    }
    if (this.ask.taskNetworks.length === 0)
      return { Tasks: base.Tasks, TaskLifecycles: base.TaskLifecycles, Shared: shared };
    const tasks = { ...base.Tasks };
    for (const { task, network } of this.ask.taskNetworks) {
      const given = taker.give(network);
      const resources = tasks[task];
      if (!given || !resources) return undefined;
      const device = node.NodeResources?.Networks?.find((item) => item.IP === taker.defaultAddress)?.Device;
      const own = { ...given.network, IP: taker.defaultAddress, Device: device ?? network.Device };
      tasks[task] = { ...resources, Networks: [own] };
    }
    return { ...base, Tasks: tasks, Shared: shared };
  }
}

/** Address that Nomad shows as the IP of a group network. */
function firstHostAddress(node: Node): string | undefined {
  for (const network of node.NodeResources?.NodeNetworks ?? []) {
    if (network.Mode === 'host') return network.Addresses?.[0]?.Address;
  }
  return node.NodeResources?.Networks?.find((network) => network.Mode === 'host' || network.Mode === '')?.IP;
}

function portsRefusal(ask: HostNetworkAsk, use: PortUse, address: string): string | undefined {
  for (const port of ask.reserved) {
    if (!port.IgnoreCollision && use.isTaken(address, port.Value))
      return `network: reserved port collision ${port.Label}=${port.Value}`;
  }
  if (ask.dynamic > 0 && !use.hasDynamic(address, ask.dynamic, ask.reservedValues))
    return 'network: dynamic port selection failed';
  return undefined;
}

interface PortTakerOptions {
  readonly use: PortUse;
  readonly addresses: HostAddresses;
  readonly node: Node;
  readonly region: string;
  readonly pick: () => number;
}

/** Gives an allocation its ports without changing the row's PortUse. */
class PortTaker {
  readonly #options: PortTakerOptions;
  readonly #held = new Set<string>();
  readonly defaultAddress: string;

  constructor(options: PortTakerOptions) {
    this.#options = options;
    this.defaultAddress = options.addresses.get(defaultHostNetwork) ?? '';
  }

  hold(ports: readonly Port[] | null): void {
    for (const port of ports ?? []) this.#held.add(`${this.#addressOf(port)} ${port.Value}`);
  }

  give(network: NetworkResource): { network: NetworkResource; mappings: AllocatedPortMapping[] } | undefined {
    const mappings: AllocatedPortMapping[] = [];
    for (const port of network.ReservedPorts ?? [])
      mappings.push(mapping(port, port.Value, this.#addressOf(port)));
    const dynamic: Port[] = [];
    for (const port of network.DynamicPorts ?? []) {
      const address = this.#addressOf(port);
      const value = this.#freePort(address);
      if (value === undefined) return undefined;
      mappings.push(mapping(port, value, address));
      dynamic.push({ ...port, Value: value, To: port.To === -1 ? value : port.To });
    }
    return {
      network: { ...network, DynamicPorts: network.DynamicPorts === null ? null : dynamic },
      mappings,
    };
  }

  #addressOf(port: Port): string {
    const { node, region, addresses } = this.#options;
    return addresses.get(hostNetworkOf(port, node, { region })) ?? this.defaultAddress;
  }

  #freePort(address: string): number | undefined {
    const port = this.#options.use.nextDynamic(address, this.#options.pick(), (candidate) =>
      this.#held.has(`${address} ${candidate}`),
    );
    if (port !== undefined) this.#held.add(`${address} ${port}`);
    return port;
  }
}

function mapping(port: Port, value: number, address: string): AllocatedPortMapping {
  const to = port.To === -1 ? value : port.To;
  const base = { Label: port.Label, Value: value, To: to, HostIP: address };
  return port.IgnoreCollision ? { ...base, IgnoreCollision: true } : base;
}
