// SPDX-License-Identifier: MPL-2.0
// How many allocations of a group may be replaced by the new version now.

import type { Allocation, TaskGroup } from '@serai/api';
import { type DeploymentProgress, hasUpdateStrategy } from './deployment-progress.ts';

export interface UpdateLimitInput {
  readonly group: TaskGroup;
  readonly progress: DeploymentProgress;
  /** allocations that stand, of whatever version */
  readonly running: readonly Allocation[];
  /** how many are to be replaced or moved */
  readonly changing: number;
  readonly isCanarying: boolean;
}

/** max_parallel, less those of the deployment whose health is not known yet; none once one of them is unhealthy. */
export function updateLimit(input: UpdateLimitInput): number {
  const { group, running } = input;
  const { current, paused, failed } = input.progress;
  if (!hasUpdateStrategy(group) || input.changing === 0) return group.Count;
  let limit = group.Update?.MaxParallel ?? 0;
  if (!current) return limit;
  if (paused || failed || input.isCanarying) return 0;
  for (const alloc of running) {
    if (alloc.DeploymentID !== current.ID) continue;
    if (alloc.DeploymentStatus?.Healthy === false) return 0;
    if (alloc.DeploymentStatus?.Healthy !== true) limit--;
  }
  return Math.max(0, limit);
}
