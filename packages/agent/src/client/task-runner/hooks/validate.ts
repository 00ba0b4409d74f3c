// SPDX-License-Identifier: MPL-2.0
// What this client refuses to run, whatever the servers placed here: the user's and operator's last line.

import { AppError } from '#base';
import type { TaskHook } from '../task-hook.ts';

const defaultDeniedUsers = 'root,Administrator';
const defaultCheckedDrivers = 'exec,qemu,java';

export const validateHook: TaskHook = {
  name: 'validate',
  prestart: async ({ task, options }) => {
    const checked = names(options['user.checked_drivers'] ?? defaultCheckedDrivers);
    const denied = names(options['user.denylist'] ?? options['user.blacklist'] ?? defaultDeniedUsers);
    if (checked.includes(task.Driver) && denied.includes(task.User))
      throw new AppError('denied', `running as user "${task.User}" is disallowed`);
    return {};
  },
};

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
