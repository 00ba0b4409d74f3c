// SPDX-License-Identifier: MPL-2.0
// The group's shutdown_delay: time between "wanted gone" and the first signal, for load balancers to notice.

import { taskEvents } from '../../task/task-events.ts';
import type { AllocHook } from '../alloc-hook.ts';

export const shutdownDelayHook: AllocHook = {
  name: 'group_shutdown_delay',
  async prekill({ alloc, group, clock, emit, signal }) {
    const delayMs = (group.ShutdownDelay ?? 0) / 1_000_000;
    if (delayMs <= 0) return;
    if (alloc.DesiredTransition.NoShutdownDelay) {
      emit(taskEvents.skippingShutdownDelay(delayMs));
      return;
    }
    emit(taskEvents.waitingShutdownDelay(delayMs));
    await clock.sleep(delayMs, signal);
  },
};
