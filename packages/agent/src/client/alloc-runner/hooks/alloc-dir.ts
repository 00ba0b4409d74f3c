// SPDX-License-Identifier: MPL-2.0
import type { AllocHook } from '../alloc-hook.ts';

export const allocDirHook: AllocHook = {
  name: 'alloc_dir',
  prerun: ({ dir, group }) => dir.build((group.Tasks ?? []).map((task) => task.Name)),
};
