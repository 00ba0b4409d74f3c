// SPDX-License-Identifier: MPL-2.0
// Allocations.*: what users do with a running allocation.

import {
  Allocations_GarbageCollect,
  Allocations_GarbageCollectAll,
  Allocations_Restart,
  Allocations_Signal,
  Allocations_Stats,
  make,
} from '@serai/api';
import { AppError } from '#base';
import type { Router } from '#rpc';
import type { AllocRunner } from '../alloc-runner/alloc-runner.ts';
import { allocUsage } from '../stats/alloc-stats.ts';
import type { Timed } from './timed.ts';

export interface AllocationsDependencies {
  readonly timed: Timed;
  readonly checkNode: (nodeId: string) => void;
  readonly runner: (allocId: string) => AllocRunner;
  readonly collect: (allocId: string) => Promise<void>;
  readonly collectAll: () => Promise<void>;
}

export function registerAllocations(router: Router, deps: AllocationsDependencies): void {
  const find = (allocId: string): AllocRunner => {
    if (allocId === '') throw new AppError('invalid', 'must provide a valid alloc id');
    return deps.runner(allocId);
  };
  const { timed } = deps;
  router
    .handle(Allocations_Restart, ({ AllocID, TaskName, AllTasks }) =>
      timed('allocations.restart', () => {
        if (AllTasks && TaskName !== '')
          throw new AppError('invalid', 'cannot restart all tasks when one task is named');
        find(AllocID).restart(TaskName, AllTasks);
        return make(Allocations_Restart.reply, {});
      }),
    )
    .handle(Allocations_Signal, ({ AllocID, Task, Signal }) =>
      timed('allocations.signal', async () => {
        const runner = find(AllocID);
        if (Signal === '') throw new AppError('invalid', 'must provide a signal, e.g. "SIGHUP"');
        await runner.signal(Task, Signal);
        return make(Allocations_Signal.reply, {});
      }),
    )
    .handle(Allocations_Stats, ({ AllocID, Task }) =>
      timed('allocations.stats', async () =>
        make(Allocations_Stats.reply, { Stats: await allocUsage(find(AllocID), Task) }),
      ),
    )
    .handle(Allocations_GarbageCollect, ({ AllocID }) =>
      timed('allocations.garbage_collect', async () => {
        if (!find(AllocID).isOver)
          throw new AppError(
            'invalid',
            `allocation "${AllocID}" still runs: only ended ones can be collected`,
          );
        await deps.collect(AllocID);
        return make(Allocations_GarbageCollect.reply, {});
      }),
    )
    .handle(Allocations_GarbageCollectAll, ({ NodeID }) =>
      timed('allocations.garbage_collect_all', async () => {
        deps.checkNode(NodeID);
        await deps.collectAll();
        return make(Allocations_GarbageCollectAll.reply, {});
      }),
    );
}

/** A call for another node must not be answered by this one. */
export function checkNode(asked: string, own: string): void {
  if (asked !== '' && asked !== own) throw new AppError('not-found', `this is node "${own}", not "${asked}"`);
}
