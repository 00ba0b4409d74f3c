// SPDX-License-Identifier: MPL-2.0
// One look at one snapshot: what both kinds of scheduler answer.

import type { Allocation, AllocMetric, Evaluation, Job, TaskGroup } from '@serai/api';
import type { Plan } from '#model';
import type { Breather, SchedulerDeps, StateView } from './contract.ts';

export interface AttemptInput {
  readonly evaluation: Evaluation;
  readonly state: StateView;
  readonly deps: SchedulerDeps;
}

/** Placements between two breathers: some 20 ms of work. */
export const placementsPerBreath = 1000;

/** An attempt in slices. */
export type AttemptRun = Generator<Breather, Attempt, unknown>;

export interface Attempt {
  readonly job: Job | undefined;
  readonly plan: Plan;
  /** why allocations of a group found no node, by group */
  readonly failed: ReadonlyMap<string, AllocMetric>;
  /** allocations that were to be placed, by group */
  readonly queued: ReadonlyMap<string, number>;
  readonly classes: Readonly<Record<string, boolean>> | null;
  readonly escaped: boolean;
  readonly deploymentId: string | undefined;
  /** system: nodes without room, each waits on its own */
  readonly blockedNodes: readonly string[];
  /** system: more updates wait for the next step, after this many nanoseconds */
  readonly staggerNs: number | undefined;
}

/** Ids of the allocations that the plan creates. */
export function newAllocIds(plan: Pick<Plan, 'nodeAllocation'>): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const allocs of plan.nodeAllocation.values()) {
    for (const alloc of allocs) if (alloc.CreateIndex === 0) ids.add(alloc.ID);
  }
  return ids;
}

/** Failures of groups: the first one explains, the others are counted. */
export class Failures {
  readonly byGroup = new Map<string, AllocMetric>();

  has(group: TaskGroup): boolean {
    return this.byGroup.has(group.Name);
  }

  add(group: TaskGroup, metric: AllocMetric): void {
    this.byGroup.set(group.Name, withExhaustedResources(metric, group));
  }

  coalesce(group: TaskGroup): void {
    const metric = this.byGroup.get(group.Name);
    if (metric) this.byGroup.set(group.Name, { ...metric, CoalescedFailures: metric.CoalescedFailures + 1 });
  }
}

/** What each task asked for, when it was resources that were missing. */
function withExhaustedResources(metric: AllocMetric, group: TaskGroup): AllocMetric {
  if (metric.NodesExhausted === 0) return metric;
  const asked = (group.Tasks ?? []).flatMap((task) =>
    task.Resources ? [[task.Name, task.Resources] as const] : [],
  );
  return { ...metric, ResourcesExhausted: Object.fromEntries(asked) };
}

/** A row that another job version changed in place on the same node. */
export function updatedInPlace(
  alloc: Allocation,
  options: { job: Job; evalId: string; deploymentId: string | undefined; nowNs: number },
): Allocation {
  const deploymentId = options.deploymentId ?? '';
  return {
    ...alloc,
    Job: options.job,
    EvalID: options.evalId,
    DeploymentID: deploymentId,
    DeploymentStatus: alloc.DeploymentID === deploymentId ? alloc.DeploymentStatus : null,
    ModifyTime: options.nowNs,
  };
}
