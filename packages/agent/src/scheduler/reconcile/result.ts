// SPDX-License-Identifier: MPL-2.0
// What reconciliation wants: the difference between what a job asks for and what is there. No node is chosen yet.

import type {
  Allocation,
  Deployment,
  DeploymentStatusUpdate,
  DesiredUpdates,
  Evaluation,
  Job,
  TaskGroup,
} from '@serai/api';

/** One allocation to be placed. */
export interface Placement {
  readonly name: string;
  readonly group: TaskGroup;
  /** the one it replaces */
  readonly previous?: Allocation;
  /** because the previous one failed: its node is avoided, its history goes on */
  readonly reschedule?: boolean;
  readonly canary?: boolean;
  /** stop the previous one when (and only when) a node was found, with this description */
  readonly stopPrevious?: string;
  /** place the job version that ran before: canaries of the new one are not promoted yet */
  readonly job?: Job;
}

/** One allocation to be stopped, whatever becomes of the placements. */
export interface Stop {
  readonly alloc: Allocation;
  readonly description: string;
  /** lost: the server decides that it doesn't run any more */
  readonly clientStatus?: string;
  readonly followupEvalId?: string;
}

export interface Reconciled {
  readonly place: readonly Placement[];
  readonly stop: readonly Stop[];
  /** rows of the new job version on the same node */
  readonly inplace: readonly Allocation[];
  /** rows that only note something: a follow-up evaluation, a client that left or came back */
  readonly notes: readonly Allocation[];
  /** new deployment, or the current one with a changed group */
  readonly deployment: Deployment | undefined;
  /** new allocations of this version join it */
  readonly activeDeploymentId: string | undefined;
  readonly deploymentUpdates: readonly DeploymentStatusUpdate[];
  readonly followups: readonly Evaluation[];
  readonly desired: Readonly<Record<string, DesiredUpdates>>;
}

/** Texts that users see in `alloc status`. */
export const stopReason = {
  notNeeded: 'alloc not needed due to job update',
  migrating: 'alloc is being migrated',
  rescheduled: 'alloc was rescheduled because it failed',
  lost: 'alloc is lost since its node is down',
  updating: 'alloc is being updated due to job update',
  nodeTainted: 'system alloc not needed as node is tainted',
  reconnected: 'alloc not needed due to disconnected client reconnect',
  unknown: 'alloc is unknown since its node is disconnected',
} as const;

export class DesiredCounts {
  ignore = 0;
  place = 0;
  migrate = 0;
  stop = 0;
  inplace = 0;
  destructive = 0;
  canary = 0;

  toApi(): DesiredUpdates {
    return {
      Ignore: this.ignore,
      Place: this.place,
      Migrate: this.migrate,
      Stop: this.stop,
      InPlaceUpdate: this.inplace,
      DestructiveUpdate: this.destructive,
      Canary: this.canary,
      Preemptions: 0,
    };
  }
}
