// SPDX-License-Identifier: MPL-2.0
// A named step in the life of a task.
//
//   prestart (each start) → driver starts → running → driver says it ended → exited → restart, or stop and dead

import type { Allocation, Job, Node, Task, TaskGroup } from '@serai/api';
import type { Clock, Logger } from '#base';
import type { TaskDriver, TaskPaths } from '#drivers';
import type { AllocDir } from '../task/alloc-dir.ts';
import type { TaskEnv } from '../task/env-builder.ts';
import type { TaskHappening } from '../task/task-events.ts';

export interface TaskHookContext {
  readonly alloc: Allocation;
  readonly job: Job;
  readonly group: TaskGroup;
  readonly task: Task;
  readonly node: Node;
  readonly region: string;
  readonly driver: TaskDriver;
  readonly allocDir: AllocDir;
  readonly paths: TaskPaths;
  /** the client's `options` map */
  readonly options: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly emit: (event: TaskHappening) => void;
  /** not a restart */
  readonly first: boolean;
}

/** What prestart hooks hand on: each gets the result so far and returns what it adds. */
export interface Prepared {
  /** variables that hooks add to the task's environment */
  readonly hookEnv: Readonly<Record<string, string>>;
  /** after the `env` hook */
  readonly env: TaskEnv | undefined;
}

export interface TaskHook {
  readonly name: string;
  /** Before each start. @throws AppError; codes `unavailable`, `timeout` and `limit` count as worth another try. */
  prestart?(context: TaskHookContext, prepared: Prepared): Promise<Partial<Prepared>>;
  /** Once the task is dead for good. */
  stop?(context: TaskHookContext): Promise<void>;
}
