// SPDX-License-Identifier: MPL-2.0
// What can be read off an allocation.

import type { Allocation, Job, TaskGroup } from '@serai/api';

export const desiredStatus = { run: 'run', stop: 'stop', evict: 'evict' } as const;
export const clientStatus = {
  pending: 'pending',
  running: 'running',
  complete: 'complete',
  failed: 'failed',
  lost: 'lost',
  unknown: 'unknown',
} as const;

/** The server wants it gone. */
export function isServerTerminal(alloc: Pick<Allocation, 'DesiredStatus'>): boolean {
  return alloc.DesiredStatus === desiredStatus.stop || alloc.DesiredStatus === desiredStatus.evict;
}

/** Its tasks will not run again. */
export function isClientTerminal(alloc: Pick<Allocation, 'ClientStatus'>): boolean {
  return (
    alloc.ClientStatus === clientStatus.complete ||
    alloc.ClientStatus === clientStatus.failed ||
    alloc.ClientStatus === clientStatus.lost
  );
}

export function isTerminal(alloc: Pick<Allocation, 'DesiredStatus' | 'ClientStatus'>): boolean {
  return isServerTerminal(alloc) || isClientTerminal(alloc);
}

/** `web.frontend[3]` */
export function allocName(jobId: string, group: string, index: number): string {
  return `${jobId}.${group}[${index}]`;
}

/** 3 for `web.frontend[3]`; -1 when the name has none. */
export function allocIndex(name: string): number {
  const open = name.lastIndexOf('[');
  if (open < 0 || !name.endsWith(']')) return -1;
  const index = Number(name.slice(open + 1, -1));
  return Number.isInteger(index) ? index : -1;
}

export function findTaskGroup(job: Job | null | undefined, name: string): TaskGroup | undefined {
  return job?.TaskGroups?.find((group) => group.Name === name);
}
