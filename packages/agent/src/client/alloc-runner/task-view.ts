// SPDX-License-Identifier: MPL-2.0
// A task as the allocation's plan sees it.

import type { Task } from '@serai/api';

/** When in the life of an allocation a task runs. */
export type TaskHook = 'prestart' | 'main' | 'poststart' | 'poststop';

export interface TaskView {
  readonly name: string;
  readonly hook: TaskHook;
  /** keeps running beside the main tasks; a prestart task that is none must end first */
  readonly sidecar: boolean;
  readonly leader: boolean;
  readonly state: 'pending' | 'running' | 'dead';
  readonly failed: boolean;
  /** has run at least once */
  readonly started: boolean;
  /** was told to go */
  readonly released: boolean;
  /** was told to end for good */
  readonly killed: boolean;
}

export function hookOf(task: Pick<Task, 'Lifecycle'>): { hook: TaskHook; sidecar: boolean } {
  const lifecycle = task.Lifecycle;
  switch (lifecycle?.Hook) {
    case 'prestart':
    case 'poststart':
      return { hook: lifecycle.Hook, sidecar: lifecycle.Sidecar };
    case 'poststop':
      return { hook: 'poststop', sidecar: false };
    default:
      return { hook: 'main', sidecar: false };
  }
}
