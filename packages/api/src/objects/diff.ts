// SPDX-License-Identifier: MPL-2.0
// Difference between two job versions, and the answer to a plan request.

import { lazy, list, map, ptr, type Schema, type Static, str, struct, time, uint } from '../schema.ts';
import { AllocListStub } from './allocation.ts';
import { AllocMetric, DesiredUpdates, Evaluation } from './evaluation.ts';

/** Type: None, Added, Deleted, Edited. */
export const FieldDiff = struct('FieldDiff', {
  Type: str,
  Name: str,
  Old: str,
  New: str,
  Annotations: list(str),
});
export interface FieldDiff extends Static<typeof FieldDiff> {}

export interface ObjectDiff {
  readonly Type: string;
  readonly Name: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
}
export const ObjectDiff: Schema<ObjectDiff> & { readonly kind: 'struct'; readonly name: string } = struct(
  'ObjectDiff',
  {
    Type: str,
    Name: str,
    Fields: list(FieldDiff),
    Objects: lazy<readonly ObjectDiff[] | null>('list', (): Schema => ObjectDiff),
  },
);

export const TaskDiff = struct('TaskDiff', {
  Type: str,
  Name: str,
  Fields: list(FieldDiff),
  Objects: list(ObjectDiff),
  Annotations: list(str),
});
export interface TaskDiff extends Static<typeof TaskDiff> {}

export const TaskGroupDiff = struct('TaskGroupDiff', {
  Type: str,
  Name: str,
  Fields: list(FieldDiff),
  Objects: list(ObjectDiff),
  Tasks: list(TaskDiff),
  Updates: map(uint),
});
export interface TaskGroupDiff extends Static<typeof TaskGroupDiff> {}

export const JobDiff = struct('JobDiff', {
  Type: str,
  ID: str,
  Fields: list(FieldDiff),
  Objects: list(ObjectDiff),
  TaskGroups: list(TaskGroupDiff),
});
export interface JobDiff extends Static<typeof JobDiff> {}

export const PlanAnnotations = struct('PlanAnnotations', {
  DesiredTGUpdates: map(DesiredUpdates),
  PreemptedAllocs: list(AllocListStub),
});
export interface PlanAnnotations extends Static<typeof PlanAnnotations> {}

export const JobPlanResult = struct('JobPlanResult', {
  Annotations: ptr(PlanAnnotations),
  FailedTGAllocs: map(AllocMetric),
  JobModifyIndex: uint,
  CreatedEvals: list(Evaluation),
  Diff: ptr(JobDiff),
  NextPeriodicLaunch: time,
  Warnings: str,
});
