// SPDX-License-Identifier: MPL-2.0
// Places allocations on nodes that are given: system jobs don't choose.

import type { Allocation, AllocMetric, Job, Node, TaskGroup } from '@serai/api';
import { newAllocation } from '../alloc-rows.ts';
import type { SchedulerDeps } from '../contract.ts';
import { missingProperty } from '../feasible/distinct.ts';
import type { NodeFilter } from '../feasible/eligibility.ts';
import { groupChecks } from '../feasible/group-checks.ts';
import type { GroupFit } from '../place/fit.ts';
import type { Placer } from '../place/placer.ts';
import { type Algorithm, fitScore, freePart } from '../rank/fit-score.ts';
import { JobCounts } from '../rank/job-counts.ts';
import { MetricCounts } from '../rank/metric-counts.ts';

export type NodeOutcome =
  | { readonly kind: 'placed'; readonly alloc: Allocation }
  /** the node is not for this group */
  | { readonly kind: 'filtered'; readonly reason: string }
  /** the node has no room */
  | { readonly kind: 'exhausted'; readonly dimension: string };

interface GroupStack {
  readonly fit: GroupFit;
  readonly filter: NodeFilter;
  readonly counts: JobCounts;
}

export interface NodePlacerOptions {
  readonly placer: Placer;
  readonly deps: SchedulerDeps;
  readonly job: Job;
  readonly evalId: string;
  readonly algorithm: Algorithm;
  readonly jobAllocs: readonly Allocation[];
}

export class NodePlacer {
  readonly #options: NodePlacerOptions;
  readonly #stacks = new Map<string, GroupStack>();

  constructor(options: NodePlacerOptions) {
    this.#options = options;
  }

  place(request: {
    group: TaskGroup;
    name: string;
    node: Node;
    previous: Allocation | undefined;
  }): NodeOutcome {
    const { placer, deps, job, evalId } = this.#options;
    const { group, node } = request;
    const row = placer.fleet.rowOf(node.ID);
    if (row === undefined) return { kind: 'filtered', reason: 'node is unknown' };
    const stack = this.#stackOf(group);
    const reason =
      stack.filter.refuse(node, placer.fleet.classId[row] ?? 0) ?? propertyRefusal(stack.counts, node);
    if (reason !== undefined) return { kind: 'filtered', reason };
    const dimension = stack.fit.exhausted(row);
    if (dimension !== undefined) return { kind: 'exhausted', dimension };
    const metrics = this.#placedMetric(stack.fit, row, node);
    const resources = stack.fit.offer(row, () => placer.pick());
    if (!resources) return { kind: 'exhausted', dimension: 'network: dynamic port selection failed' };
    const alloc = newAllocation({
      id: deps.random.uuid(),
      evalId,
      job,
      name: request.name,
      group: group.Name,
      node,
      resources,
      metrics,
      nowNs: deps.nowNs(),
      ...(request.previous ? { previousId: request.previous.ID } : {}),
    });
    placer.proposal.place(row, alloc);
    return { kind: 'placed', alloc };
  }

  /** Counts of one node that was refused. */
  metric(node: Node, outcome: Exclude<NodeOutcome, { kind: 'placed' }>): AllocMetric {
    const counts = this.#newCounts();
    if (outcome.kind === 'filtered') counts.filter(node.NodeClass, outcome.reason);
    else counts.exhaust(node.NodeClass, outcome.dimension);
    return counts.metric();
  }

  #newCounts(): MetricCounts {
    const { available, inPool } = this.#options.placer.candidatesOf(this.#options.job);
    const counts = new MetricCounts(available, inPool);
    counts.evaluate();
    return counts;
  }

  #placedMetric(fit: GroupFit, row: number, node: Node): AllocMetric {
    const { proposal, fleet } = this.#options.placer;
    const cpu = freePart((proposal.cpuUsed[row] ?? 0) + fit.cpuOn(row), fleet.cpuTotal[row] ?? 0);
    const memory = freePart((proposal.memoryUsed[row] ?? 0) + fit.memory, fleet.memoryTotal[row] ?? 0);
    const score = fitScore(this.#options.algorithm, cpu, memory);
    return this.#newCounts().metric({
      scores: [{ NodeID: node.ID, Scores: { binpack: score }, NormScore: score }],
    });
  }

  #stackOf(group: TaskGroup): GroupStack {
    let stack = this.#stacks.get(group.Name);
    if (!stack) {
      const { placer, job } = this.#options;
      const counts = this.#countsOf(group);
      stack = {
        fit: placer.fitFor(job, group),
        filter: placer.eligibility.filterFor(
          { version: job.Version, group: group.Name },
          groupChecks(job, group),
        ),
        counts,
      };
      this.#stacks.set(group.Name, stack);
    }
    return stack;
  }

  #countsOf(group: TaskGroup): JobCounts {
    const { placer, job, jobAllocs } = this.#options;
    const { fleet, proposal } = placer;
    const counts = new JobCounts(job, group, fleet.length);
    const count = (row: number, alloc: Allocation, change: 1 | -1): void =>
      counts.count(alloc, { row, node: fleet.rows[row]?.node }, change);
    for (const alloc of jobAllocs) {
      const row = fleet.rowOf(alloc.NodeID);
      if (row !== undefined && !proposal.isStopped(alloc)) count(row, alloc, 1);
    }
    for (const [row, alloc] of proposal.placed()) count(row, alloc, 1);
    proposal.listen({ changed: count });
    return counts;
  }
}

function propertyRefusal(counts: JobCounts, node: Node): string | undefined {
  if (!counts.hasProperties) return undefined;
  const values = counts.valuesOf(node);
  const missing = counts.missingProperty(values);
  return missing === undefined ? counts.propertyRefusal(values) : missingProperty(missing);
}

/** Sum of two refusals of one group. */
export function mergeMetrics(a: AllocMetric | undefined, b: AllocMetric): AllocMetric {
  if (!a) return b;
  return {
    ...a,
    NodesEvaluated: a.NodesEvaluated + b.NodesEvaluated,
    NodesFiltered: a.NodesFiltered + b.NodesFiltered,
    ClassFiltered: addCounts(a.ClassFiltered, b.ClassFiltered),
    ConstraintFiltered: addCounts(a.ConstraintFiltered, b.ConstraintFiltered),
    NodesExhausted: a.NodesExhausted + b.NodesExhausted,
    ClassExhausted: addCounts(a.ClassExhausted, b.ClassExhausted),
    DimensionExhausted: addCounts(a.DimensionExhausted, b.DimensionExhausted),
  };
}

type Counts = Readonly<Record<string, number>> | null;

function addCounts(a: Counts, b: Counts): Counts {
  if (!a || !b) return a ?? b;
  const sum: Record<string, number> = { ...a };
  for (const [key, count] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}
