// SPDX-License-Identifier: MPL-2.0
// Which nodes changed, or had allocations changed, at which index: so that a scheduler that kept its picture of the
// fleet reads only those again.

import type { Allocation } from '@serai/api';
import type { RowChange } from './tx.ts';

/** Commits remembered. A scheduler that lags further compares all nodes. */
const maxCommits = 1024;

export class NodeChanges {
  readonly #commits: { readonly index: number; readonly nodes: ReadonlySet<string> }[] = [];
  /** nothing is known up to this index */
  #floor = 0;

  record(index: number, changes: readonly RowChange[]): void {
    const nodes = new Set<string>();
    for (const change of changes) {
      if (change.table === 'nodes') nodes.add(change.key);
      if (change.table !== 'allocs') continue;
      addNode(nodes, change.before as Allocation | undefined);
      addNode(nodes, change.after as Allocation | undefined);
    }
    this.#commits.push({ index, nodes });
    if (this.#commits.length > maxCommits) this.#floor = this.#commits.shift()?.index ?? this.#floor;
  }

  reset(index: number): void {
    this.#commits.length = 0;
    this.#floor = index;
  }

  /** Changed after `from`, up to and including `to`; undefined when that is not remembered. */
  between(from: number, to: number): Set<string> | undefined {
    if (from < this.#floor) return undefined;
    const nodes = new Set<string>();
    for (let i = this.#commits.length - 1; i >= 0; i--) {
      const commit = this.#commits[i];
      if (!commit || commit.index <= from) break;
      if (commit.index <= to) for (const id of commit.nodes) nodes.add(id);
    }
    return nodes;
  }
}

function addNode(nodes: Set<string>, alloc: Allocation | undefined): void {
  if (alloc && alloc.NodeID !== '') nodes.add(alloc.NodeID);
}
