// SPDX-License-Identifier: MPL-2.0
// Which allocations leave draining nodes now. Pure.
//
//   service        as many at a time as the group's migrate block allows, counted over all nodes
//   batch          left to end by themselves until the deadline
//   system, sysbatch   when everything else is gone; left alone with IgnoreSystemJobs
//   deadline passed (or forced)   everything that is left, at once

import type { Allocation, DrainStrategy, Job, TaskGroup } from '@serai/api';
import { findTaskGroup, isClientTerminal, isServerTerminal, isSystemLike, isTerminal } from '#model';
import type { StateReader } from '#state';

export interface DrainedNode {
  readonly nodeId: string;
  readonly deadlineReached: boolean;
}

export interface DrainPlan {
  /** to be marked for migration now */
  readonly migrate: readonly Allocation[];
  /** nodes on which nothing is left that the drain is about */
  readonly complete: readonly DrainedNode[];
  /** Unix milliseconds of the next deadline; undefined: only a commit can change anything */
  readonly wakeAtMs: number | undefined;
}

/** `nodeIds`: nodes that may be draining. */
export function planDrains(state: StateReader, nodeIds: Iterable<string>, nowMs: number): DrainPlan {
  const plan = new Planner(state, nowMs);
  for (const nodeId of nodeIds) plan.addNode(nodeId);
  return plan.finish();
}

/** Unix milliseconds; Infinity: none. In the past for a forced drain. */
export function drainDeadlineMs(drain: DrainStrategy): number {
  if (drain.Deadline < 0) return Number.NEGATIVE_INFINITY;
  const deadlineMs = Date.parse(drain.ForceDeadline);
  return drain.Deadline > 0 && deadlineMs > 0 ? deadlineMs : Number.POSITIVE_INFINITY;
}

class Planner {
  readonly #state: StateReader;
  readonly #nowMs: number;
  readonly #migrate = new Map<string, Allocation>();
  readonly #complete: DrainedNode[] = [];
  /** allocations of services on draining nodes, by job and group */
  readonly #services = new Map<string, Allocation[]>();
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(state: StateReader, nowMs: number) {
    this.#state = state;
    this.#nowMs = nowMs;
  }

  addNode(nodeId: string): void {
    const drain = this.#state.node(nodeId)?.DrainStrategy;
    if (!drain) return;
    const deadlineMs = drainDeadlineMs(drain);
    const deadlineReached = deadlineMs <= this.#nowMs;
    const left = this.#state.allocsByNode(nodeId).filter((alloc) => !isClientTerminal(alloc));
    const system = drain.IgnoreSystemJobs ? [] : left.filter(isOfSystemJob);
    const others = left.filter((alloc) => !isOfSystemJob(alloc));
    if (others.length + system.length === 0) {
      this.#complete.push({ nodeId, deadlineReached });
      return;
    }
    if (deadlineReached) {
      this.#move([...others, ...system]);
      return;
    }
    this.#wakeAtMs = Math.min(this.#wakeAtMs, deadlineMs);
    if (others.length === 0) this.#move(system);
    for (const alloc of others) if (alloc.Job?.Type === 'service') this.#addService(alloc);
  }

  finish(): DrainPlan {
    for (const allocs of this.#services.values()) this.#moveWithinLimit(allocs);
    return {
      migrate: [...this.#migrate.values()],
      complete: this.#complete,
      wakeAtMs: Number.isFinite(this.#wakeAtMs) ? this.#wakeAtMs : undefined,
    };
  }

  #addService(alloc: Allocation): void {
    const key = `${alloc.Namespace}\u0000${alloc.JobID}\u0000${alloc.TaskGroup}`;
    const allocs = this.#services.get(key);
    if (allocs) allocs.push(alloc);
    else this.#services.set(key, [alloc]);
  }

  /** What is stopped or moving already stays as it is. */
  #move(allocs: readonly Allocation[]): void {
    for (const alloc of allocs) if (isMovable(alloc)) this.#migrate.set(alloc.ID, alloc);
  }

  /** `onNodes`: allocations of one group on draining nodes. */
  #moveWithinLimit(onNodes: readonly Allocation[]): void {
    const [first] = onNodes;
    const job = first && this.#state.job(first.Namespace, first.JobID);
    const group = first && findTaskGroup(job, first.TaskGroup);
    // A job or group that is gone is stopped anyway.
    if (!job || job.Stop || !group) return;
    const movable = onNodes.filter(isMovable);
    // What is not healthy serves nobody: moving it takes nothing away.
    const broken = movable.filter((alloc) => alloc.DeploymentStatus?.Healthy === false);
    this.#move(broken);
    const working = movable.filter((alloc) => alloc.DeploymentStatus?.Healthy !== false);
    const spare = this.#healthyCount(job, group) - (group.Count - (group.Migrate?.MaxParallel ?? 1));
    this.#move(working.slice(0, Math.max(0, spare)));
  }

  /** Healthy allocations of the group, on all nodes, that stay where they are. */
  #healthyCount(job: Job, group: TaskGroup): number {
    const allocs = this.#state.allocsByJob(job.Namespace, job.ID);
    return allocs.filter(
      (alloc) =>
        alloc.TaskGroup === group.Name &&
        alloc.Job?.CreateIndex === job.CreateIndex &&
        !isTerminal(alloc) &&
        !this.#isMoving(alloc) &&
        isHealthy(alloc, group),
    ).length;
  }

  #isMoving(alloc: Allocation): boolean {
    return alloc.DesiredTransition.Migrate === true || this.#migrate.has(alloc.ID);
  }
}

function isOfSystemJob(alloc: Allocation): boolean {
  return isSystemLike(alloc.Job?.Type ?? '');
}

function isMovable(alloc: Allocation): boolean {
  return !isServerTerminal(alloc) && alloc.DesiredTransition.Migrate !== true;
}

/** Clients tell the health of groups with a migrate block; for others running has to do. */
function isHealthy(alloc: Allocation, group: TaskGroup): boolean {
  const healthy = alloc.DeploymentStatus?.Healthy ?? null;
  if (healthy !== null) return healthy;
  return !isWatched(group) && alloc.ClientStatus === 'running';
}

function isWatched(group: TaskGroup): boolean {
  return group.Migrate !== null && group.Migrate.HealthCheck !== 'manual';
}
