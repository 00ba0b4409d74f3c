// SPDX-License-Identifier: MPL-2.0
// Progress record of a rolling update of one job version.

import { bool, duration, int, list, map, type Static, str, struct, time, uint } from '../schema.ts';

export const DeploymentState = struct('DeploymentState', {
  AutoRevert: bool,
  AutoPromote: bool,
  ProgressDeadline: duration,
  RequireProgressBy: time,
  Promoted: bool,
  PlacedCanaries: list(str),
  DesiredCanaries: int,
  DesiredTotal: int,
  PlacedAllocs: int,
  HealthyAllocs: int,
  UnhealthyAllocs: int,
});
export interface DeploymentState extends Static<typeof DeploymentState> {}

/** Status: initializing, running, paused, failed, successful, cancelled, pending, blocked, unblocking. */
export const Deployment = struct('Deployment', {
  ID: str,
  Namespace: str,
  JobID: str,
  JobVersion: uint,
  JobModifyIndex: uint,
  JobSpecModifyIndex: uint,
  JobCreateIndex: uint,
  IsMultiregion: bool,
  TaskGroups: map(DeploymentState),
  Status: str,
  StatusDescription: str,
  EvalPriority: int,
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface Deployment extends Static<typeof Deployment> {}

export const DeploymentStatusUpdate = struct('DeploymentStatusUpdate', {
  DeploymentID: str,
  Status: str,
  StatusDescription: str,
});
export interface DeploymentStatusUpdate extends Static<typeof DeploymentStatusUpdate> {}
