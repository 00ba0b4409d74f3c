// SPDX-License-Identifier: MPL-2.0
// From a task of the job to a request that its driver understands: runs the prestart hooks in order.

import { AllocatedTaskResources, LogConfig, zero } from '@serai/api';
import { AppError, type Logger, must } from '#base';
import type { TaskStart } from '#drivers';
import { taskHooks } from './hooks/list.ts';
import type { Prepared, TaskHookContext } from './task-hook.ts';

/** @throws AppError with the name of the hook, or what the driver says about the `config` block. */
export async function prepareTask(context: TaskHookContext, id: string): Promise<TaskStart> {
  let prepared: Prepared = { hookEnv: {}, env: undefined };
  for (const hook of taskHooks) {
    if (!hook.prestart) continue;
    context.signal.throwIfAborted();
    try {
      const added = await hook.prestart(context, prepared);
      prepared = { ...prepared, ...added, hookEnv: { ...prepared.hookEnv, ...added.hookEnv } };
    } catch (error) {
      const cause = AppError.from(error);
      throw new AppError(cause.code, `prestart hook "${hook.name}" failed: ${cause.message}`, { cause });
    }
  }
  const env = must(prepared.env, 'environment of the task');
  const { task, driver, alloc, job } = context;
  return {
    id,
    allocId: alloc.ID,
    taskName: task.Name,
    jobName: job.Name,
    user: env.replace(task.User),
    env: env.env,
    config: driver.parseConfig(env.replace(task.Config ?? {})),
    paths: context.paths,
    resources: alloc.AllocatedResources?.Tasks?.[task.Name] ?? zero(AllocatedTaskResources),
    logs: task.LogConfig ?? { ...zero(LogConfig), MaxFiles: 10, MaxFileSizeMB: 10 },
  };
}

/** In reverse order; a hook that fails does not keep the others from running. */
export async function runStopHooks(context: TaskHookContext, log: Logger): Promise<void> {
  for (const hook of taskHooks.toReversed()) {
    try {
      await hook.stop?.(context);
    } catch (error) {
      log.error('task hook failed', { hook: hook.name, error });
    }
  }
}

/** Worth another try by the restart policy: the cause may go away by itself. */
export function isRecoverable(error: AppError): boolean {
  return error.code === 'unavailable' || error.code === 'timeout' || error.code === 'limit';
}
