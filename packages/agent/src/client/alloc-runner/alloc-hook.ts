// SPDX-License-Identifier: MPL-2.0
// A named step in the life of an allocation.
//
//   prerun (in order) → tasks run, watch beside them → prekill (in order) → tasks are stopped → postrun (reverse order)

import type { Allocation, Job, TaskGroup, TaskState } from '@serai/api';
import type { Clock, Logger } from '#base';
import type { AllocDir } from '../task/alloc-dir.ts';
import type { TaskHappening } from '../task/task-events.ts';
import type { TaskHook } from './task-view.ts';

export interface HookedTask {
  readonly name: string;
  readonly hook: TaskHook;
  readonly sidecar: boolean;
  readonly state: TaskState;
}

/** What an allocation may know of the others on this node. */
export interface NeighbourAllocs {
  /** Resolves when the allocation's tasks have ended; at once when it is not on this node. */
  untilTerminal(allocId: string, signal: AbortSignal): Promise<void>;
  isLocal(allocId: string): boolean;
}

export interface AllocHookContext {
  readonly alloc: Allocation;
  readonly job: Job;
  readonly group: TaskGroup;
  /** a task of it ran before this client started */
  readonly restored: boolean;
  readonly dir: AllocDir;
  readonly neighbours: NeighbourAllocs;
  readonly clock: Clock;
  readonly log: Logger;
  /** aborted when the allocation is over, detached, or replaced by a newer version of itself (watch) */
  readonly signal: AbortSignal;
  tasks(): readonly HookedTask[];
  /** Resolves when the state of a task is another one. */
  nextChange(signal: AbortSignal): Promise<void>;
  emit(event: TaskHappening): void;
  setHealth(healthy: boolean): void;
}

export interface AllocHook {
  readonly name: string;
  prerun?(context: AllocHookContext): Promise<void>;
  watch?(context: AllocHookContext): Promise<void>;
  prekill?(context: AllocHookContext): Promise<void>;
  postrun?(context: AllocHookContext): Promise<void>;
}
