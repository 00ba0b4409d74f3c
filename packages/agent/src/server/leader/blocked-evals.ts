// SPDX-License-Identifier: MPL-2.0
// Evaluations that wait for capacity. Each is remembered with the node classes it already failed on, so that a change on
// a node wakes only those that could gain from it. A job has at most one (system jobs: one per node); an older one is
// handed back as duplicate.

import type { Evaluation } from '@serai/api';

export interface BlockedStats {
  readonly blocked: number;
  readonly escaped: number;
}

/** Classes whose last gain of capacity is remembered. More: fewer needless tries on clusters of many classes. */
export const maxRememberedClasses = 4_096;

/** Made when plans were refused again and again: nothing is missing, so no capacity will wake it. */
const conflictTrigger = 'max-plan-attempts';

export class BlockedEvals {
  #enabled = false;
  readonly #byId = new Map<string, Evaluation>();
  /** namespace + job + node → evaluation id */
  readonly #byJob = new Map<string, string>();
  /** system and sysbatch evaluations by the node they wait for */
  readonly #byNode = new Map<string, Set<string>>();
  /** class → index at which it last gained capacity; closes the gap between snapshot and block. Oldest first. */
  readonly #classIndex = new Map<string, number>();
  /** newest index of the classes that were forgotten: up to it any class may have gained */
  #forgottenIndex = 0;
  #anyIndex = 0;
  readonly #onUnblock: (evaluations: readonly Evaluation[]) => void;
  #duplicates: Evaluation[] = [];

  /** `onUnblock` gets evaluations that should be tried again now. */
  constructor(onUnblock: (evaluations: readonly Evaluation[]) => void) {
    this.#onUnblock = onUnblock;
  }

  /** Turning it off forgets everything, indexes too: after a restore they would be from another history. */
  setEnabled(enabled: boolean): void {
    this.#enabled = enabled;
    if (enabled) return;
    for (const store of [this.#byId, this.#byJob, this.#byNode, this.#classIndex]) store.clear();
    this.#forgottenIndex = 0;
    this.#anyIndex = 0;
    this.#duplicates = [];
  }

  /** Takes a blocked evaluation. When capacity changed after its snapshot it goes straight back. */
  block(evaluation: Evaluation): void {
    if (!this.#enabled || this.#byId.has(evaluation.ID)) return;
    this.#replaceOlder(evaluation);
    if (this.#missedUnblock(evaluation)) {
      this.#onUnblock([evaluation]);
      return;
    }
    this.#byJob.set(waitKey(evaluation), evaluation.ID);
    if (evaluation.NodeID !== '') this.#index(evaluation.NodeID, evaluation.ID);
    this.#byId.set(evaluation.ID, evaluation);
  }

  /** A node of this class gained capacity at this index. */
  unblock(computedClass: string, index: number): void {
    if (!this.#enabled) return;
    this.#remember(computedClass, index);
    this.#release((evaluation) => evaluation.NodeID === '' && mayFit(evaluation, computedClass));
  }

  /** This node changed: wakes system evaluations that wait for it. */
  unblockNode(nodeId: string): void {
    const ids = this.#byNode.get(nodeId);
    if (!this.#enabled || !ids) return;
    this.#release((evaluation) => ids.has(evaluation.ID));
  }

  /** Quotas, scheduler configuration or pools changed, or a new leader took over: all of them get another try. */
  unblockAll(index: number): void {
    if (!this.#enabled) return;
    this.#anyIndex = index;
    this.#forgottenIndex = index;
    this.#release(() => true);
  }

  /** Those whose plans were refused: only another try can tell. Call it now and then. */
  unblockConflicts(): void {
    if (!this.#enabled) return;
    this.#release((evaluation) => evaluation.TriggeredBy === conflictTrigger);
  }

  /** The job was stopped, purged or evaluated again: what waited for it is void. */
  untrack(namespace: string, jobId: string): void {
    for (const evaluation of [...this.#byId.values()]) {
      if (evaluation.Namespace === namespace && evaluation.JobID === jobId) this.#forget(evaluation);
    }
  }

  /** The evaluation is over, whatever it waited for. */
  remove(evalId: string): void {
    const evaluation = this.#byId.get(evalId);
    if (evaluation) this.#forget(evaluation);
  }

  has(evalId: string): boolean {
    return this.#byId.has(evalId);
  }

  /** Evaluations that a newer one of the same job replaced: the leader cancels them in state. */
  takeDuplicates(): Evaluation[] {
    return this.#duplicates.splice(0);
  }

  stats(): BlockedStats {
    let escaped = 0;
    for (const evaluation of this.#byId.values()) if (evaluation.EscapedComputedClass) escaped += 1;
    return { blocked: this.#byId.size, escaped };
  }

  #missedUnblock(evaluation: Evaluation): boolean {
    const seen = evaluation.SnapshotIndex;
    if (evaluation.EscapedComputedClass || evaluation.NodeID !== '') return this.#anyIndex > seen;
    if (this.#forgottenIndex > seen) return true;
    for (const [computedClass, index] of this.#classIndex) {
      if (index > seen && mayFit(evaluation, computedClass)) return true;
    }
    return false;
  }

  #remember(computedClass: string, index: number): void {
    this.#classIndex.delete(computedClass);
    this.#classIndex.set(computedClass, index);
    this.#anyIndex = index;
    if (this.#classIndex.size <= maxRememberedClasses) return;
    const [oldest] = this.#classIndex;
    if (!oldest) return;
    this.#classIndex.delete(oldest[0]);
    this.#forgottenIndex = Math.max(this.#forgottenIndex, oldest[1]);
  }

  #replaceOlder(evaluation: Evaluation): void {
    const other = this.#byId.get(this.#byJob.get(waitKey(evaluation)) ?? '');
    if (!other) return;
    this.#forget(other);
    this.#duplicates.push(other);
  }

  #release(matches: (evaluation: Evaluation) => boolean): void {
    const released = [...this.#byId.values()].filter(matches);
    if (released.length === 0) return;
    for (const evaluation of released) this.#forget(evaluation);
    this.#onUnblock(released);
  }

  #forget(evaluation: Evaluation): void {
    this.#byId.delete(evaluation.ID);
    const key = waitKey(evaluation);
    if (this.#byJob.get(key) === evaluation.ID) this.#byJob.delete(key);
    const ids = this.#byNode.get(evaluation.NodeID);
    ids?.delete(evaluation.ID);
    if (ids?.size === 0) this.#byNode.delete(evaluation.NodeID);
  }

  #index(nodeId: string, id: string): void {
    const ids = this.#byNode.get(nodeId);
    if (ids) ids.add(id);
    else this.#byNode.set(nodeId, new Set([id]));
  }
}

/** A class the evaluation never saw, or saw as eligible, may have room; one it found ineligible has none. */
function mayFit(evaluation: Evaluation, computedClass: string): boolean {
  if (evaluation.EscapedComputedClass) return true;
  return evaluation.ClassEligibility?.[computedClass] ?? true;
}

function waitKey(evaluation: Evaluation): string {
  return `${evaluation.Namespace}\u0000${evaluation.JobID}\u0000${evaluation.NodeID}`;
}
