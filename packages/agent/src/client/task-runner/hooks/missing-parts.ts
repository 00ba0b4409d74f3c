// SPDX-License-Identifier: MPL-2.0
// Blocks that are stored and scheduled, but that this client can't act on yet. A task that needs them would start
// without its files or secrets; failing it says so where the user looks.

import type { Task, TaskGroup } from '@serai/api';
import { AppError } from '#base';
import type { TaskHook } from '../task-hook.ts';

/** What the task asks for in vain, as its block is called in the job file. */
export function missingParts(task: Task, group: TaskGroup): string[] {
  const identities = [task.Identity, ...(task.Identities ?? [])];
  const asked: readonly (readonly [string, boolean])[] = [
    ['artifact', (task.Artifacts?.length ?? 0) > 0],
    ['template', (task.Templates?.length ?? 0) > 0],
    ['vault', task.Vault !== null],
    ['identity with env or file', identities.some((identity) => identity?.Env || identity?.File)],
    ['secret', (task.Secrets?.length ?? 0) > 0],
    ['csi_plugin', task.CSIPluginConfig !== null],
    ['volume_mount', (task.VolumeMounts?.length ?? 0) > 0],
    ['connect', (group.Services ?? []).some((service) => service.Connect !== null)],
  ];
  return asked.filter(([, is]) => is).map(([name]) => name);
}

export const missingPartsHook: TaskHook = {
  name: 'missing_parts',
  prestart: async ({ task, group }) => {
    const parts = missingParts(task, group);
    if (parts.length === 0) return {};
    throw new AppError(
      'unsupported',
      `this version of the client can not provide: ${parts.join(', ')}; remove the block from the task`,
    );
  },
};
