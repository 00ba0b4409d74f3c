// SPDX-License-Identifier: MPL-2.0
// System and sysbatch jobs: one allocation of each group on every node that will do.

import type { Allocation, AllocMetric, DesiredUpdates, Job, Node, TaskGroup } from '@serai/api';
import { clientStatus, tasksUpdated } from '#model';
import { stoppedAllocation } from '../alloc-rows.ts';
import {
  type AttemptInput,
  type AttemptRun,
  Failures,
  placementsPerBreath,
  updatedInPlace,
} from '../attempt.ts';
import { type Breather, breather } from '../contract.ts';
import { evalStatus } from '../evaluations.ts';
import { matchesAnyGlob } from '../feasible/glob.ts';
import { allPools } from '../place/candidates.ts';
import { Placer } from '../place/placer.ts';
import { settingsFor } from '../place/settings.ts';
import { PlanBuilder } from '../plan-builder.ts';
import { DesiredCounts, stopReason } from '../reconcile/result.ts';
import { taintedNodes } from '../reconcile/taint.ts';
import { mergeMetrics, NodePlacer } from './node-placer.ts';
import { diffSystem, type SystemDiff, type SystemPlacement } from './system-diff.ts';

export function attemptSystem(input: AttemptInput): AttemptRun {
  return new SystemAttempt(input).run();
}

class SystemAttempt {
  readonly #input: AttemptInput;
  readonly #job: Job | undefined;
  readonly #allocs: readonly Allocation[];
  readonly #builder = new PlanBuilder();
  readonly #failures = new Failures();
  readonly #queued = new Map<string, number>();
  readonly #counts = new Map<string, DesiredCounts>();
  readonly #placer: Placer;
  readonly #filtered = new Map<string, AllocMetric>();
  readonly #hasPlaced = new Set<string>();
  readonly #blockedNodes = new Set<string>();
  readonly #nowNs: number;

  constructor(input: AttemptInput) {
    const { state, evaluation, deps } = input;
    this.#input = input;
    this.#job = state.job(evaluation.Namespace, evaluation.JobID);
    this.#allocs = state.allocsByJob(evaluation.Namespace, evaluation.JobID);
    this.#nowNs = deps.nowNs();
    this.#placer = new Placer({ state, deps, evalId: evaluation.ID, jobAllocs: this.#allocs });
  }

  *run(): AttemptRun {
    const { evaluation, state } = this.#input;
    const diff = this.#diff();
    for (const group of this.#job?.TaskGroups ?? []) this.#queued.set(group.Name, 0);
    this.#stopAll(diff);
    const staggerNs = this.#updateAll(diff);
    yield* this.#placeAll(diff.place);
    this.#reportFiltered(diff);
    if (evaluation.AnnotatePlan) {
      const desired: Record<string, DesiredUpdates> = {};
      for (const [group, counts] of this.#counts) desired[group] = counts.toApi();
      this.#builder.annotations = { DesiredTGUpdates: desired, PreemptedAllocs: null };
    }
    return {
      job: this.#job,
      plan: this.#builder.build(evaluation, this.#job, state.index),
      failed: this.#failures.byGroup,
      queued: this.#queued,
      classes: this.#placer.eligibility.classes(),
      escaped: this.#placer.eligibility.escaped,
      deploymentId: undefined,
      blockedNodes: [...this.#blockedNodes],
      staggerNs,
    };
  }

  #diff(): SystemDiff {
    const { state } = this.#input;
    const job = this.#job;
    const rows = job && !job.Stop ? this.#placer.candidatesOf(job).rows : [];
    const eligible = rows.flatMap((row) => this.#placer.fleet.rows[row]?.node ?? []);
    const diff = diffSystem({
      job,
      allocs: this.#allocs,
      eligible,
      tainted: taintedNodes(state, this.#allocs),
      isStandby: (nodeId) => {
        const node = state.node(nodeId);
        return node !== undefined && job !== undefined && belongsTo(job, node);
      },
    });
    for (const alloc of diff.ignore) this.#countsOf(alloc.TaskGroup).ignore++;
    const { evaluation } = this.#input;
    if (evaluation.Status !== evalStatus.blocked || evaluation.NodeID === '') return diff;
    // it waited for one node: other full nodes have evaluations of their own
    return { ...diff, place: diff.place.filter((item) => item.nodeId === evaluation.NodeID) };
  }

  #countsOf(group: string): DesiredCounts {
    let counts = this.#counts.get(group);
    if (!counts) {
      counts = new DesiredCounts();
      this.#counts.set(group, counts);
    }
    return counts;
  }

  #stop(alloc: Allocation, description: string, status?: string): void {
    this.#placer.proposal.stop(alloc);
    this.#builder.stop(stoppedAllocation(alloc, { description, clientStatus: status, nowNs: this.#nowNs }));
  }

  #stopAll(diff: SystemDiff): void {
    for (const { alloc, description } of diff.stop) {
      this.#stop(alloc, description);
      this.#countsOf(alloc.TaskGroup).stop++;
    }
    for (const alloc of diff.migrate) {
      this.#stop(alloc, stopReason.nodeTainted);
      this.#countsOf(alloc.TaskGroup).migrate++;
    }
    for (const alloc of diff.lost) {
      this.#stop(alloc, stopReason.lost, clientStatus.lost);
      this.#countsOf(alloc.TaskGroup).stop++;
    }
  }

  /** Nanoseconds until the next step when not all may be replaced now. */
  #updateAll(diff: SystemDiff): number | undefined {
    const job = this.#job;
    if (!job) return undefined;
    const replace: { alloc: Allocation; group: TaskGroup }[] = [];
    for (const item of diff.update) {
      const { alloc, group } = item;
      if (this.#isDestructive(alloc, job, group)) replace.push(item);
      else {
        const { evaluation } = this.#input;
        const options = { job, evalId: evaluation.ID, deploymentId: undefined, nowNs: this.#nowNs };
        this.#builder.allocate(updatedInPlace(alloc, options));
        this.#countsOf(group.Name).inplace++;
      }
    }
    const rolling = rollingOf(job);
    const now = rolling ? replace.slice(0, rolling.parallel) : replace;
    for (const { alloc, group } of now) {
      this.#stop(alloc, stopReason.updating);
      this.#countsOf(group.Name).destructive++;
      diff.place.push({ name: alloc.Name, group, nodeId: alloc.NodeID, previous: alloc, isUpdate: true });
    }
    for (const { group } of replace.slice(now.length)) this.#countsOf(group.Name).ignore++;
    return rolling && now.length < replace.length ? rolling.staggerNs : undefined;
  }

  #isDestructive(alloc: Allocation, job: Job, group: TaskGroup): boolean {
    if (!alloc.Job || tasksUpdated(job, alloc.Job, group.Name)) return true;
    const node = this.#input.state.node(alloc.NodeID);
    return !node || this.#placer.refuse(node, job, group) !== undefined;
  }

  *#placeAll(placements: readonly SystemPlacement[]): Generator<Breather, void, unknown> {
    const { state, deps, evaluation } = this.#input;
    const job = this.#job;
    if (!job || placements.length === 0) return;
    const placer = new NodePlacer({
      placer: this.#placer,
      deps,
      job,
      evalId: evaluation.ID,
      algorithm: settingsFor(state, job).algorithm,
      jobAllocs: this.#allocs,
    });
    let sinceBreath = 0;
    for (const placement of placements) {
      const node = state.node(placement.nodeId);
      if (node) this.#place(placer, placement, node);
      if (++sinceBreath % placementsPerBreath === 0) yield breather;
    }
  }

  #place(placer: NodePlacer, placement: SystemPlacement, node: Node): void {
    const { group } = placement;
    const outcome = placer.place({ ...placement, node });
    if (outcome.kind === 'filtered') {
      const metric = mergeMetrics(this.#filtered.get(group.Name), placer.metric(node, outcome));
      this.#filtered.set(group.Name, metric);
      return;
    }
    this.#queued.set(group.Name, (this.#queued.get(group.Name) ?? 0) + 1);
    if (!placement.isUpdate) this.#countsOf(group.Name).place++;
    if (outcome.kind === 'placed') {
      this.#hasPlaced.add(group.Name);
      this.#builder.allocate(outcome.alloc);
      return;
    }
    this.#blockedNodes.add(node.ID);
    if (this.#failures.has(group)) this.#failures.coalesce(group);
    else this.#failures.add(group, placer.metric(node, outcome));
  }

  /** A group that no node will ever take is a failure; a node that is simply not meant is none. */
  #reportFiltered(diff: SystemDiff): void {
    const running = new Set(
      [...diff.ignore, ...diff.update.map((item) => item.alloc)].map((a) => a.TaskGroup),
    );
    for (const group of this.#job?.TaskGroups ?? []) {
      const metric = this.#filtered.get(group.Name);
      if (!metric || this.#hasPlaced.has(group.Name) || running.has(group.Name)) continue;
      if (!this.#failures.has(group)) this.#failures.add(group, metric);
    }
  }
}

/** In the job's pool and datacenters, ready or not. */
function belongsTo(job: Job, node: Node): boolean {
  const inPool = job.NodePool === allPools || job.NodePool === '' || job.NodePool === node.NodePool;
  return inPool && matchesAnyGlob(job.Datacenters, node.Datacenter);
}

/** Steps in which a new version is rolled out; undefined: all at once. */
function rollingOf(job: Job): { readonly parallel: number; readonly staggerNs: number } | undefined {
  const update =
    job.Update.MaxParallel > 0 ? job.Update : job.TaskGroups?.find((group) => group.Update)?.Update;
  if (!update || update.MaxParallel <= 0 || update.Stagger <= 0) return undefined;
  return { parallel: update.MaxParallel, staggerNs: update.Stagger };
}
