// SPDX-License-Identifier: MPL-2.0
// The hooks of a task in the order in which they run before each start; on the way out in reverse order.
// Identity, artifacts and templates go between `dispatch_payload` and `env`.

import type { TaskHook } from '../task-hook.ts';
import { dispatchPayloadHook } from './dispatch-payload.ts';
import { envHook } from './env.ts';
import { missingPartsHook } from './missing-parts.ts';
import { taskDirHook } from './task-dir.ts';
import { taskUserHook } from './task-user.ts';
import { validateHook } from './validate.ts';

export const taskHooks: readonly TaskHook[] = [
  validateHook,
  missingPartsHook,
  taskDirHook,
  dispatchPayloadHook,
  envHook,
  taskUserHook,
];
