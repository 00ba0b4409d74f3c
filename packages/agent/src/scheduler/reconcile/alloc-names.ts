// SPDX-License-Identifier: MPL-2.0
// Which indexes of a group's names are taken: `web.frontend[0]` … `web.frontend[count-1]`, lowest free first.

import type { Allocation } from '@serai/api';
import { allocIndex, allocName } from '#model';

export class AllocNames {
  readonly #jobId: string;
  readonly #group: string;
  readonly #count: number;
  readonly #taken = new Set<number>();

  constructor(options: { jobId: string; group: string; count: number }, allocs: Iterable<Allocation>) {
    this.#jobId = options.jobId;
    this.#group = options.group;
    this.#count = options.count;
    for (const alloc of allocs) this.take(alloc.Name);
  }

  take(name: string): void {
    const index = allocIndex(name);
    if (index >= 0) this.#taken.add(index);
  }

  free(name: string): void {
    this.#taken.delete(allocIndex(name));
  }

  /** The `n` highest taken names, which are then free: the ones to stop when the count shrinks. */
  highest(n: number): Set<string> {
    const indexes = [...this.#taken].sort((a, b) => b - a).slice(0, n);
    for (const index of indexes) this.#taken.delete(index);
    return new Set(indexes.map((index) => this.#name(index)));
  }

  /** `n` names to place, lowest free first; when all of the count are taken, from 0 again. */
  next(n: number): string[] {
    const names: string[] = [];
    for (let index = 0; index < this.#count && names.length < n; index++) {
      if (this.#taken.has(index)) continue;
      this.#taken.add(index);
      names.push(this.#name(index));
    }
    for (let index = 0; names.length < n; index++) names.push(this.#name(index % Math.max(1, this.#count)));
    return names;
  }

  /** Names for `n` canaries: those of allocations they will replace first, then free ones, then beyond the count. */
  nextCanaries(
    n: number,
    options: { existing: readonly Allocation[]; replaced: readonly Allocation[] },
  ): string[] {
    const used = new Set(options.existing.map((alloc) => alloc.Name));
    const names: string[] = [];
    const add = (index: number): void => {
      const name = this.#name(index);
      if (names.length >= n || used.has(name)) return;
      used.add(name);
      names.push(name);
      this.#taken.add(index);
    };
    const replaced = options.replaced.map((alloc) => allocIndex(alloc.Name)).sort((a, b) => a - b);
    for (const index of replaced) if (index >= 0 && index < this.#count) add(index);
    for (let index = 0; index < this.#count; index++) if (!this.#taken.has(index)) add(index);
    for (let index = this.#count; names.length < n; index++) add(index);
    return names;
  }

  #name(index: number): string {
    return allocName(this.#jobId, this.#group, index);
  }
}
