// SPDX-License-Identifier: MPL-2.0
// Builds the task's environment from all that the hooks before it found out.

import { buildTaskEnv } from '../../task/env-builder.ts';
import { visiblePaths } from '../../task/visible-paths.ts';
import type { TaskHook } from '../task-hook.ts';

export const envHook: TaskHook = {
  name: 'env',
  prestart: async (context, prepared) => ({
    env: buildTaskEnv({
      region: context.region,
      node: context.node,
      alloc: context.alloc,
      job: context.job,
      group: context.group,
      task: context.task,
      paths: visiblePaths(context.paths, context.driver.capabilities.fsIsolation),
      hookEnv: prepared.hookEnv,
    }),
  }),
};
