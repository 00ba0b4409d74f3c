// SPDX-License-Identifier: MPL-2.0
// A request to reconcile a job, and the metrics that explain a placement.

import { bool, duration, float, int, list, map, type Static, str, struct, time, uint } from '../schema.ts';
import { Resources } from './job.ts';

export const NodeScoreMeta = struct('NodeScoreMeta', { NodeID: str, Scores: map(float), NormScore: float });
export interface NodeScoreMeta extends Static<typeof NodeScoreMeta> {}

export const AllocMetric = struct('AllocMetric', {
  NodesEvaluated: int,
  NodesFiltered: int,
  NodesInPool: int,
  NodesAvailable: map(int),
  ClassFiltered: map(int),
  ConstraintFiltered: map(int),
  NodesExhausted: int,
  ClassExhausted: map(int),
  DimensionExhausted: map(int),
  QuotaExhausted: list(str),
  ResourcesExhausted: map(Resources),
  Scores: map(float),
  ScoreMetaData: list(NodeScoreMeta),
  AllocationTime: duration,
  CoalescedFailures: int,
});
export interface AllocMetric extends Static<typeof AllocMetric> {}

export const EvaluationStub = struct('EvaluationStub', {
  ID: str,
  Namespace: str,
  Priority: int,
  Type: str,
  TriggeredBy: str,
  JobID: str,
  NodeID: str,
  DeploymentID: str,
  Status: str,
  StatusDescription: str,
  WaitUntil: time,
  NextEval: str,
  PreviousEval: str,
  BlockedEval: str,
  CreateIndex: uint,
  ModifyIndex: uint,
  CreateTime: int,
  ModifyTime: int,
});
export interface EvaluationStub extends Static<typeof EvaluationStub> {}

/** Status: blocked, pending, complete, failed, canceled. Times in Unix nanoseconds. */
export const Evaluation = struct(
  'Evaluation',
  {
    ID: str,
    Namespace: str,
    Priority: int,
    Type: str,
    TriggeredBy: str,
    JobID: str,
    JobModifyIndex: uint,
    NodeID: str,
    NodeModifyIndex: uint,
    DeploymentID: str,
    Status: str,
    StatusDescription: str,
    Wait: duration,
    WaitUntil: time,
    NextEval: str,
    PreviousEval: str,
    BlockedEval: str,
    RelatedEvals: list(EvaluationStub),
    FailedTGAllocs: map(AllocMetric),
    ClassEligibility: map(bool),
    QuotaLimitReached: str,
    EscapedComputedClass: bool,
    AnnotatePlan: bool,
    QueuedAllocations: map(int),
    LeaderACL: str,
    SnapshotIndex: uint,
    CreateIndex: uint,
    ModifyIndex: uint,
    CreateTime: int,
    ModifyTime: int,
  },
  { omitEmpty: true },
);
export interface Evaluation extends Static<typeof Evaluation> {}

export const DesiredUpdates = struct('DesiredUpdates', {
  Ignore: uint,
  Place: uint,
  Migrate: uint,
  Stop: uint,
  InPlaceUpdate: uint,
  DestructiveUpdate: uint,
  Canary: uint,
  Preemptions: uint,
});
export interface DesiredUpdates extends Static<typeof DesiredUpdates> {}
