// SPDX-License-Identifier: MPL-2.0
// Does a plan still hold on a node? The plan applier asks this on the newest state.

import type { Allocation, Node } from '@serai/api';
import { allocResourcesTotal, isClientTerminal, isTerminal, nodeAvailableResources, type Plan } from '#model';
import type { StateView } from './contract.ts';
import { isReadyNode } from './fleet/fleet.ts';
import { forEachPort, hostAddresses, portUseOf } from './fleet/port-use.ts';

export type NodePlanVerdict =
  | { readonly fits: true; readonly reason: '' }
  | { readonly fits: false; readonly reason: string };

const fits: NodePlanVerdict = { fits: true, reason: '' };

function refused(reason: string): NodePlanVerdict {
  return { fits: false, reason };
}

/** Stops and changes of what is there always hold; new allocations need a ready node with room. */
export function evaluateNodePlan(
  state: Pick<StateView, 'node' | 'allocsByNode'>,
  plan: Pick<Plan, 'nodeUpdate' | 'nodeAllocation' | 'nodePreemptions'>,
  nodeId: string,
): NodePlanVerdict {
  const planned = plan.nodeAllocation.get(nodeId) ?? [];
  if (planned.length === 0) return fits;
  const existing = state.allocsByNode(nodeId);
  const known = new Set(existing.map((alloc) => alloc.ID));
  const added = planned.filter((alloc) => !known.has(alloc.ID));
  if (added.length === 0) return fits;
  const node = state.node(nodeId);
  if (!node) return refused('node does not exist');
  if (!isReadyNode(node)) return refused('node is not ready for placements');
  const replaced = new Set(
    [...(plan.nodeUpdate.get(nodeId) ?? []), ...(plan.nodePreemptions.get(nodeId) ?? []), ...planned].map(
      (alloc) => alloc.ID,
    ),
  );
  const updated = planned.filter((alloc) => known.has(alloc.ID) && !isTerminal(alloc));
  const kept = existing.filter((alloc) => !replaced.has(alloc.ID));
  return allocsFit(node, [...kept, ...updated], added);
}

/** Do `added` fit beside `present`? Those whose client says they have ended take nothing. */
export function allocsFit(
  node: Node,
  present: readonly Allocation[],
  added: readonly Allocation[],
): NodePlanVerdict {
  const running = present.filter((alloc) => !isClientTerminal(alloc));
  return amountsFit(node, [...running, ...added]) ?? portsFit(node, running, added) ?? fits;
}

function amountsFit(node: Node, allocs: readonly Allocation[]): NodePlanVerdict | undefined {
  const available = nodeAvailableResources(node);
  const freeCores = new Set(available.cores);
  let cpu = 0;
  let memory = 0;
  let disk = 0;
  for (const alloc of allocs) {
    const total = allocResourcesTotal(alloc);
    cpu += total.cpuShares;
    memory += total.memoryMb;
    disk += total.diskMb;
    for (const core of total.cores) if (!freeCores.delete(core)) return refused('cores');
  }
  if (cpu > available.cpuShares) return refused('cpu');
  if (memory > available.memoryMb) return refused('memory');
  return disk > available.diskMb ? refused('disk') : undefined;
}

function portsFit(
  node: Node,
  running: readonly Allocation[],
  added: readonly Allocation[],
): NodePlanVerdict | undefined {
  const addresses = hostAddresses(node);
  const use = portUseOf(node, addresses, running);
  for (const alloc of added) {
    const shareable = new Set(
      (alloc.AllocatedResources?.Shared.Ports ?? [])
        .filter((port) => port.IgnoreCollision)
        .map((port) => port.Label),
    );
    let collision: string | undefined;
    forEachPort(alloc, addresses, (address, port, label) => {
      if (use.isTaken(address, port) && !shareable.has(label)) collision = `${label}=${port}`;
      use.take(address, port);
    });
    if (collision !== undefined) return refused(`reserved port collision ${collision}`);
  }
  return undefined;
}
