// SPDX-License-Identifier: MPL-2.0
// Metadata as a task sees it.

import type { Job } from '@serai/api';

/** Job, group and task metadata merged; the inner one wins. Names that don't exist add nothing. */
export function combinedMeta(
  job: Pick<Job, 'Meta' | 'TaskGroups'>,
  groupName: string,
  taskName: string,
): Readonly<Record<string, string>> {
  const group = job.TaskGroups?.find((item) => item.Name === groupName);
  const task = group?.Tasks?.find((item) => item.Name === taskName);
  return { ...job.Meta, ...group?.Meta, ...task?.Meta };
}
