// SPDX-License-Identifier: MPL-2.0
// What the scheduler sees of the world and what it hands back.

import type {
  Allocation,
  Deployment,
  Evaluation,
  Job,
  Node,
  NodePool,
  PlanAnnotations,
  SchedulerConfiguration,
  TaskGroup,
} from '@serai/api';
import type { Random } from '#base';
import type { Plan, PlanResult } from '#model';
import type { Fleet } from './fleet/fleet.ts';

/** Read-only view of the state at one index. Rows are immutable: an unchanged row is the same object. */
export interface StateView {
  readonly index: number;
  nodes(): Iterable<Node>;
  node(id: string): Node | undefined;
  /** all of the node, also terminal ones */
  allocsByNode(nodeId: string): readonly Allocation[];
  allocsByJob(namespace: string, jobId: string): readonly Allocation[];
  job(namespace: string, id: string): Job | undefined;
  jobVersion(namespace: string, id: string, version: number): Job | undefined;
  latestDeployment(namespace: string, jobId: string): Deployment | undefined;
  nodePool(name: string): NodePool | undefined;
  schedulerConfig(): SchedulerConfiguration;
  /**
   * Ids of nodes that changed, or whose allocations changed, after this index; undefined when that is not known any
   * more. Optional: without it the fleet compares every node's rows, which costs some milliseconds per 10,000 nodes.
   */
  changedNodesSince?(index: number): Iterable<string> | undefined;
}

export interface SchedulerDeps {
  readonly random: Random;
  /** Unix nanoseconds. A function so that allocation times can be measured; a test passes a constant. */
  readonly nowNs: () => number;
  /** Kept by the caller from evaluation to evaluation, so that only changed nodes are read again. */
  readonly fleet?: Fleet;
  /** Makes room when nothing fits. Without it nothing is ever evicted. */
  readonly preempt?: Preempt;
}

/**
 * Asked when no node has room for an allocation and the scheduler configuration allows preemption for this kind of job.
 * Answers with a node and the allocations of lower priority to evict from it, or undefined.
 */
export type Preempt = (request: PreemptRequest) => PreemptChoice | undefined;
export interface PreemptRequest {
  readonly job: Job;
  readonly group: TaskGroup;
  /** nodes that are allowed but full, with what they run when this plan is committed */
  readonly nodes: () => Iterable<{ readonly node: Node; readonly allocs: readonly Allocation[] }>;
}
export interface PreemptChoice {
  readonly nodeId: string;
  readonly evict: readonly Allocation[];
}

/** What the caller answers when the scheduler yields a plan. */
export interface PlanAnswer {
  readonly result: PlanResult;
  /** A newer snapshot when `result.refreshIndex` is not 0 (at least that index), else any snapshot. */
  readonly state: StateView;
}

/** What became of an evaluation. */
export interface Outcome {
  /** The evaluation with its final status, FailedTGAllocs, QueuedAllocations, BlockedEval: to be stored. */
  readonly evaluation: Evaluation;
  /**
   * The evaluation was a blocked one and still can't be placed: store it as it is here and give it back to the
   * blocked evaluations (do not acknowledge it as done with a new status).
   */
  readonly reblocked: boolean;
  /** New evaluations to store: blocked ones (Status blocked) and the next step of a rolling system update. */
  readonly created: readonly Evaluation[];
  /** For `job plan`. */
  readonly annotations: PlanAnnotations | null;
  /** Every plan that was handed out, in order; the last one is the one that counted. */
  readonly plans: readonly Plan[];
}

/** Yielded now and then by a long evaluation, so that its runner can let others work. Needs no answer. */
export const breather = Symbol('breather');
export type Breather = typeof breather;

/** The scheduler hands out a plan with a `yield` and goes on with the answer. Synchronous between two yields. */
export type Schedule = Generator<Plan | Breather, Outcome, PlanAnswer | undefined>;
