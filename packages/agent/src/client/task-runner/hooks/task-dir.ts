// SPDX-License-Identifier: MPL-2.0
import { taskEvents } from '../../task/task-events.ts';
import type { TaskHook } from '../task-hook.ts';

export const taskDirHook: TaskHook = {
  name: 'task_dir',
  prestart: async ({ allocDir, task, emit, first }) => {
    if (first) emit(taskEvents.buildingTaskDir());
    await allocDir.buildTask(task.Name);
    return {};
  },
};
