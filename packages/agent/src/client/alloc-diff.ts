// SPDX-License-Identifier: MPL-2.0
// What the servers' work list means for what runs here. Pure.

/** Allocations by id with the index of the last change that matters to a client (AllocModifyIndex). */
export type AllocIndexes = ReadonlyMap<string, number>;

export interface AllocDiff {
  /** on the list but not here: fetch and start */
  readonly added: readonly string[];
  /** changed since we fetched them: fetch and update */
  readonly updated: readonly string[];
  /** not on the list any more: the servers forgot them, so stop and remove */
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
}

export function diffAllocs(here: AllocIndexes, listed: AllocIndexes): AllocDiff {
  const added: string[] = [];
  const updated: string[] = [];
  const unchanged: string[] = [];
  for (const [id, index] of listed) {
    const known = here.get(id);
    if (known === undefined) added.push(id);
    else if (index > known) updated.push(id);
    else unchanged.push(id);
  }
  const removed = [...here.keys()].filter((id) => !listed.has(id));
  return { added, updated, removed, unchanged };
}
