// SPDX-License-Identifier: MPL-2.0
// What a change of an allocation means for the counters and the progress deadline of its deployment.

import { type Allocation, type DeploymentState, zeroTime } from '@serai/api';
import type { Tx } from '../tx.ts';
import { isAfter, isoOf, isoPlus } from './timestamp.ts';

/** undefined: the client has not said yet */
function healthOf(alloc: Allocation | undefined): boolean | undefined {
  return alloc?.DeploymentStatus?.Healthy ?? undefined;
}

export function countInDeployment(
  tx: Tx,
  change: { readonly before: Allocation | undefined; readonly after: Allocation; readonly nowNs: number },
): void {
  const { after } = change;
  if (after.DeploymentID === '') return;
  const deployment = tx.deployment(after.DeploymentID);
  const state = deployment?.TaskGroups?.[after.TaskGroup];
  if (!deployment || !state) return;
  const next = counted(state, change);
  if (next === state) return;
  tx.put('deployments', {
    ...deployment,
    TaskGroups: { ...deployment.TaskGroups, [after.TaskGroup]: next },
    ModifyIndex: tx.index,
  });
}

function counted(
  state: DeploymentState,
  change: { before: Allocation | undefined; after: Allocation; nowNs: number },
): DeploymentState {
  const { before, after, nowNs } = change;
  const placed = before?.DeploymentID !== after.DeploymentID;
  const was = placed ? undefined : healthOf(before);
  const is = healthOf(after);
  const canary = after.DeploymentStatus?.Canary === true && !state.PlacedCanaries?.includes(after.ID);
  if (!placed && was === is && !canary) return state;
  const deadline = progressDeadline(state, {
    placed,
    becameHealthy: is === true && was !== true,
    after,
    nowNs,
  });
  return {
    ...state,
    PlacedAllocs: state.PlacedAllocs + (placed ? 1 : 0),
    HealthyAllocs: Math.max(0, state.HealthyAllocs + Number(is === true) - Number(was === true)),
    UnhealthyAllocs: Math.max(0, state.UnhealthyAllocs + Number(is === false) - Number(was === false)),
    PlacedCanaries: canary ? [...(state.PlacedCanaries ?? []), after.ID] : state.PlacedCanaries,
    RequireProgressBy: deadline,
  };
}

/** Starts with the first placement and moves with every allocation that became healthy. */
function progressDeadline(
  state: DeploymentState,
  change: { placed: boolean; becameHealthy: boolean; after: Allocation; nowNs: number },
): string {
  if (state.ProgressDeadline === 0) return state.RequireProgressBy;
  if (change.becameHealthy) {
    const stamp = change.after.DeploymentStatus?.Timestamp ?? zeroTime;
    const since = stamp === zeroTime ? isoOf(change.nowNs) : stamp;
    const by = isoPlus(since, state.ProgressDeadline);
    return isAfter(by, state.RequireProgressBy) ? by : state.RequireProgressBy;
  }
  if (change.placed && state.RequireProgressBy === zeroTime) {
    return isoPlus(isoOf(change.nowNs), state.ProgressDeadline);
  }
  return state.RequireProgressBy;
}
