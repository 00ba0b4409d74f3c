// SPDX-License-Identifier: MPL-2.0
// Sharing of equal values while rows are loaded: a million parsed allocations repeat the ids of a few thousand nodes
// and the resources of a few groups. Rows that this process wrote share them by themselves.

import type { Allocation } from '@serai/api';

/** Distinct values remembered; more are not shared. */
const maxValues = 200_000;

/** Use one per load and drop it. */
export class Interner {
  readonly #texts = new Map<string, string>();
  readonly #objects = new Map<string, unknown>();

  /** The row was just parsed and nobody has seen it: it is changed in place. */
  alloc(alloc: Allocation): Allocation {
    return Object.assign(alloc, {
      Namespace: this.#text(alloc.Namespace),
      NodeID: this.#text(alloc.NodeID),
      NodeName: this.#text(alloc.NodeName),
      EvalID: this.#text(alloc.EvalID),
      JobID: this.#text(alloc.JobID),
      TaskGroup: this.#text(alloc.TaskGroup),
      DeploymentID: this.#text(alloc.DeploymentID),
      DesiredStatus: this.#text(alloc.DesiredStatus),
      ClientStatus: this.#text(alloc.ClientStatus),
      AllocatedResources: this.#object(alloc.AllocatedResources),
      Metrics: this.#object(alloc.Metrics),
      DesiredTransition: this.#object(alloc.DesiredTransition),
    });
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < maxValues) this.#texts.set(text, text);
    return text;
  }

  #object<T>(value: T): T {
    if (value === null) return value;
    const text = JSON.stringify(value);
    const known = this.#objects.get(text);
    if (known !== undefined) return known as T;
    if (this.#objects.size < maxValues) this.#objects.set(text, value);
    return value;
  }
}
