// SPDX-License-Identifier: MPL-2.0
// How long and with which signal a task may say good-bye. Pure.

import type { Task } from '@serai/api';

const nsPerMs = 1_000_000;
/** Between the kill signal and SIGKILL where a task says nothing. */
const defaultKillTimeoutMs = 5_000;
const defaultKillSignal = 'SIGINT';

export function stopParameters(
  task: Pick<Task, 'KillSignal' | 'KillTimeout'> | undefined,
  maxKillTimeoutMs: number,
): { signal: string; timeoutMs: number } {
  const asked = (task?.KillTimeout ?? 0) / nsPerMs;
  return {
    signal: task?.KillSignal ? task.KillSignal : defaultKillSignal,
    timeoutMs: Math.min(asked > 0 ? asked : defaultKillTimeoutMs, maxKillTimeoutMs),
  };
}

export function shutdownDelayMs(task: Pick<Task, 'ShutdownDelay'> | undefined): number {
  return Math.max(0, (task?.ShutdownDelay ?? 0) / nsPerMs);
}
