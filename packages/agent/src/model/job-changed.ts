// SPDX-License-Identifier: MPL-2.0
// Decides whether a submitted job is a new version of the stored one.

import type { Job } from '@serai/api';
import { equalObjects } from './equality.ts';

/** Fields that the servers write: they say nothing about what the user wants. */
const bookkeeping: ReadonlySet<string> = new Set([
  'Status',
  'StatusDescription',
  'Stable',
  'Version',
  'VersionTag',
  'SubmitTime',
  'CreateIndex',
  'ModifyIndex',
  'JobModifyIndex',
  'NomadTokenID',
  'ConsulToken',
  'VaultToken',
]);

/** True when the desired state differs, so that the job needs a new version. Both canonicalized. */
export function jobSpecChanged(a: Job, b: Job): boolean {
  return !equalObjects(a, b, bookkeeping);
}
