// SPDX-License-Identifier: MPL-2.0
// Restart, reschedule, update, migrate and disconnect blocks.

import {
  type DisconnectStrategy,
  formatDuration,
  type MigrateStrategy,
  type ReschedulePolicy,
  type RestartPolicy,
  second,
  type TaskGroup,
  type UpdateStrategy,
} from '@serai/api';
import { type ErrorList, quote } from './error-list.ts';

/** Shortest interval in which restarts are counted. */
const minRestartInterval = 5 * second;
const minRescheduleInterval = 15 * second;
const minRescheduleDelay = 5 * second;

export function validateRestart(errors: ErrorList, policy: RestartPolicy): void {
  errors.addIf(
    policy.Mode !== 'fail' && policy.Mode !== 'delay',
    `Unsupported restart mode: ${quote(policy.Mode)}`,
  );
  errors.addIf(policy.Attempts < 0, `Restart attempts can't be negative; got ${policy.Attempts}`);
  errors.addIf(policy.Delay < 0, `Restart delay can't be negative; got ${formatDuration(policy.Delay)}`);
  if (policy.Attempts === 0 && policy.Mode !== 'fail')
    errors.add(`Restart policy ${quote(policy.Mode)} with 0 attempts is ambiguous`);
  errors.addIf(
    policy.Interval < minRestartInterval,
    `Interval can not be less than ${formatDuration(minRestartInterval)} (got ${formatDuration(policy.Interval)})`,
  );
  const needed = policy.Attempts * policy.Delay;
  errors.addIf(
    needed > policy.Interval,
    `Nomad can't restart the TaskGroup ${policy.Attempts} times in an interval of ${formatDuration(policy.Interval)} with a delay of ${formatDuration(policy.Delay)}`,
  );
}

const delayFunctions = ['constant', 'exponential', 'fibonacci'];

export function validateReschedule(errors: ErrorList, policy: ReschedulePolicy): void {
  errors.addIf(policy.Attempts < 0, `Reschedule attempts can't be negative; got ${policy.Attempts}`);
  if (policy.Attempts <= 0 && !policy.Unlimited) return;
  errors.addIf(
    !delayFunctions.includes(policy.DelayFunction),
    `Invalid delay function ${quote(policy.DelayFunction)}, must be one of ${delayFunctions.map(quote).join(', ')}`,
  );
  errors.addIf(
    policy.Delay < minRescheduleDelay,
    `Delay cannot be less than ${formatDuration(minRescheduleDelay)} (got ${formatDuration(policy.Delay)})`,
  );
  if (policy.DelayFunction !== 'constant') {
    errors.addIf(
      policy.MaxDelay < policy.Delay,
      `Max Delay cannot be less than Delay ${formatDuration(policy.Delay)} (got ${formatDuration(policy.MaxDelay)})`,
    );
  }
  if (policy.Unlimited) return;
  errors.addIf(
    policy.Interval < minRescheduleInterval,
    `Interval cannot be less than ${formatDuration(minRescheduleInterval)} (got ${formatDuration(policy.Interval)})`,
  );
  validateRescheduleFits(errors, policy);
}

/** The attempts with their growing delays have to fit into the interval. */
function validateRescheduleFits(errors: ErrorList, policy: ReschedulePolicy): void {
  if (policy.Interval < minRescheduleInterval) return;
  let total = 0;
  let previous = 0;
  let delay = policy.Delay;
  let fits = 0;
  while (fits < policy.Attempts && total + delay <= policy.Interval) {
    total += delay;
    fits += 1;
    const next = nextDelay(policy.DelayFunction, { previous, delay });
    previous = delay;
    delay =
      policy.MaxDelay > 0 && policy.DelayFunction !== 'constant' ? Math.min(next, policy.MaxDelay) : next;
  }
  errors.addIf(
    fits < policy.Attempts,
    `Nomad can only make ${fits} attempts in ${formatDuration(policy.Interval)} with initial delay ${formatDuration(policy.Delay)} and delay function ${quote(policy.DelayFunction)}`,
  );
}

function nextDelay(delayFunction: string, at: { previous: number; delay: number }): number {
  if (delayFunction === 'exponential') return at.delay * 2;
  if (delayFunction === 'fibonacci') return at.delay + at.previous;
  return at.delay;
}

export function validateUpdate(errors: ErrorList, update: UpdateStrategy): void {
  errors.addIf(
    !['checks', 'task_states', 'manual'].includes(update.HealthCheck),
    `Invalid health check given: ${quote(update.HealthCheck)}`,
  );
  errors.addIf(update.MaxParallel < 0, `Max parallel can not be less than zero: ${update.MaxParallel} < 0`);
  errors.addIf(update.Canary < 0, `Canary count can not be less than zero: ${update.Canary} < 0`);
  errors.addIf(
    update.Canary === 0 && update.AutoPromote,
    'Auto Promote requires a Canary count greater than zero',
  );
  validateHealthTimes(errors, update);
  errors.addIf(
    update.ProgressDeadline < 0,
    `Progress deadline must be zero or greater: ${formatDuration(update.ProgressDeadline)}`,
  );
  errors.addIf(
    update.ProgressDeadline > 0 && update.HealthyDeadline >= update.ProgressDeadline,
    `Healthy deadline must be less than progress deadline: ${formatDuration(update.HealthyDeadline)} > ${formatDuration(update.ProgressDeadline)}`,
  );
  errors.addIf(update.Stagger <= 0, `Stagger must be greater than zero: ${formatDuration(update.Stagger)}`);
}

function validateHealthTimes(
  errors: ErrorList,
  times: { readonly MinHealthyTime: number; readonly HealthyDeadline: number },
): void {
  errors.addIf(
    times.MinHealthyTime < 0,
    `Minimum healthy time may not be less than zero: ${formatDuration(times.MinHealthyTime)}`,
  );
  errors.addIf(
    times.HealthyDeadline <= 0,
    `Healthy deadline must be greater than zero: ${formatDuration(times.HealthyDeadline)}`,
  );
  errors.addIf(
    times.MinHealthyTime >= times.HealthyDeadline,
    `Minimum healthy time must be less than healthy deadline: ${formatDuration(times.MinHealthyTime)} > ${formatDuration(times.HealthyDeadline)}`,
  );
}

export function validateMigrate(errors: ErrorList, migrate: MigrateStrategy): void {
  errors.addIf(migrate.MaxParallel < 0, `MaxParallel must be >= 0 but found ${migrate.MaxParallel}`);
  errors.addIf(
    !['checks', 'task_states'].includes(migrate.HealthCheck),
    `Invalid HealthCheck: ${quote(migrate.HealthCheck)}`,
  );
  validateHealthTimes(errors, migrate);
}

/** What a group does when its node goes away: the block of 1.8 and the three keys it replaced. */
export function validateDisconnect(errors: ErrorList, group: TaskGroup): void {
  const stopAfter = group.StopAfterClientDisconnect;
  const maxDisconnect = group.MaxClientDisconnect;
  errors.addIf(
    stopAfter !== null && maxDisconnect !== null,
    'Task group cannot be configured with both max_client_disconnect and stop_after_client_disconnect',
  );
  errors.addIf(stopAfter !== null && stopAfter < 0, 'stop_after_client_disconnect must be a positive value');
  errors.addIf(maxDisconnect !== null && maxDisconnect < 0, 'max_client_disconnect cannot be negative');
  if (group.Disconnect) validateDisconnectBlock(errors, group.Disconnect);
  errors.addIf(
    Boolean(group.Disconnect) && (stopAfter !== null || maxDisconnect !== null),
    'disconnect block cannot be used together with max_client_disconnect or stop_after_client_disconnect',
  );
}

const reconcileModes = ['best_score', 'keep_original', 'keep_replacement', 'longest_running'];

function validateDisconnectBlock(errors: ErrorList, disconnect: DisconnectStrategy): void {
  const stopAfter = disconnect.StopOnClientAfter;
  errors.addIf(disconnect.LostAfter < 0, 'disconnect.lost_after cannot be negative');
  errors.addIf(stopAfter !== null && stopAfter < 0, 'disconnect.stop_on_client_after cannot be negative');
  errors.addIf(
    disconnect.LostAfter > 0 && stopAfter !== null,
    'disconnect block cannot have both lost_after and stop_on_client_after',
  );
  errors.addIf(
    !reconcileModes.includes(disconnect.Reconcile),
    `Invalid disconnect.reconcile ${quote(disconnect.Reconcile)}, must be one of ${reconcileModes.join(', ')}`,
  );
}
