// SPDX-License-Identifier: MPL-2.0
// Job.*: the desired state that users submit.

import { AllocListStub } from '../objects/allocation.ts';
import { Deployment } from '../objects/deployment.ts';
import { JobDiff, JobPlanResult } from '../objects/diff.ts';
import { Evaluation } from '../objects/evaluation.ts';
import { Job, JobListStub, JobSubmission, JobSummary } from '../objects/job.ts';
import { bool, bytes, int, list, map, ptr, type Static, str, struct, uint } from '../schema.ts';
import { DeploymentListResponse } from './deployment.ts';
import { GenericResponse, method, queryMeta, queryOptions, writeMeta, writeRequest } from './method.ts';

/** EvalID is "" for a periodic or parameterized job. */
export const JobRegisterResponse = struct('JobRegisterResponse', {
  EvalID: str,
  EvalCreateIndex: uint,
  JobModifyIndex: uint,
  Warnings: str,
  ...queryMeta,
});
export interface JobRegisterResponse extends Static<typeof JobRegisterResponse> {}

/** All: also what belongs to an earlier job of the same name. */
export const JobSpecificRequest = struct('JobSpecificRequest', { JobID: str, All: bool, ...queryOptions });
export interface JobSpecificRequest extends Static<typeof JobSpecificRequest> {}

/** EnforceIndex: only when the stored job has JobModifyIndex (0: only when there is none). */
export const Job_Register = method('Job.Register', {
  request: struct('JobRegisterRequest', {
    Submission: ptr(JobSubmission),
    Job: ptr(Job),
    EnforceIndex: bool,
    JobModifyIndex: uint,
    PreserveCounts: bool,
    PolicyOverride: bool,
    EvalPriority: int,
    ...writeRequest,
  }),
  reply: JobRegisterResponse,
});
export const Job_Summary = method('Job.Summary', {
  request: JobSpecificRequest,
  reply: struct('JobSummaryResponse', { JobSummary: ptr(JobSummary), ...queryMeta }),
});
export const Job_Validate = method('Job.Validate', {
  request: struct('JobValidateRequest', { Job: ptr(Job), ...writeRequest }),
  reply: struct('JobValidateResponse', {
    DriverConfigValidated: bool,
    ValidationErrors: list(str),
    Error: str,
    Warnings: str,
  }),
});
export const Job_Revert = method('Job.Revert', {
  request: struct('JobRevertRequest', {
    JobID: str,
    JobVersion: uint,
    EnforcePriorVersion: ptr(uint),
    ConsulToken: str,
    VaultToken: str,
    ...writeRequest,
  }),
  reply: JobRegisterResponse,
});
export const Job_Stable = method('Job.Stable', {
  request: struct('JobStabilityRequest', { JobID: str, JobVersion: uint, Stable: bool, ...writeRequest }),
  reply: GenericResponse,
});
export const Job_Evaluate = method('Job.Evaluate', {
  request: struct('JobEvaluateRequest', {
    JobID: str,
    EvalOptions: struct('EvalOptions', { ForceReschedule: bool }),
    ...writeRequest,
  }),
  reply: JobRegisterResponse,
});
export const Job_Deregister = method('Job.Deregister', {
  request: struct('JobDeregisterRequest', {
    JobID: str,
    Purge: bool,
    Global: bool,
    EvalPriority: int,
    NoShutdownDelay: bool,
    ...writeRequest,
  }),
  reply: struct('JobDeregisterResponse', {
    EvalID: str,
    EvalCreateIndex: uint,
    JobModifyIndex: uint,
    VolumeEvalID: str,
    VolumeEvalIndex: uint,
    ...queryMeta,
  }),
});
/** Between servers of a region only, so the list of jobs need not be Nomad's map with structs for keys. */
export const Job_BatchDeregister = method('Job.BatchDeregister', {
  request: struct('JobBatchDeregisterRequest', {
    Jobs: list(struct('JobDeregisterOptions', { Namespace: str, ID: str, Purge: bool })),
    Evals: list(Evaluation),
    ...writeRequest,
  }),
  reply: struct('JobBatchDeregisterResponse', { JobEvals: list(str), ...writeMeta }),
});
export const Job_GetJob = method('Job.GetJob', {
  request: JobSpecificRequest,
  reply: struct('SingleJobResponse', { Job: ptr(Job), ...queryMeta }),
});
export const Job_GetJobVersions = method('Job.GetJobVersions', {
  request: struct('JobVersionsRequest', { JobID: str, Diffs: bool, ...queryOptions }),
  reply: struct('JobVersionsResponse', { Versions: list(Job), Diffs: list(JobDiff), ...queryMeta }),
});
export const Job_GetJobSubmission = method('Job.GetJobSubmission', {
  request: struct('JobSubmissionRequest', { JobID: str, Version: uint, ...queryOptions }),
  reply: struct('JobSubmissionResponse', { Submission: ptr(JobSubmission), ...queryMeta }),
});
export const Job_List = method('Job.List', {
  request: struct('JobListRequest', {
    Fields: ptr(struct('JobStubFields', { Meta: bool })),
    ...queryOptions,
  }),
  reply: struct('JobListResponse', { Jobs: list(JobListStub), ...queryMeta }),
});
export const Job_Allocations = method('Job.Allocations', {
  request: JobSpecificRequest,
  reply: struct('JobAllocationsResponse', { Allocations: list(AllocListStub), ...queryMeta }),
});
export const Job_Evaluations = method('Job.Evaluations', {
  request: JobSpecificRequest,
  reply: struct('JobEvaluationsResponse', { Evaluations: list(Evaluation), ...queryMeta }),
});
export const Job_Deployments = method('Job.Deployments', {
  request: JobSpecificRequest,
  reply: DeploymentListResponse,
});
export const Job_LatestDeployment = method('Job.LatestDeployment', {
  request: JobSpecificRequest,
  reply: struct('SingleDeploymentResponse', { Deployment: ptr(Deployment), ...queryMeta }),
});
export const Job_Plan = method('Job.Plan', {
  request: struct('JobPlanRequest', { Job: ptr(Job), Diff: bool, PolicyOverride: bool, ...writeRequest }),
  reply: struct('JobPlanResponse', { ...JobPlanResult.fields, ...writeMeta }),
});
/** EvalID is "" when the caller's idempotency token was used before, and for a job that is periodic as well. */
export const JobDispatchResponse = struct('JobDispatchResponse', {
  DispatchedJobID: str,
  EvalID: str,
  EvalCreateIndex: uint,
  JobCreateIndex: uint,
  ...writeMeta,
});
export interface JobDispatchResponse extends Static<typeof JobDispatchResponse> {}

export const Job_Dispatch = method('Job.Dispatch', {
  request: struct('JobDispatchRequest', {
    JobID: str,
    Payload: bytes,
    Meta: map(str),
    IdPrefixTemplate: str,
    ...writeRequest,
  }),
  reply: JobDispatchResponse,
});
