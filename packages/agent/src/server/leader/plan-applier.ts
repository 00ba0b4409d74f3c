// SPDX-License-Identifier: MPL-2.0
// Plans are made on a snapshot, so each is checked again where nothing can come in between: inside the write loop, on
// the newest rows. What still fits is committed; for the rest the scheduler gets an index to look at.

import type { Allocation, Deployment } from '@serai/api';
import { isNoOpPlan, isTerminalEval, type Plan, type PlanResult } from '#model';
import { evaluateNodePlan } from '#scheduler';
import { isTerminalDeployment, type StateReader, type Tx, upsertPlanResults } from '#state';
import type { ServerContext } from '../context.ts';

type ByNode = ReadonlyMap<string, readonly Allocation[]>;

/** What was accepted, before its index is known. */
export interface Applied extends Omit<PlanResult, 'refreshIndex' | 'allocIndex'> {
  /** the scheduler must look at the newest state: something was refused */
  readonly refresh: boolean;
}

/** Resolves once the accepted part is durable. */
export async function submitPlan(context: ServerContext, plan: Plan): Promise<PlanResult> {
  const { clock, metrics, log, writes } = context;
  const startMs = clock.monotonicMs();
  const nowNs = clock.nowNs();
  const { index, result } = await writes.write('apply plan', (tx) => applyPlan(tx, plan, nowNs));
  metrics.sample('nomad.nomad.plan.submit', clock.monotonicMs() - startMs);
  if (result.refresh) {
    log.debug('plan refused in part', { eval_id: plan.evalId, nodes: result.rejectedNodes.length });
    for (const node of result.rejectedNodes)
      metrics.incr('nomad.nomad.plan.node_rejected', 1, { node_id: node });
  }
  return { ...result, allocIndex: index, refreshIndex: result.refresh ? index : 0 };
}

/** Checks the plan on the transaction's rows and writes what passed. Operation. */
export function applyPlan(tx: Tx, plan: Plan, nowNs: number): Applied {
  const accepted = isStale(tx, plan) ? nothing([]) : checkPlan(tx, plan);
  const followups = followupsOf(plan, accepted);
  if (!isNoOpPlan({ ...plan, ...accepted, followups })) {
    upsertPlanResults(tx, { result: accepted, evalId: plan.evalId, job: plan.job, evals: followups, nowNs });
  }
  return accepted;
}

/**
 * Someone else placed or stopped allocations of this job after the scheduler looked: it counted wrong. The broker gives
 * a job to one worker at a time, but a worker that is too slow loses it, and its plan may still come in.
 */
function isStale(state: StateReader, plan: Plan): boolean {
  const evaluation = state.evaluation(plan.evalId);
  // Deleted, or from before a restore.
  if (!evaluation || isTerminalEval(evaluation)) return true;
  return state
    .allocsByJob(evaluation.Namespace, evaluation.JobID)
    .some((alloc) => alloc.AllocModifyIndex > plan.snapshotIndex);
}

function checkPlan(state: StateReader, plan: Plan): Applied {
  const nodeIds = new Set([...plan.nodeAllocation.keys(), ...plan.nodePreemptions.keys()]);
  const rejected = new Set<string>();
  for (const nodeId of nodeIds) if (!evaluateNodePlan(state, plan, nodeId).fits) rejected.add(nodeId);
  if (rejected.size > 0 && plan.allAtOnce) return nothing([...rejected]);
  const keep = (map: ByNode): ByNode =>
    rejected.size === 0 ? map : new Map([...map].filter(([nodeId]) => !rejected.has(nodeId)));
  return {
    // With the replacement refused, what it replaces goes on running.
    nodeUpdate: keep(plan.nodeUpdate),
    nodeAllocation: keep(plan.nodeAllocation),
    nodePreemptions: keep(plan.nodePreemptions),
    deployment: plan.deployment && withNewestCounts(state, plan.deployment),
    // What ended meanwhile (failed by its deadline, by a user) stays as it ended.
    deploymentUpdates: plan.deploymentUpdates.filter(({ DeploymentID: id }) => isOpen(state, id)),
    rejectedNodes: [...rejected],
    refresh: rejected.size > 0,
  };
}

function isOpen(state: StateReader, deploymentId: string): boolean {
  const deployment = state.deployment(deploymentId);
  return deployment !== undefined && !isTerminalDeployment(deployment);
}

/** A plan may add groups to a deployment; what was counted for the others since its snapshot must stay. */
function withNewestCounts(state: StateReader, planned: Deployment): Deployment | null {
  const stored = state.deployment(planned.ID);
  if (!stored) return planned;
  if (isTerminalDeployment(stored)) return null;
  return { ...stored, TaskGroups: { ...planned.TaskGroups, ...stored.TaskGroups } };
}

function nothing(rejectedNodes: readonly string[]): Applied {
  const none: ByNode = new Map();
  return {
    nodeUpdate: none,
    nodeAllocation: none,
    nodePreemptions: none,
    deployment: null,
    deploymentUpdates: [],
    rejectedNodes,
    refresh: true,
  };
}

/** Follow-up evaluations whose allocations were refused would find nothing to do. */
function followupsOf(plan: Plan, accepted: Applied): Plan['followups'] {
  if (!accepted.refresh) return plan.followups;
  const named = new Set<string>();
  for (const allocs of [...accepted.nodeAllocation.values(), ...accepted.nodeUpdate.values()]) {
    for (const alloc of allocs) named.add(alloc.FollowupEvalID);
  }
  return plan.followups.filter((evaluation) => named.has(evaluation.ID));
}
