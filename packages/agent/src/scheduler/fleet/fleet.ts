// SPDX-License-Identifier: MPL-2.0
// All nodes of a snapshot as columns of numbers: what they have, what is used, whether they may be used. Kept from
// evaluation to evaluation; only nodes that changed are read again.

import type { Allocation, Node } from '@serai/api';
import { hash32 } from '#base';
import { allocResourcesTotal, isClientTerminal, nodeAvailableResources } from '#model';
import type { StateView } from '../contract.ts';
import { type HostAddresses, hostAddresses, type PortUse, portUseOf } from './port-use.ts';

/** Names kept per column before they are thrown away: a few per node, since classes change with attributes. */
function labelsMax(nodes: number): number {
  return 4096 + 4 * nodes;
}

/** Rows are added in steps of at least this many. */
const minCapacity = 64;

/** One node. Cached parts are dropped when the node or its allocations change. */
export interface FleetRow {
  node: Node;
  /** as read from the snapshot, terminal ones included: kept to see whether they changed */
  allocs: readonly Allocation[];
  /** those that hold resources */
  active: readonly Allocation[];
  addresses: HostAddresses | undefined;
  ports: PortUse | undefined;
  cores: readonly number[] | undefined;
}

/** Numbers given to texts, so that columns can hold them. */
export class Labels {
  readonly names: string[] = [];
  readonly #ids = new Map<string, number>();
  idOf(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.names.push(name);
      this.#ids.set(name, id);
    }
    return id;
  }
}

export class Fleet {
  readonly rows: (FleetRow | undefined)[] = [];
  classes = new Labels();
  datacenters = new Labels();
  pools = new Labels();
  readonly #rowOf = new Map<string, number>();
  readonly #free: number[] = [];
  #index = -1;
  #capacity = 0;

  /** 1: ready, eligible and not draining */
  ready = new Uint8Array(0);
  classId = new Int32Array(0);
  datacenterId = new Int32Array(0);
  poolId = new Int32Array(0);
  /** hash of the node id: order among equals must not depend on when a node was first seen */
  idHash = new Uint32Array(0);
  cpuTotal = new Float64Array(0);
  memoryTotal = new Float64Array(0);
  diskTotal = new Float64Array(0);
  cpuUsed = new Float64Array(0);
  memoryUsed = new Float64Array(0);
  diskUsed = new Float64Array(0);

  /** Rows in use and free ones: an upper bound for loops. */
  get length(): number {
    return this.rows.length;
  }

  rowOf(nodeId: string): number | undefined {
    return this.#rowOf.get(nodeId);
  }

  /** Makes the columns equal to the snapshot. Any snapshot, older ones as well. */
  sync(state: StateView): void {
    if (state.index === this.#index && this.#index > 0) return;
    if (this.classes.names.length > labelsMax(this.#rowOf.size)) this.forget();
    const changed =
      this.#index >= 0 && state.index > this.#index ? state.changedNodesSince?.(this.#index) : undefined;
    if (changed) for (const id of changed) this.#read(id, state.node(id), state);
    else this.#readAll(state);
    this.#index = state.index;
  }

  /**
   * Starts again: when too many names of classes are kept that no node has any more, and for the owner after the state
   * was replaced by an older one (a restored snapshot may have the same index and other rows).
   */
  forget(): void {
    this.rows.length = 0;
    this.#free.length = 0;
    this.#rowOf.clear();
    this.ready.fill(0);
    this.classes = new Labels();
    this.datacenters = new Labels();
    this.pools = new Labels();
    this.#index = -1;
  }

  #readAll(state: StateView): void {
    let seen = 0;
    for (const node of state.nodes()) {
      seen++;
      this.#read(node.ID, node, state);
    }
    if (seen === this.#rowOf.size) return;
    for (const id of [...this.#rowOf.keys()]) if (!state.node(id)) this.#remove(id);
  }

  #read(id: string, node: Node | undefined, state: StateView): void {
    if (!node) {
      this.#remove(id);
      return;
    }
    const index = this.#rowOf.get(id);
    const row = index === undefined ? undefined : this.rows[index];
    if (index === undefined || !row) {
      this.#add(node, state.allocsByNode(id));
      return;
    }
    if (row.node !== node) {
      row.node = node;
      row.addresses = undefined;
      row.ports = undefined;
      this.#writeNode(index, node);
    }
    const allocs = state.allocsByNode(id);
    if (!sameAllocs(row.allocs, allocs)) {
      row.allocs = allocs;
      row.active = activeOf(allocs);
      row.ports = undefined;
      row.cores = undefined;
      this.#writeUsage(index, row.active);
    }
  }

  #add(node: Node, allocs: readonly Allocation[]): void {
    const index = this.#free.pop() ?? this.rows.length;
    if (index >= this.#capacity) this.#grow(index + 1);
    const active = activeOf(allocs);
    this.rows[index] = { node, allocs, active, addresses: undefined, ports: undefined, cores: undefined };
    this.#rowOf.set(node.ID, index);
    this.#writeNode(index, node);
    this.#writeUsage(index, active);
  }

  #remove(id: string): void {
    const index = this.#rowOf.get(id);
    if (index === undefined) return;
    this.#rowOf.delete(id);
    this.rows[index] = undefined;
    this.ready[index] = 0;
    this.#free.push(index);
  }

  #writeNode(index: number, node: Node): void {
    this.ready[index] = isReadyNode(node) ? 1 : 0;
    this.classId[index] = this.classes.idOf(
      node.ComputedClass === '' ? `node/${node.ID}` : node.ComputedClass,
    );
    this.datacenterId[index] = this.datacenters.idOf(node.Datacenter);
    this.poolId[index] = this.pools.idOf(node.NodePool);
    this.idHash[index] = hash32(node.ID);
    const available = nodeAvailableResources(node);
    this.cpuTotal[index] = available.cpuShares;
    this.memoryTotal[index] = available.memoryMb;
    this.diskTotal[index] = available.diskMb;
  }

  #writeUsage(index: number, active: readonly Allocation[]): void {
    let cpu = 0;
    let memory = 0;
    let disk = 0;
    for (const alloc of active) {
      const total = allocResourcesTotal(alloc);
      cpu += total.cpuShares;
      memory += total.memoryMb;
      disk += total.diskMb;
    }
    this.cpuUsed[index] = cpu;
    this.memoryUsed[index] = memory;
    this.diskUsed[index] = disk;
  }

  #grow(needed: number): void {
    this.#capacity = Math.max(minCapacity, this.#capacity * 2, needed);
    const grown = <A extends { set(from: A): void }>(make: new (length: number) => A, from: A): A => {
      const array = new make(this.#capacity);
      array.set(from);
      return array;
    };
    this.ready = grown(Uint8Array, this.ready);
    this.classId = grown(Int32Array, this.classId);
    this.datacenterId = grown(Int32Array, this.datacenterId);
    this.poolId = grown(Int32Array, this.poolId);
    this.idHash = grown(Uint32Array, this.idHash);
    this.cpuTotal = grown(Float64Array, this.cpuTotal);
    this.memoryTotal = grown(Float64Array, this.memoryTotal);
    this.diskTotal = grown(Float64Array, this.diskTotal);
    this.cpuUsed = grown(Float64Array, this.cpuUsed);
    this.memoryUsed = grown(Float64Array, this.memoryUsed);
    this.diskUsed = grown(Float64Array, this.diskUsed);
  }
}

export function newFleet(): Fleet {
  return new Fleet();
}

/** May receive new allocations. */
export function isReadyNode(node: Node): boolean {
  return node.Status === 'ready' && node.DrainStrategy === null && node.SchedulingEligibility === 'eligible';
}

export function addressesOf(row: FleetRow): HostAddresses {
  row.addresses ??= hostAddresses(row.node);
  return row.addresses;
}

export function portsOf(row: FleetRow): PortUse {
  row.ports ??= portUseOf(row.node, addressesOf(row), row.active);
  return row.ports;
}

/** Cores that allocations hold for themselves. */
export function coresOf(row: FleetRow): readonly number[] {
  row.cores ??= row.active.flatMap((alloc) => allocResourcesTotal(alloc).cores);
  return row.cores;
}

/** An allocation holds its resources until its client says that it has ended, whatever the server wishes. */
function activeOf(allocs: readonly Allocation[]): readonly Allocation[] {
  return allocs.some(isClientTerminal) ? allocs.filter((alloc) => !isClientTerminal(alloc)) : allocs;
}

function sameAllocs(a: readonly Allocation[], b: readonly Allocation[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
