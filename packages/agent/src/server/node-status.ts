// SPDX-License-Identifier: MPL-2.0
// What goes with a node's change of status, in one commit: evaluations, and allocations that nobody will report on.

import type { Allocation, Evaluation } from '@serai/api';
import { isClientTerminal, isServerTerminal } from '#model';
import { type NodeEventInput, type StateReader, type Tx, updateNodeStatus, upsertPlanResults } from '#state';
import { needsEvaluation, nodeEvaluations } from './node-evaluations.ts';
import type { Stamp } from './stamp.ts';

/** Returns the evaluations it made. Operation. */
export function changeNodeStatus(
  tx: Tx,
  change: { readonly nodeId: string; readonly status: string; readonly event?: NodeEventInput },
  stamp: Stamp,
): Evaluation[] {
  const { nodeId, status, event } = change;
  const node = tx.node(nodeId);
  const evals =
    node && needsEvaluation(node.Status, status)
      ? nodeEvaluations(tx, { ...node, Status: status }, stamp)
      : [];
  updateNodeStatus(tx, {
    nodeId,
    status,
    updatedAt: Math.floor(stamp.nowMs / 1000),
    evals,
    ...(event ? { event } : {}),
  });
  if (status === 'down') loseStopped(tx, strayAllocs(tx, nodeId), stamp);
  return evals;
}

/** Allocations that were told to stop, on a node that will not tell what became of them. */
export function strayAllocs(state: StateReader, nodeId: string): Allocation[] {
  return state.allocsByNode(nodeId).filter((alloc) => isServerTerminal(alloc) && !isClientTerminal(alloc));
}

/** No scheduler looks at a stopped allocation again, so it is marked lost here. Operation. */
export function loseStopped(tx: Tx, allocs: readonly Allocation[], stamp: Stamp): void {
  if (allocs.length === 0) return;
  const lost = allocs.map((alloc) => ({
    ...alloc,
    ClientStatus: 'lost',
    ClientDescription: 'alloc is lost since its node is down',
    AllocStates: [...(alloc.AllocStates ?? []), { Field: 'ClientStatus', Value: 'lost', Time: stamp.nowIso }],
  }));
  const nothing = new Map<string, readonly Allocation[]>();
  upsertPlanResults(tx, {
    result: {
      nodeUpdate: new Map([['', lost]]),
      nodeAllocation: nothing,
      nodePreemptions: nothing,
      deployment: null,
      deploymentUpdates: [],
    },
    job: null,
    evalId: '',
    nowNs: stamp.nowNs,
  });
}
