// SPDX-License-Identifier: MPL-2.0
// Plans are made on a snapshot, so each is checked again where nothing can come in between: inside the write loop, on
// the newest rows. What still fits is committed; for the rest the scheduler gets an index to look at.

import type { Allocation } from '@serai/api';
import { isNoOpPlan, type Plan, type PlanResult } from '#model';
import { evaluateNodePlan } from '#scheduler';
import { type Tx, upsertPlanResults } from '#state';
import type { ServerContext } from '../context.ts';

type ByNode = ReadonlyMap<string, readonly Allocation[]>;

/** Resolves once the accepted part is durable. */
export async function submitPlan(context: ServerContext, plan: Plan): Promise<PlanResult> {
  const { clock, metrics, log, writes } = context;
  const startMs = clock.monotonicMs();
  const nowNs = clock.nowNs();
  const { index, result } = await writes.write('apply plan', (tx) => applyPlan(tx, plan, nowNs));
  metrics.sample('nomad.nomad.plan.submit', clock.monotonicMs() - startMs);
  if (result.rejectedNodes.length > 0) {
    log.debug('plan for nodes rejected', { eval_id: plan.evalId, nodes: result.rejectedNodes.length });
    for (const node of result.rejectedNodes)
      metrics.incr('nomad.nomad.plan.node_rejected', 1, { node_id: node });
  }
  return {
    ...result,
    allocIndex: index,
    refreshIndex: result.rejectedNodes.length > 0 ? index : 0,
  };
}

/** Checks the plan on the transaction's rows and writes what passed. Pure: may run again. */
export function applyPlan(tx: Tx, plan: Plan, nowNs: number): PlanResult {
  const accepted = checkPlan(tx, plan);
  if (!isNoOpPlan({ ...plan, ...accepted })) {
    upsertPlanResults(tx, {
      result: accepted,
      evalId: plan.evalId,
      job: plan.job,
      evals: followupsOf(plan, accepted),
      nowNs,
    });
  }
  return accepted;
}

function checkPlan(tx: Tx, plan: Plan): PlanResult {
  const nodeIds = new Set([
    ...plan.nodeUpdate.keys(),
    ...plan.nodeAllocation.keys(),
    ...plan.nodePreemptions.keys(),
  ]);
  const rejected = new Set<string>();
  for (const nodeId of nodeIds) if (!evaluateNodePlan(tx, plan, nodeId).fits) rejected.add(nodeId);
  if (rejected.size > 0 && plan.allAtOnce) return nothing([...rejected]);
  const keep = (map: ByNode): ByNode =>
    rejected.size === 0 ? map : new Map([...map].filter(([nodeId]) => !rejected.has(nodeId)));
  return {
    // Stops are always right, also on a node whose placements were refused.
    nodeUpdate: plan.nodeUpdate,
    nodeAllocation: keep(plan.nodeAllocation),
    nodePreemptions: keep(plan.nodePreemptions),
    deployment: plan.deployment,
    deploymentUpdates: plan.deploymentUpdates,
    refreshIndex: 0,
    rejectedNodes: [...rejected],
    allocIndex: 0,
  };
}

function nothing(rejectedNodes: readonly string[]): PlanResult {
  const none: ByNode = new Map();
  return {
    nodeUpdate: none,
    nodeAllocation: none,
    nodePreemptions: none,
    deployment: null,
    deploymentUpdates: [],
    refreshIndex: 0,
    rejectedNodes,
    allocIndex: 0,
  };
}

/** Follow-up evaluations whose allocations were refused would find nothing to do. */
function followupsOf(plan: Plan, accepted: PlanResult): Plan['followups'] {
  if (accepted.rejectedNodes.length === 0) return plan.followups;
  const named = new Set<string>();
  for (const allocs of [...accepted.nodeAllocation.values(), ...accepted.nodeUpdate.values()]) {
    for (const alloc of allocs) named.add(alloc.FollowupEvalID);
  }
  return plan.followups.filter((evaluation) => named.has(evaluation.ID));
}
