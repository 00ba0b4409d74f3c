// SPDX-License-Identifier: MPL-2.0
// Tells deployments and drains whether the allocation is healthy.

import { taskEvents } from '../../task/task-events.ts';
import type { AllocHook, AllocHookContext } from '../alloc-hook.ts';
import { type HealthPolicy, healthPolicyOf, healthVerdict } from '../health-verdict.ts';

export const healthHook: AllocHook = {
  name: 'alloc_health',
  async watch(context) {
    const policy = healthPolicyOf(context.alloc, context.job, context.group);
    if (policy) await track(context, policy);
  },
};

async function track(context: AllocHookContext, policy: HealthPolicy): Promise<void> {
  const { clock, signal } = context;
  const beganMs = clock.nowMs();
  while (!signal.aborted) {
    const verdict = healthVerdict({ policy, tasks: context.tasks(), nowMs: clock.nowMs(), beganMs });
    if (verdict.kind === 'healthy') return context.setHealth(true);
    if (verdict.kind === 'unhealthy') {
      context.emit(taskEvents.deploymentUnhealthy(verdict.reason));
      return context.setHealth(false);
    }
    const wake = new AbortController();
    const either = AbortSignal.any([signal, wake.signal]);
    await Promise.race([
      clock.sleep(Math.max(0, verdict.againAtMs - clock.nowMs()), either),
      context.nextChange(either),
    ])
      .catch(() => {})
      .finally(() => wake.abort());
  }
}
