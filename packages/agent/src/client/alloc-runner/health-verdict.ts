// SPDX-License-Identifier: MPL-2.0
// Healthy: all tasks that should be up have been up for min_healthy_time. Pure.

import { type Allocation, formatDuration, type Job, type TaskGroup } from '@serai/api';
import type { HookedTask } from './alloc-hook.ts';

const nsPerMs = 1_000_000;

export interface HealthPolicy {
  readonly minHealthyNs: number;
  readonly deadlineNs: number;
}

/** undefined: nobody asks for the health of this allocation. */
export function healthPolicyOf(alloc: Allocation, job: Job, group: TaskGroup): HealthPolicy | undefined {
  const known = alloc.DeploymentStatus?.Healthy;
  if (job.Type !== 'service' || (known !== null && known !== undefined)) return undefined;
  const strategy = alloc.DeploymentID !== '' ? group.Update : group.Migrate;
  if (!strategy || strategy.HealthCheck === 'manual') return undefined;
  return { minHealthyNs: strategy.MinHealthyTime, deadlineNs: strategy.HealthyDeadline };
}

export type HealthVerdict =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'unhealthy'; readonly reason: string }
  /** ask again then, or when a task changes */
  | { readonly kind: 'unknown'; readonly againAtMs: number };

export interface HealthInput {
  readonly policy: HealthPolicy;
  readonly tasks: readonly Pick<HookedTask, 'name' | 'hook' | 'sidecar' | 'state'>[];
  readonly nowMs: number;
  /** since when health is watched */
  readonly beganMs: number;
}

export function healthVerdict({ policy, tasks, nowMs, beganMs }: HealthInput): HealthVerdict {
  const failed = tasks.find(({ state }) => state.Failed);
  if (failed) return { kind: 'unhealthy', reason: 'Unhealthy because of failed task' };
  const lasting = tasks.filter(isLasting);
  const ended = lasting.find(({ state }) => state.State === 'dead');
  if (ended) return { kind: 'unhealthy', reason: 'Unhealthy because of dead task' };
  const deadlineMs = beganMs + policy.deadlineNs / nsPerMs;
  const up = lasting.every(({ state }) => state.State === 'running');
  const healthyAtMs = up
    ? Math.max(0, ...lasting.map(({ state }) => Date.parse(state.StartedAt))) + policy.minHealthyNs / nsPerMs
    : Number.POSITIVE_INFINITY;
  if (nowMs >= healthyAtMs && healthyAtMs <= deadlineMs) return { kind: 'healthy' };
  if (nowMs >= deadlineMs)
    return {
      kind: 'unhealthy',
      reason: up
        ? `Task not running for min_healthy_time of ${formatDuration(policy.minHealthyNs)} by healthy_deadline of ${formatDuration(policy.deadlineNs)}`
        : `Task not running by healthy_deadline of ${formatDuration(policy.deadlineNs)}`,
    };
  return { kind: 'unknown', againAtMs: Math.min(healthyAtMs, deadlineMs) };
}

/** One-shot tasks before, after and at the end are not expected to stay. */
function isLasting({ hook, sidecar }: Pick<HookedTask, 'hook' | 'sidecar'>): boolean {
  return hook === 'main' || (hook !== 'poststop' && sidecar);
}
