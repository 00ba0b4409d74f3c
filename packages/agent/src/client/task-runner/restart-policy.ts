// SPDX-License-Identifier: MPL-2.0
// Does a task that ended start again, and when? Pure: the history of restarts goes in and comes out.

import type { RestartPolicy, TaskLifecycleConfig } from '@serai/api';
import type { Random } from '#base';
import { restartReasons } from '../task/task-events.ts';

const nsPerMs = 1_000_000;
/** A delay is stretched by up to this share, so that tasks that died together don't return together. */
const jitterShare = 0.25;

/** Restarts within the present interval. */
export interface RestartHistory {
  readonly count: number;
  /** when the interval began, Unix milliseconds; undefined: no restart yet */
  readonly startedMs: number | undefined;
}
export const noRestarts: RestartHistory = { count: 0, startedMs: undefined };

export type RestartDecision =
  | {
      readonly kind: 'restart';
      readonly delayMs: number;
      readonly reason: string;
      readonly history: RestartHistory;
    }
  /** the task is dead; `failed` tells whether that is a failure */
  | { readonly kind: 'end'; readonly failed: boolean; readonly reason: string };

export type TaskOutcome =
  | { readonly kind: 'exited'; readonly success: boolean }
  /** it did not start; unrecoverable errors (bad configuration) are not tried again */
  | { readonly kind: 'start-failed'; readonly recoverable: boolean }
  /** a user or a hook asked for it */
  | { readonly kind: 'requested' };

export interface RestartInput {
  readonly policy: RestartPolicy | null;
  readonly restartOnSuccess: boolean;
  readonly outcome: TaskOutcome;
  readonly history: RestartHistory;
  readonly nowMs: number;
  readonly random: Pick<Random, 'float'>;
}

/** Service and system tasks run until they are stopped; batch tasks and one-shot hooks end when they succeed. */
export function restartsOnSuccess(jobType: string, lifecycle: TaskLifecycleConfig | null): boolean {
  if (lifecycle && lifecycle.Hook !== '') return lifecycle.Hook !== 'poststop' && lifecycle.Sidecar;
  return jobType !== 'batch' && jobType !== 'sysbatch';
}

export function decideRestart(input: RestartInput): RestartDecision {
  const { outcome, history, nowMs } = input;
  if (outcome.kind === 'requested') return { kind: 'restart', delayMs: 0, reason: '', history };
  if (outcome.kind === 'exited' && outcome.success && !input.restartOnSuccess)
    return { kind: 'end', failed: false, reason: restartReasons.success };
  if (outcome.kind === 'start-failed' && !outcome.recoverable)
    return { kind: 'end', failed: true, reason: restartReasons.unrecoverable };
  const succeeded = outcome.kind === 'exited' && outcome.success;
  const policy = input.policy;
  if (!policy || (policy.Attempts === 0 && policy.Mode === 'fail'))
    return { kind: 'end', failed: !succeeded, reason: restartReasons.noneAllowed };

  const intervalMs = policy.Interval / nsPerMs;
  const fresh = history.startedMs === undefined || nowMs > history.startedMs + intervalMs;
  const startedMs = fresh ? nowMs : (history.startedMs ?? nowMs);
  const count = (fresh ? 0 : history.count) + 1;
  const next: RestartHistory = { count, startedMs };
  if (count <= policy.Attempts)
    return {
      kind: 'restart',
      delayMs: (policy.Delay / nsPerMs) * (1 + jitterShare * input.random.float()),
      reason: restartReasons.withinPolicy,
      history: next,
    };
  if (policy.Mode === 'fail')
    return {
      kind: 'end',
      failed: !succeeded,
      reason: restartReasons.exceeded(policy.Attempts, policy.Interval),
    };
  return {
    kind: 'restart',
    delayMs: Math.max(0, startedMs + intervalMs - nowMs),
    reason: restartReasons.delay,
    history: next,
  };
}
