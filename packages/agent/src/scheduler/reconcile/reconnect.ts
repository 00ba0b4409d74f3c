// SPDX-License-Identifier: MPL-2.0
// A client came back with allocations that were given up for the time being: who stays, the original or its
// replacement?

import type { Allocation, Job } from '@serai/api';
import { clientStatus, isServerTerminal, isTerminal } from '#model';
import { nsOfIso, withClientStatus } from '../alloc-rows.ts';
import { rulesOf } from './disconnect.ts';
import { type Stop, stopReason } from './result.ts';

export interface ReconnectOutcome {
  readonly stop: readonly Stop[];
  /** originals that stay, with a note that their client is back */
  readonly kept: readonly Allocation[];
}

export function reconnect(options: {
  readonly returning: readonly Allocation[];
  readonly all: readonly Allocation[];
  readonly job: Job;
  readonly nowNs: number;
}): ReconnectOutcome {
  const stop: Stop[] = [];
  const kept: Allocation[] = [];
  for (const original of options.returning) {
    const replacements = options.all.filter(
      (alloc) => alloc.ID !== original.ID && alloc.Name === original.Name && !isTerminal(alloc),
    );
    if (!isWanted(original, options.job) || replacements.some((other) => isPreferred(other, original))) {
      if (!isServerTerminal(original)) stop.push({ alloc: original, description: stopReason.reconnected });
      continue;
    }
    kept.push(withClientStatus(original, original.ClientStatus, options.nowNs));
    for (const alloc of replacements) stop.push({ alloc, description: stopReason.reconnected });
  }
  return { stop, kept };
}

/** Still of the current version, healthy and not about to go elsewhere. */
function isWanted(original: Allocation, job: Job): boolean {
  const transition = original.DesiredTransition;
  return (
    !isServerTerminal(original) &&
    original.ClientStatus !== clientStatus.failed &&
    !transition.Migrate &&
    !transition.Reschedule &&
    !transition.ForceReschedule &&
    original.Job?.CreateIndex === job.CreateIndex &&
    original.Job.Version >= job.Version
  );
}

/** The replacement stays rather than the original. */
function isPreferred(replacement: Allocation, original: Allocation): boolean {
  const newer = (replacement.Job?.Version ?? 0) - (original.Job?.Version ?? 0);
  if (newer !== 0) return newer > 0;
  switch (rulesOf(original).reconcile) {
    case 'keep_original':
      return false;
    case 'keep_replacement':
      return replacement.ClientStatus === clientStatus.running;
    case 'longest_running':
      return runningSinceNs(replacement) < runningSinceNs(original);
    default:
      return replacement.ClientStatus === clientStatus.running && scoreOf(replacement) > scoreOf(original);
  }
}

function runningSinceNs(alloc: Allocation): number {
  let since = Number.POSITIVE_INFINITY;
  for (const state of Object.values(alloc.TaskStates ?? {})) {
    since = Math.min(since, nsOfIso(state.StartedAt) ?? Number.POSITIVE_INFINITY);
  }
  return since;
}

/** Score of its node when it was placed. */
function scoreOf(alloc: Allocation): number {
  return alloc.Metrics?.ScoreMetaData?.find((meta) => meta.NodeID === alloc.NodeID)?.NormScore ?? 0;
}
