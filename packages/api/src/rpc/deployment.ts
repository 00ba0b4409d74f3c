// SPDX-License-Identifier: MPL-2.0
// Deployment.*: progress of rolling updates.

import { Deployment } from '../objects/deployment.ts';
import { bool, list, ptr, type Static, str, struct, uint } from '../schema.ts';
import { AllocListResponse } from './alloc.ts';
import { GenericRequest, method, queryMeta, queryOptions, writeMeta, writeRequest } from './method.ts';

const DeploymentSpecificRequest = struct('DeploymentSpecificRequest', {
  DeploymentID: str,
  ...queryOptions,
});
export const DeploymentListResponse = struct('DeploymentListResponse', {
  Deployments: list(Deployment),
  ...queryMeta,
});
export interface DeploymentListResponse extends Static<typeof DeploymentListResponse> {}

export const DeploymentUpdateResponse = struct('DeploymentUpdateResponse', {
  EvalID: str,
  EvalCreateIndex: uint,
  DeploymentModifyIndex: uint,
  RevertedJobVersion: ptr(uint),
  ...writeMeta,
});
export interface DeploymentUpdateResponse extends Static<typeof DeploymentUpdateResponse> {}

export const Deployment_List = method('Deployment.List', {
  request: GenericRequest,
  reply: DeploymentListResponse,
});
export const Deployment_GetDeployment = method('Deployment.GetDeployment', {
  request: DeploymentSpecificRequest,
  reply: struct('SingleDeploymentResponse', { Deployment: ptr(Deployment), ...queryMeta }),
});
export const Deployment_Allocations = method('Deployment.Allocations', {
  request: DeploymentSpecificRequest,
  reply: AllocListResponse,
});
export const Deployment_SetAllocHealth = method('Deployment.SetAllocHealth', {
  request: struct('DeploymentAllocHealthRequest', {
    DeploymentID: str,
    HealthyAllocationIDs: list(str),
    UnhealthyAllocationIDs: list(str),
    ...writeRequest,
  }),
  reply: DeploymentUpdateResponse,
});
export const Deployment_Fail = method('Deployment.Fail', {
  request: struct('DeploymentFailRequest', { DeploymentID: str, ...writeRequest }),
  reply: DeploymentUpdateResponse,
});
export const Deployment_Pause = method('Deployment.Pause', {
  request: struct('DeploymentPauseRequest', { DeploymentID: str, Pause: bool, ...writeRequest }),
  reply: DeploymentUpdateResponse,
});
export const Deployment_Promote = method('Deployment.Promote', {
  request: struct('DeploymentPromoteRequest', {
    DeploymentID: str,
    All: bool,
    Groups: list(str),
    ...writeRequest,
  }),
  reply: DeploymentUpdateResponse,
});
