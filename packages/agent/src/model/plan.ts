// SPDX-License-Identifier: MPL-2.0
// What a scheduler proposes and what the plan applier made of it.

import type {
  Allocation,
  Deployment,
  DeploymentStatusUpdate,
  Evaluation,
  Job,
  PlanAnnotations,
} from '@serai/api';

/**
 * Proposed changes of one evaluation. Maps are keyed by node id. Every allocation in it is complete (a changed one is
 * the newest row of the snapshot with the changed fields), indexes are the applier's business: it sets CreateIndex,
 * ModifyIndex, AllocModifyIndex and, for an allocation that exists, keeps what the client wrote since.
 */
export interface Plan {
  readonly evalId: string;
  readonly priority: number;
  /** all of it or nothing */
  readonly allAtOnce: boolean;
  /** job version the placements belong to; null when the job is gone */
  readonly job: Job | null;
  /** index of the snapshot the scheduler looked at */
  readonly snapshotIndex: number;
  /** allocations to stop or evict, and those marked lost */
  readonly nodeUpdate: ReadonlyMap<string, readonly Allocation[]>;
  /** new allocations and those updated in place */
  readonly nodeAllocation: ReadonlyMap<string, readonly Allocation[]>;
  /** evicted in favour of a placement of this plan */
  readonly nodePreemptions: ReadonlyMap<string, readonly Allocation[]>;
  /** created, or replaced by this newer version */
  readonly deployment: Deployment | null;
  readonly deploymentUpdates: readonly DeploymentStatusUpdate[];
  /**
   * Evaluations to create in the same commit: the allocations in nodeAllocation name them in FollowupEvalID
   * (delayed reschedules, timeouts of disconnected clients).
   */
  readonly followups: readonly Evaluation[];
  /** what is meant to happen per task group; only when the evaluation asks for it (`job plan`) */
  readonly annotations: PlanAnnotations | null;
}

/** The part of a plan that was committed. */
export interface PlanResult {
  readonly nodeUpdate: ReadonlyMap<string, readonly Allocation[]>;
  readonly nodeAllocation: ReadonlyMap<string, readonly Allocation[]>;
  readonly nodePreemptions: ReadonlyMap<string, readonly Allocation[]>;
  readonly deployment: Deployment | null;
  readonly deploymentUpdates: readonly DeploymentStatusUpdate[];
  /** not 0: some nodes were refused; look again at a snapshot of at least this index */
  readonly refreshIndex: number;
  readonly rejectedNodes: readonly string[];
  /** index at which the accepted part was committed */
  readonly allocIndex: number;
}

/** True when committing the plan would change nothing. */
export function isNoOpPlan(plan: Plan): boolean {
  return (
    plan.nodeUpdate.size === 0 &&
    plan.nodeAllocation.size === 0 &&
    plan.nodePreemptions.size === 0 &&
    plan.deployment === null &&
    plan.deploymentUpdates.length === 0 &&
    plan.followups.length === 0
  );
}
