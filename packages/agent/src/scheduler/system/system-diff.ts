// SPDX-License-Identifier: MPL-2.0
// System and sysbatch jobs: what each node should run and what it runs.

import type { Allocation, Job, Node, TaskGroup } from '@serai/api';
import { allocName, clientStatus, isServerTerminal, isTerminal } from '#model';
import { stopReason } from '../reconcile/result.ts';
import type { TaintedNodes } from '../reconcile/taint.ts';

export interface SystemPlacement {
  readonly name: string;
  readonly group: TaskGroup;
  readonly nodeId: string;
  /** ended on the same node */
  readonly previous: Allocation | undefined;
  /** counted as an update, not as a placement */
  readonly isUpdate?: boolean;
}

export interface SystemStop {
  readonly alloc: Allocation;
  readonly description: string;
  readonly clientStatus?: string;
}

export interface SystemDiff {
  readonly place: SystemPlacement[];
  /** other version of the job: to be updated in place or replaced */
  readonly update: { readonly alloc: Allocation; readonly group: TaskGroup }[];
  readonly stop: SystemStop[];
  readonly migrate: Allocation[];
  readonly lost: Allocation[];
  readonly ignore: Allocation[];
}

export interface SystemDiffInput {
  /** undefined or stopped: nothing is wanted */
  readonly job: Job | undefined;
  readonly allocs: readonly Allocation[];
  /** nodes that may receive allocations */
  readonly eligible: readonly Node[];
  /** of the job's pool and datacenters but not ready: what runs there is left alone */
  readonly isStandby: (nodeId: string) => boolean;
  readonly tainted: TaintedNodes;
}

export function diffSystem(input: SystemDiffInput): SystemDiff {
  const diff: SystemDiff = { place: [], update: [], stop: [], migrate: [], lost: [], ignore: [] };
  const wanted = wantedGroups(input.job);
  const eligible = new Set(input.eligible.map((node) => node.ID));
  const present = new PresentAllocs();
  for (const alloc of input.allocs) {
    const group = wanted.get(alloc.Name);
    if (isTerminal(alloc)) {
      present.ended(alloc);
      if (group && isDone(alloc, input.job)) present.running(alloc);
      diff.ignore.push(alloc);
      continue;
    }
    sortRunning({ alloc, group, input, eligible, diff });
    present.running(alloc);
  }
  for (const node of input.eligible) {
    for (const [name, group] of wanted) {
      if (present.isRunning(node.ID, name) || input.tainted.has(node.ID)) continue;
      diff.place.push({ name, group, nodeId: node.ID, previous: present.lastEnded(node.ID, name) });
    }
  }
  return diff;
}

/** Names and groups that every node should run. */
function wantedGroups(job: Job | undefined): Map<string, TaskGroup> {
  const wanted = new Map<string, TaskGroup>();
  if (!job || job.Stop) return wanted;
  for (const group of job.TaskGroups ?? []) {
    for (let index = 0; index < group.Count; index++) wanted.set(allocName(job.ID, group.Name, index), group);
  }
  return wanted;
}

/** A sysbatch allocation that ended by itself is not run again by the same version. A failed one neither. */
function isDone(alloc: Allocation, job: Job | undefined): boolean {
  if (job?.Type !== 'sysbatch' || isServerTerminal(alloc)) return false;
  const ended = alloc.ClientStatus === clientStatus.complete || alloc.ClientStatus === clientStatus.failed;
  return ended && alloc.Job?.Version === job.Version && alloc.Job.CreateIndex === job.CreateIndex;
}

function sortRunning(from: {
  readonly alloc: Allocation;
  readonly group: TaskGroup | undefined;
  readonly input: SystemDiffInput;
  readonly eligible: ReadonlySet<string>;
  readonly diff: SystemDiff;
}): void {
  const { alloc, group, input, eligible, diff } = from;
  const node = input.tainted.get(alloc.NodeID);
  if (node === null || node?.Status === 'down') {
    diff.lost.push(alloc);
    return;
  }
  if (!group) {
    diff.stop.push({ alloc, description: stopReason.notNeeded });
    return;
  }
  if (alloc.DesiredTransition.Migrate) {
    diff.migrate.push(alloc);
    return;
  }
  if (node !== undefined) {
    // draining or disconnected: the drainer or the client's return decides
    diff.ignore.push(alloc);
    return;
  }
  if (!eligible.has(alloc.NodeID)) {
    if (input.isStandby(alloc.NodeID)) diff.ignore.push(alloc);
    else diff.stop.push({ alloc, description: stopReason.notNeeded });
    return;
  }
  const { job } = input;
  const current =
    alloc.Job?.JobModifyIndex === job?.JobModifyIndex && alloc.Job?.CreateIndex === job?.CreateIndex;
  if (current) diff.ignore.push(alloc);
  else diff.update.push({ alloc, group });
}

/** What runs or ran where, by node and name. */
class PresentAllocs {
  readonly #running = new Set<string>();
  readonly #ended = new Map<string, Allocation>();

  running(alloc: Allocation): void {
    this.#running.add(`${alloc.NodeID} ${alloc.Name}`);
  }
  isRunning(nodeId: string, name: string): boolean {
    return this.#running.has(`${nodeId} ${name}`);
  }
  ended(alloc: Allocation): void {
    const key = `${alloc.NodeID} ${alloc.Name}`;
    const before = this.#ended.get(key);
    if (!before || before.CreateIndex < alloc.CreateIndex) this.#ended.set(key, alloc);
  }
  lastEnded(nodeId: string, name: string): Allocation | undefined {
    return this.#ended.get(`${nodeId} ${name}`);
  }
}
