// SPDX-License-Identifier: MPL-2.0
// How long to wait before asking the servers again. Pure; `base` to `2 × base` everywhere, so that a cluster of clients
// does not return at the same moment.

import type { Random } from '#base';

/** Milliseconds of the shortest wait of each kind; the longest is twice as long. */
export const retryMs = {
  /** no server known or reachable at the start */
  noServer: 1_000,
  register: 15_000,
  heartbeatFar: 15_000,
  heartbeatLate: 1_000,
  heartbeatMax: 25_000,
  allocsMissing: 2_000,
  allocs: 30_000,
  sync: 5_000,
  events: 5_000,
  reregister: 5_000,
} as const;

export function spread(baseMs: number, random: Pick<Random, 'float'>): number {
  return baseMs * (1 + random.float());
}

/** A dev agent talks to itself: a second is enough for everything. */
export const devRetryMs = 250;

/** Just missed: the server's grace period is still running. */
const justMissedMs = 30_000;

export interface HeartbeatRetryInput {
  /** end of the last TTL that was granted, on the same clock as now; undefined: there was none */
  readonly expiresMs: number | undefined;
  readonly nowMs: number;
  readonly leaderless: boolean;
  readonly random: Pick<Random, 'float'>;
}

/** After a heartbeat that failed: soon while the TTL can still be kept, else spread out. */
export function heartbeatRetryMs({ expiresMs, nowMs, leaderless, random }: HeartbeatRetryInput): number {
  if (expiresMs === undefined || leaderless) return spread(retryMs.heartbeatFar, random);
  const leftMs = expiresMs - nowMs;
  const low = spread(retryMs.heartbeatLate, random);
  if (leftMs <= 0 && -leftMs < justMissedMs) return low;
  const high = retryMs.heartbeatMax * (1 + 0.2 * random.float());
  return Math.min(high, Math.max(low, Math.abs(leftMs) * random.float()));
}

/** First heartbeat: servers see 50 new clients per second at most, the last one after 10 s. */
export function firstHeartbeatMs(nodes: number, random: Pick<Random, 'float'>): number {
  return Math.min(10_000, nodes * 20) * random.float();
}
