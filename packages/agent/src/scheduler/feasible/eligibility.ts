// SPDX-License-Identifier: MPL-2.0
// What an evaluation learnt about computed classes: the cache of class-wide checks, and what a blocked evaluation
// waits for.

import type { Node } from '@serai/api';
import type { NodeCheck } from './constraint.ts';
import type { GroupChecks } from './group-checks.ts';

/** Reason for the nodes of a class after the first one was refused. */
export const classIneligible = 'computed class ineligible';

const unknown = 0;
const eligible = 1;
const ineligible = 2;

/** Class-wide results of one set of checks; classes are numbered by the fleet. */
class ClassResults {
  #results = new Uint8Array(64);
  get(classId: number): number {
    return this.#results[classId] ?? unknown;
  }
  set(classId: number, ok: boolean): void {
    if (classId >= this.#results.length) {
      const grown = new Uint8Array(Math.max(this.#results.length * 2, classId + 1));
      grown.set(this.#results);
      this.#results = grown;
    }
    this.#results[classId] = ok ? eligible : ineligible;
  }
}

interface GroupResults {
  readonly job: ClassResults;
  readonly group: ClassResults;
}

/** One per evaluation. */
export class Eligibility {
  readonly #jobs = new Map<number, ClassResults>();
  readonly #groups = new Map<string, GroupResults>();
  readonly #names = new Map<number, string>();
  #escaped = false;

  /** A filter for one group of one job version; the job's results are shared by all groups. */
  filterFor(of: { readonly version: number; readonly group: string }, checks: GroupChecks): NodeFilter {
    const key = `${of.version}/${of.group}`;
    const job = this.#jobs.get(of.version) ?? new ClassResults();
    this.#jobs.set(of.version, job);
    const results = this.#groups.get(key) ?? { job, group: new ClassResults() };
    this.#groups.set(key, results);
    if (checks.job.some(isUniqueCheck) || checks.group.some(isUniqueCheck)) this.#escaped = true;
    return new NodeFilter(checks, results, this.#names);
  }

  /** A constraint asked for something unique to a node: classes can't tell who is eligible. */
  get escaped(): boolean {
    return this.#escaped;
  }

  /** Classes seen, true when one of the groups could be placed on them; null when escaped. */
  classes(): Record<string, boolean> | null {
    if (this.#escaped) return null;
    const found: Record<string, boolean> = {};
    for (const [id, name] of this.#names) {
      found[name] = [...this.#groups.values()].some(
        (results) => results.job.get(id) !== ineligible && results.group.get(id) === eligible,
      );
    }
    return found;
  }
}

function isUniqueCheck(check: NodeCheck): boolean {
  return check.unique;
}

/** Runs the class-wide checks once per class and the rest on every node. */
export class NodeFilter {
  readonly #jobShared: readonly NodeCheck[];
  readonly #groupShared: readonly NodeCheck[];
  readonly #unique: readonly NodeCheck[];
  readonly #job: ClassResults;
  readonly #group: ClassResults;
  readonly #names: Map<number, string>;

  constructor(checks: GroupChecks, results: GroupResults, names: Map<number, string>) {
    this.#jobShared = checks.job.filter((check) => !check.unique);
    this.#groupShared = checks.group.filter((check) => !check.unique);
    this.#unique = [...checks.job, ...checks.group].filter((check) => check.unique);
    this.#job = results.job;
    this.#group = results.group;
    this.#names = names;
  }

  /** The reason for which the node is refused; undefined when it will do. */
  refuse(node: Node, classId: number): string | undefined {
    let state = this.#job.get(classId);
    if (state === unknown) {
      if (node.ComputedClass !== '') this.#names.set(classId, node.ComputedClass);
      const reason = firstRefusal(this.#jobShared, node);
      this.#job.set(classId, reason === undefined);
      if (reason !== undefined) return reason;
    } else if (state === ineligible) return classIneligible;
    state = this.#group.get(classId);
    if (state === unknown) {
      const reason = firstRefusal(this.#groupShared, node);
      this.#group.set(classId, reason === undefined);
      if (reason !== undefined) return reason;
    } else if (state === ineligible) return classIneligible;
    return this.#unique.length === 0 ? undefined : firstRefusal(this.#unique, node);
  }
}

function firstRefusal(checks: readonly NodeCheck[], node: Node): string | undefined {
  for (const check of checks) {
    const reason = check.refuse(node);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
