// SPDX-License-Identifier: MPL-2.0
// Service and batch jobs.

import type { Allocation, Job, TaskGroup } from '@serai/api';
import { isTerminal, tasksUpdated } from '#model';
import { newCanary, stoppedAllocation } from './alloc-rows.ts';
import {
  type AttemptInput,
  type AttemptRun,
  Failures,
  placementsPerBreath,
  updatedInPlace,
} from './attempt.ts';
import { type Breather, breather } from './contract.ts';
import { matchesAnyGlob } from './feasible/glob.ts';
import { allPools } from './place/candidates.ts';
import { Placer } from './place/placer.ts';
import { PlanBuilder } from './plan-builder.ts';
import { reconcile, type UpdateVerdict } from './reconcile/reconciler.ts';
import { nextRescheduleTracker } from './reconcile/reschedule.ts';
import type { Placement, Reconciled } from './reconcile/result.ts';
import { taintedNodes } from './reconcile/taint.ts';

export function attemptGeneric(input: AttemptInput): AttemptRun {
  return new GenericAttempt(input).run();
}

class GenericAttempt {
  readonly #input: AttemptInput;
  readonly #job: Job | undefined;
  readonly #allocs: readonly Allocation[];
  readonly #builder = new PlanBuilder();
  readonly #failures = new Failures();
  readonly #queued = new Map<string, number>();
  readonly #nowNs: number;
  #placer: Placer | undefined;

  constructor(input: AttemptInput) {
    const { state, evaluation, deps } = input;
    this.#input = input;
    this.#job = state.job(evaluation.Namespace, evaluation.JobID);
    this.#allocs = state.allocsByJob(evaluation.Namespace, evaluation.JobID);
    this.#nowNs = deps.nowNs();
  }

  *run(): AttemptRun {
    const { evaluation, state, deps } = this.#input;
    const wanted = reconcile({
      evaluation,
      job: this.#job,
      allocs: this.#allocs,
      tainted: taintedNodes(state, this.#allocs),
      deployment: state.latestDeployment(evaluation.Namespace, evaluation.JobID),
      nowNs: this.#nowNs,
      newId: () => deps.random.uuid(),
      updateVerdict: (alloc, job, group) => this.#updateVerdict(alloc, job, group),
    });
    for (const group of this.#job?.TaskGroups ?? []) this.#queued.set(group.Name, 0);
    this.#write(wanted);
    yield* this.#placeAll(wanted);
    if (evaluation.AnnotatePlan)
      this.#builder.annotations = { DesiredTGUpdates: wanted.desired, PreemptedAllocs: null };
    const eligibility = this.#placer?.eligibility;
    return {
      job: this.#job,
      plan: this.#builder.build(evaluation, this.#job, state.index),
      failed: this.#failures.byGroup,
      queued: this.#queued,
      classes: eligibility?.classes() ?? null,
      escaped: eligibility?.escaped ?? false,
      deploymentId: wanted.activeDeploymentId,
      blockedNodes: [],
      staggerNs: undefined,
    };
  }

  /** Made when a node is needed: most evaluations of a healthy job need none. */
  get #placing(): Placer {
    const { state, deps, evaluation } = this.#input;
    this.#placer ??= new Placer({ state, deps, evalId: evaluation.ID, jobAllocs: this.#allocs });
    return this.#placer;
  }

  #write(wanted: Reconciled): void {
    const { evaluation } = this.#input;
    for (const stop of wanted.stop) {
      this.#builder.stop(
        stoppedAllocation(stop.alloc, {
          description: stop.description,
          clientStatus: stop.clientStatus,
          followupEvalId: stop.followupEvalId,
          nowNs: this.#nowNs,
        }),
      );
    }
    for (const alloc of wanted.inplace) {
      if (!this.#job) continue;
      this.#builder.allocate(
        updatedInPlace(alloc, {
          job: this.#job,
          evalId: evaluation.ID,
          deploymentId: wanted.activeDeploymentId,
          nowNs: this.#nowNs,
        }),
      );
    }
    for (const alloc of wanted.notes) this.#builder.allocate(alloc);
    for (const update of wanted.deploymentUpdates) this.#builder.updateDeployment(update);
    for (const followup of wanted.followups) this.#builder.followUp(followup);
    this.#builder.deployment = wanted.deployment ?? null;
  }

  /** Replacements of running allocations first: they free what they take. */
  *#placeAll(wanted: Reconciled): Generator<Breather, void, unknown> {
    if (wanted.place.length === 0) return;
    for (const stop of wanted.stop) this.#placing.proposal.stop(stop.alloc);
    const replacing = wanted.place.filter((placement) => placement.stopPrevious !== undefined);
    const adding = wanted.place.filter((placement) => placement.stopPrevious === undefined);
    let sinceBreath = 0;
    for (const placement of [...replacing, ...adding]) {
      this.#place(placement, wanted.activeDeploymentId);
      if (++sinceBreath % placementsPerBreath === 0) yield breather;
    }
  }

  #place(placement: Placement, deploymentId: string | undefined): void {
    const { group, previous } = placement;
    const job = placement.job ?? this.#job;
    if (!job) return;
    this.#queued.set(group.Name, (this.#queued.get(group.Name) ?? 0) + 1);
    if (this.#failures.has(group)) {
      this.#failures.coalesce(group);
      return;
    }
    const replaced = placement.stopPrevious === undefined ? undefined : previous;
    if (replaced) this.#placing.proposal.stop(replaced);
    const outcome = this.#placing.place({
      job,
      group,
      name: placement.name,
      penalty: placement.reschedule && previous ? avoidedNodes(previous) : [],
      preferredNode: group.EphemeralDisk?.Sticky ? previous?.NodeID : undefined,
      row: this.#rowOf(placement, deploymentId),
    });
    if (outcome.kind === 'failed') {
      if (replaced) this.#placing.proposal.keep(replaced);
      this.#failures.add(group, outcome.metric);
      return;
    }
    if (replaced) {
      const description = placement.stopPrevious ?? '';
      this.#builder.stop(stoppedAllocation(replaced, { description, nowNs: this.#nowNs }));
    }
    for (const evicted of outcome.evicted)
      this.#builder.preempt({ ...evicted, DesiredStatus: 'evict', PreemptedByAllocation: outcome.alloc.ID });
    this.#builder.allocate(outcome.alloc);
  }

  #rowOf(placement: Placement, deploymentId: string | undefined): Parameters<Placer['place']>[0]['row'] {
    const { previous } = placement;
    // an older version stays outside the deployment of the new one
    const joins = deploymentId !== undefined && placement.job === undefined;
    return {
      ...(joins ? { deploymentId } : {}),
      ...(joins && placement.canary ? { deploymentStatus: newCanary } : {}),
      ...(previous ? { previousId: previous.ID } : {}),
      ...(previous && placement.reschedule
        ? { rescheduleTracker: nextRescheduleTracker(previous, this.#nowNs) }
        : {}),
    };
  }

  #updateVerdict(alloc: Allocation, job: Job, group: TaskGroup): UpdateVerdict {
    if (alloc.Job?.JobModifyIndex === job.JobModifyIndex && alloc.Job.CreateIndex === job.CreateIndex)
      return { kind: 'ignore' };
    if (!alloc.Job || tasksUpdated(job, alloc.Job, group.Name)) return { kind: 'destructive' };
    if (isTerminal(alloc)) return { kind: 'ignore' };
    const node = this.#input.state.node(alloc.NodeID);
    if (!node || !matchesAnyGlob(job.Datacenters, node.Datacenter)) return { kind: 'destructive' };
    if (job.NodePool !== allPools && job.NodePool !== '' && node.NodePool !== job.NodePool)
      return { kind: 'destructive' };
    const refused = this.#placing.refuse(node, job, group);
    return refused === undefined ? { kind: 'inplace', alloc } : { kind: 'destructive' };
  }
}

/** Where it failed, now and before. */
function avoidedNodes(previous: Allocation): string[] {
  return [previous.NodeID, ...(previous.RescheduleTracker?.Events ?? []).map((event) => event.PrevNodeID)];
}
