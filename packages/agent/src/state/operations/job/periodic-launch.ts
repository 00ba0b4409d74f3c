// SPDX-License-Identifier: MPL-2.0
// Remembers until when the launches of a periodic job are dealt with, so that one that fell into a restart is caught up.

import type { Job } from '@serai/api';
import { cronSpecs, isPeriodicActive } from '#model';
import { jobKey } from '../../tables/keys.ts';
import type { Tx } from '../../tx.ts';
import { isoOf } from '../timestamp.ts';

/** Everything that was due up to this moment (RFC 3339) was launched, or deliberately skipped. */
export function recordPeriodicLaunch(tx: Tx, job: Pick<Job, 'Namespace' | 'ID'>, launch: string): void {
  const existing = tx.periodicLaunch(job.Namespace, job.ID);
  tx.put('periodicLaunches', {
    Namespace: job.Namespace,
    ID: job.ID,
    Launch: launch,
    CreateIndex: existing?.CreateIndex ?? tx.index,
    ModifyIndex: tx.index,
  });
}

/**
 * After a registration. A schedule counts from the moment it was submitted: what a new, changed or restarted one would
 * have launched before is nothing to catch up.
 */
export function syncPeriodicLaunch(tx: Tx, existing: Job | undefined, job: Job): void {
  if (!isPeriodicActive(job)) {
    forgetPeriodicLaunch(tx, job);
    return;
  }
  const known = tx.periodicLaunch(job.Namespace, job.ID) !== undefined;
  if (!known || scheduleOf(existing) !== scheduleOf(job)) {
    recordPeriodicLaunch(tx, job, isoOf(job.SubmitTime));
  }
}

export function forgetPeriodicLaunch(tx: Tx, job: Pick<Job, 'Namespace' | 'ID'>): void {
  tx.delete('periodicLaunches', jobKey(job.Namespace, job.ID));
}

function scheduleOf(job: Job | undefined): string {
  if (!job?.Periodic || !isPeriodicActive(job)) return '';
  return JSON.stringify([job.Periodic.TimeZone, ...cronSpecs(job.Periodic)]);
}
