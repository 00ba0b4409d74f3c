// SPDX-License-Identifier: MPL-2.0
// When a failed allocation may be placed again, and how long to wait.

import type { Allocation, RescheduleEvent, ReschedulePolicy, RescheduleTracker } from '@serai/api';
import { clientStatus, findTaskGroup, isServerTerminal } from '#model';
import { nsOfIso } from '../alloc-rows.ts';

/** Past attempts remembered when the policy is unlimited. */
const unlimitedEventsMax = 5;

/** A reschedule this close in the future (nanoseconds) is done now. */
const windowNs = 1_000_000_000;

export function reschedulePolicyOf(alloc: Allocation): ReschedulePolicy | null {
  return findTaskGroup(alloc.Job, alloc.TaskGroup)?.ReschedulePolicy ?? null;
}

/** Unix nanoseconds at which the last task ended; the last change of the row when no task says. */
export function lastEventNs(alloc: Allocation): number {
  let last = 0;
  for (const state of Object.values(alloc.TaskStates ?? {})) {
    last = Math.max(last, nsOfIso(state.FinishedAt) ?? 0);
  }
  return last === 0 ? alloc.ModifyTime : last;
}

/** Nanoseconds to wait before the next attempt. */
export function rescheduleDelayNs(alloc: Allocation, policy: ReschedulePolicy): number {
  const events = alloc.RescheduleTracker?.Events ?? [];
  const last = events.at(-1);
  if (!last) return policy.Delay;
  let delay = policy.Delay;
  if (policy.DelayFunction === 'exponential') delay = last.Delay * 2;
  else if (policy.DelayFunction === 'fibonacci') delay = fibonacciDelay(events, policy);
  else return delay;
  if (policy.MaxDelay <= 0 || delay <= policy.MaxDelay) return delay;
  // ran longer than the longest delay since: start again with a short one
  const ranNs = lastEventNs(alloc) - last.RescheduleTime;
  return ranNs > policy.MaxDelay ? policy.Delay : policy.MaxDelay;
}

function fibonacciDelay(events: readonly RescheduleEvent[], policy: ReschedulePolicy): number {
  const last = events.at(-1)?.Delay ?? policy.Delay;
  const before = events.at(-2)?.Delay;
  if (before === undefined) return last;
  // a series that was started again after the longest delay
  return before === policy.MaxDelay && last === policy.Delay ? last : before + last;
}

export interface RescheduleVerdict {
  /** now: place it in this plan; later: at `atNs`; never: it stays failed */
  readonly when: 'now' | 'later' | 'never';
  readonly atNs: number;
}

const never: RescheduleVerdict = { when: 'never', atNs: 0 };

export interface RescheduleContext {
  readonly nowNs: number;
  readonly evalId: string;
  /** active deployment of the job: it decides about its own allocations */
  readonly activeDeploymentId: string | undefined;
}

/** For an allocation whose client reports failure, or that is lost to a disconnected client. */
export function rescheduleVerdict(
  alloc: Allocation,
  context: RescheduleContext,
  disconnectedNs?: number,
): RescheduleVerdict {
  const transition = alloc.DesiredTransition;
  const ofDeployment =
    context.activeDeploymentId !== undefined && alloc.DeploymentID === context.activeDeploymentId;
  if (ofDeployment && !transition.Reschedule && disconnectedNs === undefined) return never;
  if (transition.ForceReschedule) return { when: 'now', atNs: context.nowNs };
  const policy = reschedulePolicyOf(alloc);
  if (!policy || !isEligible(alloc, policy, disconnectedNs)) return never;
  const atNs = (disconnectedNs ?? lastEventNs(alloc)) + rescheduleDelayNs(alloc, policy);
  if (alloc.FollowupEvalID === context.evalId || atNs - context.nowNs <= windowNs)
    return { when: 'now', atNs };
  return alloc.FollowupEvalID === '' ? { when: 'later', atNs } : never;
}

function isEligible(
  alloc: Allocation,
  policy: ReschedulePolicy,
  disconnectedNs: number | undefined,
): boolean {
  if (isServerTerminal(alloc)) return false;
  if (disconnectedNs === undefined && alloc.ClientStatus !== clientStatus.failed) return false;
  if (policy.Unlimited) return true;
  if (policy.Attempts <= 0) return false;
  const failedNs = disconnectedNs ?? lastEventNs(alloc);
  const events = alloc.RescheduleTracker?.Events ?? [];
  const recent = events.filter((event) => event.RescheduleTime > failedNs - policy.Interval);
  return recent.length < policy.Attempts;
}

/** History of the replacement: what still counts of the old one's, and this attempt. */
export function nextRescheduleTracker(previous: Allocation, nowNs: number): RescheduleTracker {
  const policy = reschedulePolicyOf(previous);
  const events = previous.RescheduleTracker?.Events ?? [];
  const kept =
    policy && !policy.Unlimited && policy.Attempts > 0
      ? events.filter((event) => nowNs - event.RescheduleTime <= policy.Interval)
      : events.slice(-(unlimitedEventsMax - 1));
  const event: RescheduleEvent = {
    RescheduleTime: nowNs,
    PrevAllocID: previous.ID,
    PrevNodeID: previous.NodeID,
    Delay: policy ? rescheduleDelayNs(previous, policy) : 0,
  };
  return { Events: [...kept, event] };
}
