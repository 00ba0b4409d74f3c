// SPDX-License-Identifier: MPL-2.0
// Counts of task groups: changing one, and the policies that say how an autoscaler may.

import { ScalingPolicy } from '../objects/job.ts';
import { JobScaleStatus, ScalingPolicyListStub } from '../objects/scaling.ts';
import { any, bool, int, list, map, ptr, str, struct } from '../schema.ts';
import { JobRegisterResponse } from './job.ts';
import { method, queryMeta, queryOptions, writeRequest } from './method.ts';

/** Target: `Group`, and optionally `Job` and `Namespace`. Without a Count only an event is recorded. */
export const Job_Scale = method('Job.Scale', {
  request: struct('JobScaleRequest', {
    JobID: str,
    Target: map(str),
    Count: ptr(int),
    Message: str,
    Error: bool,
    Meta: map(any),
    PolicyOverride: bool,
    ...writeRequest,
  }),
  reply: JobRegisterResponse,
});
export const Job_ScaleStatus = method('Job.ScaleStatus', {
  request: struct('JobScaleStatusRequest', { JobID: str, ...queryOptions }),
  reply: struct('JobScaleStatusResponse', { JobScaleStatus: ptr(JobScaleStatus), ...queryMeta }),
});
export const Scaling_ListPolicies = method('Scaling.ListPolicies', {
  request: struct('ScalingPolicyListRequest', { Job: str, Type: str, ...queryOptions }),
  reply: struct('ScalingPolicyListResponse', { Policies: list(ScalingPolicyListStub), ...queryMeta }),
});
export const Scaling_GetPolicy = method('Scaling.GetPolicy', {
  request: struct('ScalingPolicySpecificRequest', { ID: str, ...queryOptions }),
  reply: struct('SingleScalingPolicyResponse', { Policy: ptr(ScalingPolicy), ...queryMeta }),
});
