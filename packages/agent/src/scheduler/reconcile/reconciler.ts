// SPDX-License-Identifier: MPL-2.0
// Service and batch jobs: what has to be placed, stopped, updated or noted so that the allocations become what the job
// asks for. A function of its input; no node is chosen here.

import type { Allocation, Deployment, DesiredUpdates, Evaluation, Job, TaskGroup } from '@serai/api';
import { clientStatus, findTaskGroup, isTerminal } from '#model';
import { followUpEvaluation } from '../evaluations.ts';
import { DeploymentProgress } from './deployment-progress.ts';
import { reconcileGroup } from './group.ts';
import { DesiredCounts, type Placement, type Reconciled, type Stop, stopReason } from './result.ts';
import { sortByTaint, type TaintedNodes } from './taint.ts';

/** Follow-ups that fall due this close together (nanoseconds) share one evaluation. */
const followUpWindowNs = 5_000_000_000;

/** Whether a running allocation can take over the job's current version. */
export type UpdateVerdict =
  | { readonly kind: 'ignore' }
  | { readonly kind: 'destructive' }
  | { readonly kind: 'inplace'; readonly alloc: Allocation };

export interface ReconcileInput {
  readonly evaluation: Evaluation;
  /** undefined: purged */
  readonly job: Job | undefined;
  readonly allocs: readonly Allocation[];
  readonly tainted: TaintedNodes;
  readonly deployment: Deployment | undefined;
  readonly nowNs: number;
  readonly newId: () => string;
  readonly updateVerdict: (alloc: Allocation, job: Job, group: TaskGroup) => UpdateVerdict;
}

export function reconcile(input: ReconcileInput): Reconciled {
  const progress = new DeploymentProgress(input.deployment, input.job);
  const collected = new Collector(input, progress);
  const groups = allocsByGroup(input);
  if (!input.job || input.job.Stop) {
    for (const [name, allocs] of groups) collected.stopGroup(name, allocs);
    return collected.result();
  }
  let complete = true;
  for (const [name, allocs] of groups) {
    const group = findTaskGroup(input.job, name);
    if (group) complete = reconcileGroup({ input, job: input.job, group, allocs, collected }) && complete;
    else collected.stopGroup(name, allocs);
  }
  if (complete) progress.complete();
  return collected.result();
}

/** Groups of the job in order, then those that only have allocations left. */
function allocsByGroup(input: ReconcileInput): Map<string, Allocation[]> {
  const groups = new Map<string, Allocation[]>();
  if (input.job && !input.job.Stop)
    for (const group of input.job.TaskGroups ?? []) groups.set(group.Name, []);
  for (const alloc of input.allocs) {
    const list = groups.get(alloc.TaskGroup);
    if (list) list.push(alloc);
    else groups.set(alloc.TaskGroup, [alloc]);
  }
  return groups;
}

/** What the groups add up to. */
export class Collector {
  readonly progress: DeploymentProgress;
  readonly #input: ReconcileInput;
  readonly #place: Placement[] = [];
  readonly #stop: Stop[] = [];
  readonly #inplace: Allocation[] = [];
  readonly #notes: Allocation[] = [];
  readonly #followups: Evaluation[] = [];
  readonly #desired: Record<string, DesiredUpdates> = {};

  constructor(input: ReconcileInput, progress: DeploymentProgress) {
    this.#input = input;
    this.progress = progress;
  }

  place(placement: Placement): void {
    this.#place.push(placement);
  }
  stop(stop: Stop): void {
    this.#stop.push(stop);
  }
  update(alloc: Allocation): void {
    this.#inplace.push(alloc);
  }
  note(alloc: Allocation): void {
    this.#notes.push(alloc);
  }
  want(group: string, counts: DesiredCounts): void {
    this.#desired[group] = counts.toApi();
  }

  /** The group or the whole job is gone. */
  stopGroup(name: string, allocs: readonly Allocation[]): void {
    const counts = new DesiredCounts();
    const sets = sortByTaint(allocs, this.#input.tainted, this.#input.nowNs);
    const end = (alloc: Allocation, clientSide?: string): void => {
      if (isTerminal(alloc)) {
        counts.ignore++;
        return;
      }
      counts.stop++;
      const description = clientSide === undefined ? stopReason.notNeeded : stopReason.lost;
      this.stop({ alloc, description, ...(clientSide === undefined ? {} : { clientStatus: clientSide }) });
    };
    for (const alloc of [...sets.untainted, ...sets.migrate, ...sets.disconnecting, ...sets.reconnecting])
      end(alloc);
    for (const alloc of sets.ignore) end(alloc);
    for (const alloc of sets.lost) end(alloc, clientStatus.lost);
    this.want(name, counts);
  }

  /**
   * Evaluations that look at these allocations again when their time has come; gives each allocation the id of its
   * evaluation. Times close together share one.
   */
  followUps(
    items: readonly { readonly alloc: Allocation; readonly atNs: number }[],
    options: { readonly trigger: string; readonly description: string },
  ): Map<string, string> {
    const { job, evaluation, nowNs, newId } = this.#input;
    const idOf = new Map<string, string>();
    if (!job) return idOf;
    let open: { id: string; sinceNs: number } | undefined;
    for (const { alloc, atNs } of [...items].sort((a, b) => a.atNs - b.atNs)) {
      if (!open || atNs - open.sinceNs >= followUpWindowNs) {
        open = { id: newId(), sinceNs: atNs };
        this.#followups.push(
          followUpEvaluation(job, {
            ...options,
            id: open.id,
            waitUntilNs: atNs,
            previousEval: evaluation.ID,
            nowNs,
          }),
        );
      }
      idOf.set(alloc.ID, open.id);
    }
    return idOf;
  }

  result(): Reconciled {
    return {
      place: this.#place,
      stop: this.#stop,
      inplace: this.#inplace,
      notes: this.#notes,
      deployment: this.progress.result(),
      activeDeploymentId: this.progress.activeId,
      deploymentUpdates: this.progress.updates,
      followups: this.#followups,
      desired: this.#desired,
    };
  }
}
