// SPDX-License-Identifier: MPL-2.0
// The fleet as it will be when the plan under construction is committed: a working copy of what is used.

import type { Allocation } from '@serai/api';
import { allocResourcesTotal, isClientTerminal } from '#model';
import { addressesOf, coresOf, type Fleet, portsOf } from '../fleet/fleet.ts';
import { forEachPort, type PortUse, portUseOf } from '../fleet/port-use.ts';

/** Is told of every allocation that comes to a row or leaves it. */
export interface ProposalListener {
  changed(row: number, alloc: Allocation, change: 1 | -1): void;
}

interface RowChanges {
  readonly stopped: Set<string>;
  readonly placed: Map<string, Allocation>;
}

export class Proposal {
  readonly fleet: Fleet;
  readonly cpuUsed: Float64Array;
  readonly memoryUsed: Float64Array;
  readonly diskUsed: Float64Array;
  readonly #ports = new Map<number, PortUse>();
  readonly #changes = new Map<number, RowChanges>();
  readonly #listeners: ProposalListener[] = [];

  constructor(fleet: Fleet) {
    this.fleet = fleet;
    this.cpuUsed = fleet.cpuUsed.slice();
    this.memoryUsed = fleet.memoryUsed.slice();
    this.diskUsed = fleet.diskUsed.slice();
  }

  listen(listener: ProposalListener): void {
    this.#listeners.push(listener);
  }

  /** An allocation that exists will be stopped: what it holds is free for this plan. */
  stop(alloc: Allocation): void {
    const row = this.fleet.rowOf(alloc.NodeID);
    if (row === undefined) return;
    const changes = this.#changesOf(row);
    if (changes.stopped.has(alloc.ID)) return;
    changes.stopped.add(alloc.ID);
    if (!isClientTerminal(alloc)) {
      this.#count(row, alloc, -1);
      if (hasPorts(alloc)) this.#ports.delete(row);
    }
    this.#tell(row, alloc, -1);
  }

  /** Takes a stop back. */
  keep(alloc: Allocation): void {
    const row = this.fleet.rowOf(alloc.NodeID);
    if (row === undefined || !this.#changesOf(row).stopped.delete(alloc.ID)) return;
    if (!isClientTerminal(alloc)) {
      this.#count(row, alloc, 1);
      if (hasPorts(alloc)) this.#ports.delete(row);
    }
    this.#tell(row, alloc, 1);
  }

  place(row: number, alloc: Allocation): void {
    this.#changesOf(row).placed.set(alloc.ID, alloc);
    this.#count(row, alloc, 1);
    const use = this.#ports.get(row);
    const node = this.fleet.rows[row];
    if (use && node) forEachPort(alloc, addressesOf(node), (address, port) => use.take(address, port));
    this.#tell(row, alloc, 1);
  }

  isStopped(alloc: Allocation): boolean {
    const row = this.fleet.rowOf(alloc.NodeID);
    return row !== undefined && (this.#changes.get(row)?.stopped.has(alloc.ID) ?? false);
  }

  /** Every new allocation so far. */
  *placed(): Iterable<[row: number, alloc: Allocation]> {
    for (const [row, changes] of this.#changes) {
      for (const alloc of changes.placed.values()) yield [row, alloc];
    }
  }

  /** What runs on the row once the plan is committed. */
  allocsOf(row: number): readonly Allocation[] {
    const active = this.fleet.rows[row]?.active ?? [];
    const changes = this.#changes.get(row);
    return changes ? allocsWith(active, changes) : active;
  }

  /** The row's ports with the plan applied. Belongs to the proposal: not to be changed by the caller. */
  portsOf(row: number): PortUse | undefined {
    const own = this.#ports.get(row);
    if (own) return own;
    const node = this.fleet.rows[row];
    if (!node) return undefined;
    const changes = this.#changes.get(row);
    if (!changes) return portsOf(node);
    const use = portUseOf(node.node, addressesOf(node), allocsWith(node.active, changes));
    this.#ports.set(row, use);
    return use;
  }

  /** Cores that nobody holds. */
  freeCores(row: number): readonly number[] {
    const node = this.fleet.rows[row];
    if (!node) return [];
    const changes = this.#changes.get(row);
    const held = changes
      ? allocsWith(node.active, changes).flatMap((alloc) => allocResourcesTotal(alloc).cores)
      : coresOf(node);
    const taken = new Set([...held, ...(node.node.ReservedResources?.Cpu.ReservedCpuCores ?? [])]);
    return (node.node.NodeResources?.Cpu.ReservableCpuCores ?? []).filter((core) => !taken.has(core));
  }

  #changesOf(row: number): RowChanges {
    let changes = this.#changes.get(row);
    if (!changes) {
      changes = { stopped: new Set(), placed: new Map() };
      this.#changes.set(row, changes);
    }
    return changes;
  }

  #count(row: number, alloc: Allocation, sign: 1 | -1): void {
    const total = allocResourcesTotal(alloc);
    this.cpuUsed[row] = (this.cpuUsed[row] ?? 0) + sign * total.cpuShares;
    this.memoryUsed[row] = (this.memoryUsed[row] ?? 0) + sign * total.memoryMb;
    this.diskUsed[row] = (this.diskUsed[row] ?? 0) + sign * total.diskMb;
  }

  #tell(row: number, alloc: Allocation, change: 1 | -1): void {
    for (const listener of this.#listeners) listener.changed(row, alloc, change);
  }
}

function allocsWith(active: readonly Allocation[], changes: RowChanges): Allocation[] {
  const kept = active.filter((alloc) => !changes.stopped.has(alloc.ID) && !changes.placed.has(alloc.ID));
  return [...kept, ...changes.placed.values()];
}

function hasPorts(alloc: Allocation): boolean {
  const resources = alloc.AllocatedResources;
  if (!resources) return false;
  if (resources.Shared.Ports !== null || resources.Shared.Networks !== null) return true;
  const tasks = resources.Tasks;
  if (tasks) for (const name in tasks) if (tasks[name]?.Networks) return true;
  return false;
}
