// SPDX-License-Identifier: MPL-2.0
// What an allocation's tasks add up to. Pure.

import type { TaskState } from '@serai/api';
import type { TaskHook } from './task-view.ts';

export interface ClientStatus {
  readonly status: 'pending' | 'running' | 'complete' | 'failed';
  readonly description: string;
}

const said = {
  failed: { status: 'failed', description: 'Failed tasks' },
  running: { status: 'running', description: 'Tasks are running' },
  pending: { status: 'pending', description: 'No tasks have started' },
  complete: { status: 'complete', description: 'All tasks have completed' },
} as const;

/** One failed task fails the allocation, also while others are still being stopped. */
export function clientStatusOf(
  tasks: Iterable<{ readonly hook: TaskHook; readonly state: Pick<TaskState, 'State' | 'Failed'> }>,
): ClientStatus {
  let running = false;
  let pending = false;
  let waitingForStop = false;
  let dead = false;
  for (const { hook, state } of tasks) {
    if (state.State === 'running') running = true;
    else if (state.State === 'pending' && hook === 'poststop') waitingForStop = true;
    else if (state.State === 'pending') pending = true;
    else if (state.Failed) return said.failed;
    else dead = true;
  }
  if (running) return said.running;
  if (pending) return said.pending;
  // everything ended but the poststop tasks, which start in a moment: the allocation is not over
  if (waitingForStop) return dead ? said.running : said.pending;
  return said.complete;
}
