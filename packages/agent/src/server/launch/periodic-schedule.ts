// SPDX-License-Identifier: MPL-2.0
// When a periodic job launches: pure, from the job, the moment up to which its launches are dealt with, and now.

import type { Job } from '@serai/api';
import { cronSpecs, isPeriodicActive, nextCronTime } from '#model';
import type { StateReader } from '#state';

type Scheduled = Pick<Job, 'Periodic' | 'Stop' | 'ParameterizedJob' | 'Dispatched'>;

/** First launch after this moment, in Unix milliseconds; undefined: never again. */
export function nextLaunchMs(job: Scheduled, afterMs: number): number | undefined {
  if (!job.Periodic || !isPeriodicActive(job)) return undefined;
  const timeZone = job.Periodic.TimeZone === '' ? 'UTC' : job.Periodic.TimeZone;
  return nextCronTime(cronSpecs(job.Periodic), { timeZone, afterMs });
}

/** Up to when the launches of this job are dealt with, in Unix milliseconds. */
export function handledUntilMs(state: StateReader, job: Job): number {
  const launch = state.periodicLaunch(job.Namespace, job.ID);
  return launch ? Date.parse(launch.Launch) : job.SubmitTime / 1e6;
}

export type LaunchDecision =
  | { readonly kind: 'never' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** `atMs` names the child and is what is remembered, whether it launches or is skipped */
  | { readonly kind: 'launch' | 'skip'; readonly atMs: number };

/**
 * What to do with the job now. A launch that is late keeps the time it was due at. Of several that were missed (the
 * servers were down) one is caught up, and it counts as launched now. While the job prohibits overlap and a child still
 * lives, the launch is skipped, not put off.
 */
export function decideLaunch(
  job: Scheduled,
  at: { readonly handledUntilMs: number; readonly nowMs: number; readonly hasLiveChild: () => boolean },
): LaunchDecision {
  const dueMs = nextLaunchMs(job, at.handledUntilMs);
  if (dueMs === undefined) return { kind: 'never' };
  if (dueMs > at.nowMs) return { kind: 'wait', untilMs: dueMs };
  const followingMs = nextLaunchMs(job, dueMs);
  const missedMore = followingMs !== undefined && followingMs <= at.nowMs;
  const atMs = missedMore ? wholeSecond(at.nowMs) : dueMs;
  const overlaps = job.Periodic?.ProhibitOverlap === true && at.hasLiveChild();
  return { kind: overlaps ? 'skip' : 'launch', atMs };
}

/** Launches are named by whole seconds. */
export function wholeSecond(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}
