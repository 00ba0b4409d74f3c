// SPDX-License-Identifier: MPL-2.0
// Objects of the scaling API. Policies and events themselves stand with the job.

import { bool, int, list, map, type Static, str, struct, uint } from '../schema.ts';
import { ScalingEvent } from './job.ts';

export const ScalingPolicyListStub = struct('ScalingPolicyListStub', {
  ID: str,
  Enabled: bool,
  Type: str,
  Target: map(str),
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface ScalingPolicyListStub extends Static<typeof ScalingPolicyListStub> {}

/** Counts of allocations; `Events` newest first. */
export const TaskGroupScaleStatus = struct('TaskGroupScaleStatus', {
  Desired: int,
  Placed: int,
  Running: int,
  Healthy: int,
  Unhealthy: int,
  Events: list(ScalingEvent),
});
export interface TaskGroupScaleStatus extends Static<typeof TaskGroupScaleStatus> {}

export const JobScaleStatus = struct('JobScaleStatus', {
  JobID: str,
  Namespace: str,
  JobCreateIndex: uint,
  JobModifyIndex: uint,
  JobStopped: bool,
  TaskGroups: map(TaskGroupScaleStatus),
});
export interface JobScaleStatus extends Static<typeof JobScaleStatus> {}
