// SPDX-License-Identifier: MPL-2.0
// What a task driver is. One conformance suite (test/conformance/driver-suite.ts) runs against every driver.
//
// A driver never keeps what it can't find again: everything needed to re-attach after the agent was killed is in the
// handle that `start` returns, which the client stores before it reports the task as running.

import type { AllocatedTaskResources, LogConfig, TaskResourceUsage } from '@serai/api';

export interface DriverCapabilities {
  readonly sendSignals: boolean;
  readonly exec: boolean;
  /** what of the host's file system a task sees */
  readonly fsIsolation: 'none' | 'chroot' | 'image';
}

export interface DriverFingerprint {
  /** undetected: not on this machine; the driver's attributes disappear from the node */
  readonly health: 'healthy' | 'unhealthy' | 'undetected';
  readonly description: string;
  /** e.g. `driver.raw_exec: "1"`, `driver.java.version: "17"` */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Where a task's files are. All absolute. */
export interface TaskPaths {
  /** shared between the tasks of the allocation: `<alloc>/alloc` */
  readonly sharedDir: string;
  /** root of the task: `<alloc>/<task>` */
  readonly taskDir: string;
  /** `<alloc>/<task>/local` */
  readonly localDir: string;
  /** `<alloc>/<task>/secrets` */
  readonly secretsDir: string;
  /** `<alloc>/alloc/logs`: `<task>.stdout.0`, `<task>.stderr.0`, …; the highest number is the newest file */
  readonly logDir: string;
  /**
   * Private to driver and supervisor, never writable for the task: pipes, pid and exit files. Of this task alone; the
   * next start of the same task may use it again. What still runs out of it at a start is killed first.
   */
  readonly stateDir: string;
}

export interface TaskStart {
  /** unique for each start: `<allocId>/<task>/<8 hex>` */
  readonly id: string;
  readonly allocId: string;
  readonly taskName: string;
  readonly jobName: string;
  /** of the task; empty: the agent's own user */
  readonly user: string;
  /** complete environment, nothing is inherited from the agent */
  readonly env: Readonly<Record<string, string>>;
  /** what `parseConfig` returned */
  readonly config: unknown;
  readonly paths: TaskPaths;
  readonly resources: AllocatedTaskResources;
  readonly logs: LogConfig;
}

export interface StartedTask {
  /** JSON value, stored by the client; `recover` gets it back. Small (< 4 KiB), no secrets. */
  readonly handle: unknown;
}

export interface ExitResult {
  /** 128 + signal when a signal ended it; -1 when nobody knows (`error` says why) */
  readonly exitCode: number;
  /** number of the signal that ended it, or 0 */
  readonly signal: number;
  readonly oomKilled: boolean;
  /** why the result could not be told; the task then counts as failed */
  readonly error?: string;
}

export interface TaskDriver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /**
   * Checks the task's `config` block after interpolation.
   * @throws AppError `invalid` that names the key, what is wrong and what is allowed.
   */
  parseConfig(config: Readonly<Record<string, unknown>>): unknown;
  fingerprint(signal: AbortSignal): Promise<DriverFingerprint>;
  /**
   * Resolves when the process exists. @throws AppError when it can't be started (command not found, unknown user);
   * the codes `unavailable`, `timeout` and `limit` say that another try may succeed.
   */
  start(task: TaskStart): Promise<StartedTask>;
  /** Re-attach after an agent restart. @throws AppError `not-found` when nothing of the task is left. */
  recover(taskId: string, handle: unknown): Promise<void>;
  /** Resolves when the task has ended, also if that happened while no agent ran. Rejects only when aborted. */
  wait(taskId: string, signal: AbortSignal): Promise<ExitResult>;
  /**
   * Sends the signal (empty: the driver's own choice) to the main process, waits, then kills everything that is left
   * of the task. Resolves when it is gone; at once when it had ended.
   */
  stop(taskId: string, options: { signal: string; timeoutMs: number }): Promise<void>;
  /** @throws AppError `not-found` when it has ended, `invalid` for an unknown signal. */
  signal(taskId: string, signal: string): Promise<void>;
  stats(taskId: string): Promise<TaskResourceUsage>;
  /** Forgets the task and removes what the driver made for it. Kills it first when it still runs. */
  destroy(taskId: string): Promise<void>;
}
