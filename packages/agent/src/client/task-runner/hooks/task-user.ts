// SPDX-License-Identifier: MPL-2.0
// The secrets directory belongs to the user that the task runs as; nobody else can look inside.

import { must } from '#base';
import { lookUpIdentity } from '#supervisor';
import type { TaskHook } from '../task-hook.ts';

export const taskUserHook: TaskHook = {
  name: 'task_user',
  prestart: async ({ allocDir, task }, prepared) => {
    const user = must(prepared.env, 'environment of the task').replace(task.User);
    if (user !== '') await allocDir.giveSecrets(task.Name, await lookUpIdentity(user));
    return {};
  },
};
