// SPDX-License-Identifier: MPL-2.0
// What a scheduler proposes and what the plan applier made of it.

import type {
  Allocation,
  Deployment,
  DeploymentStatusUpdate,
  DesiredUpdates,
  Evaluation,
  Job,
} from '@serai/api';

/** Proposed changes of one evaluation. Lists are keyed by node id. */
export interface Plan {
  readonly evalId: string;
  readonly priority: number;
  /** all of it or nothing */
  readonly allAtOnce: boolean;
  /** job version the placements belong to; null when the job is gone */
  readonly job: Job | null;
  /** index of the snapshot the scheduler looked at */
  readonly snapshotIndex: number;
  /** allocations to stop or evict */
  readonly nodeUpdate: ReadonlyMap<string, readonly Allocation[]>;
  /** new and in-place updated allocations */
  readonly nodeAllocation: ReadonlyMap<string, readonly Allocation[]>;
  /** evicted in favour of a placement of this plan */
  readonly nodePreemptions: ReadonlyMap<string, readonly Allocation[]>;
  readonly deployment: Deployment | null;
  readonly deploymentUpdates: readonly DeploymentStatusUpdate[];
  /** what is meant to happen per task group; for `job plan` */
  readonly annotations: Readonly<Record<string, DesiredUpdates>> | null;
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

/** Where a scheduler hands in its results. The server's worker, `job plan` and the test harness implement it. */
export interface Planner {
  submitPlan(
    plan: Plan,
  ): { result: PlanResult; refreshed: boolean } | Promise<{ result: PlanResult; refreshed: boolean }>;
  updateEval(evaluation: Evaluation): void;
  createEval(evaluation: Evaluation): void;
  reblockEval(evaluation: Evaluation): void;
}
