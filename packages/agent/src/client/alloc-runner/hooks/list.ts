// SPDX-License-Identifier: MPL-2.0
// The hooks of an allocation in the order in which they run. Networks and volumes go after `await_previous_allocations`.

import type { AllocHook } from '../alloc-hook.ts';
import { allocDirHook } from './alloc-dir.ts';
import { healthHook } from './health.ts';
import { previousAllocHook } from './previous-alloc.ts';
import { shutdownDelayHook } from './shutdown-delay.ts';

export const allocHooks: readonly AllocHook[] = [
  allocDirHook,
  previousAllocHook,
  healthHook,
  shutdownDelayHook,
];
