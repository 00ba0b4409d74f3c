// SPDX-License-Identifier: MPL-2.0
// Does an allocation still count towards its group?

import type { Allocation } from '@serai/api';
import { clientStatus, isClientTerminal, isServerTerminal } from '#model';

/** kept: counts; failed: counts unless it can be rescheduled; gone: has ended and counts no more */
export type Standing = 'kept' | 'failed' | 'gone';

export function standingOf(alloc: Allocation, isBatch: boolean): Standing {
  return isBatch ? batchStanding(alloc) : serviceStanding(alloc);
}

function serviceStanding(alloc: Allocation): Standing {
  if (isServerTerminal(alloc)) return 'gone';
  if (alloc.ClientStatus === clientStatus.complete || alloc.ClientStatus === clientStatus.lost) return 'gone';
  return alloc.ClientStatus === clientStatus.failed ? 'failed' : 'kept';
}

/** A batch allocation that ran to its end stays done. */
function batchStanding(alloc: Allocation): Standing {
  const ranWell = alloc.ClientStatus === clientStatus.complete;
  if (isServerTerminal(alloc)) return ranWell && alloc.DesiredStatus === 'stop' ? 'kept' : 'gone';
  if (ranWell) return 'kept';
  if (alloc.ClientStatus === clientStatus.failed) return 'failed';
  return isClientTerminal(alloc) ? 'gone' : 'kept';
}
