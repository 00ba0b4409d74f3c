// SPDX-License-Identifier: MPL-2.0
// Collects the changes of one attempt.

import type {
  Allocation,
  Deployment,
  DeploymentStatusUpdate,
  Evaluation,
  Job,
  PlanAnnotations,
} from '@serai/api';
import type { Plan } from '#model';

export class PlanBuilder {
  readonly #nodeUpdate = new Map<string, Allocation[]>();
  readonly #nodeAllocation = new Map<string, Allocation[]>();
  readonly #nodePreemptions = new Map<string, Allocation[]>();
  readonly #deploymentUpdates: DeploymentStatusUpdate[] = [];
  readonly #followups: Evaluation[] = [];
  deployment: Deployment | null = null;
  annotations: PlanAnnotations | null = null;

  /** `stopped` is the row with its new desired status. */
  stop(stopped: Allocation): void {
    push(this.#nodeUpdate, stopped);
  }

  /** A new allocation or one that is updated in place. */
  allocate(alloc: Allocation): void {
    push(this.#nodeAllocation, alloc);
  }

  preempt(evicted: Allocation): void {
    push(this.#nodePreemptions, evicted);
  }

  updateDeployment(update: DeploymentStatusUpdate): void {
    this.#deploymentUpdates.push(update);
  }

  followUp(evaluation: Evaluation): void {
    this.#followups.push(evaluation);
  }

  build(evaluation: Evaluation, job: Job | undefined, snapshotIndex: number): Plan {
    return {
      evalId: evaluation.ID,
      priority: evaluation.Priority,
      allAtOnce: job?.AllAtOnce ?? false,
      job: job ?? null,
      snapshotIndex,
      nodeUpdate: this.#nodeUpdate,
      nodeAllocation: this.#nodeAllocation,
      nodePreemptions: this.#nodePreemptions,
      deployment: this.deployment,
      deploymentUpdates: this.#deploymentUpdates,
      followups: this.#followups,
      annotations: this.annotations,
    };
  }
}

function push(map: Map<string, Allocation[]>, alloc: Allocation): void {
  const list = map.get(alloc.NodeID);
  if (list) list.push(alloc);
  else map.set(alloc.NodeID, [alloc]);
}
