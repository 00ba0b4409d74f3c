// SPDX-License-Identifier: MPL-2.0
// Waits for those whose place this allocation takes, and moves the disk of its predecessor over.

import type { AllocHook } from '../alloc-hook.ts';

export const previousAllocHook: AllocHook = {
  name: 'await_previous_allocations',
  async prerun(context) {
    const { alloc, group, restored, neighbours, signal, dir, log } = context;
    if (restored) return;
    for (const id of alloc.PreemptedAllocations ?? []) await neighbours.untilTerminal(id, signal);
    const previous = alloc.PreviousAllocation;
    if (previous === '') return;
    await neighbours.untilTerminal(previous, signal);
    const disk = group.EphemeralDisk;
    if (!disk || (!disk.Sticky && !disk.Migrate)) return;
    if (neighbours.isLocal(previous))
      await dir.takeOver(
        previous,
        (group.Tasks ?? []).map((task) => task.Name),
      );
    else if (disk.Migrate)
      log.warn('ephemeral disk stays on the other node; the allocation starts with an empty one', {
        previous_alloc_id: previous,
      });
  },
};
