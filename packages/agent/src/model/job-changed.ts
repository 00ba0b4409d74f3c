// SPDX-License-Identifier: MPL-2.0
// Decides whether a submitted job is a new version of the stored one.

import type { Job, TaskGroup } from '@serai/api';
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

const withoutGroups: ReadonlySet<string> = new Set([...bookkeeping, 'TaskGroups']);

/** True when the desired state differs, so that the job needs a new version. Both canonicalized. */
export function jobSpecChanged(a: Job, b: Job): boolean {
  if (!equalObjects(a, b, withoutGroups)) return true;
  return (
    a.TaskGroups !== b.TaskGroups && !equalObjects(a.TaskGroups?.map(userPart), b.TaskGroups?.map(userPart))
  );
}

/** A group without what the state store wrote into its scaling policy. */
function userPart(group: TaskGroup): TaskGroup {
  const scaling = group.Scaling;
  return scaling ? { ...group, Scaling: { ...scaling, ID: '', CreateIndex: 0, ModifyIndex: 0 } } : group;
}
