// SPDX-License-Identifier: MPL-2.0
// Counts of task groups and scaling policies.

import { ScalingPolicy } from '../objects/job.ts';
import { JobScaleStatus, ScalingPolicyListStub } from '../objects/scaling.ts';
import { JobRegisterResponse } from '../rpc/job.ts';
import { any, bool, int, list, map, ptr, str, struct } from '../schema.ts';
import { text } from './query.ts';
import { body, json, noBody, read, route, type Security, smallBodyBytes, write } from './route.ts';

export const JobScaleBody = struct('', {
  Count: ptr(int),
  Target: map(str),
  Message: str,
  Error: bool,
  Meta: map(any),
  PolicyOverride: bool,
});

const reading: Security = {
  callers: 'user',
  capability: 'namespace:read-scaling-policy',
  bodyLimitBytes: 0,
  rate: 'read',
  audit: 'read',
};
const blockingRead = {
  methods: read,
  request: noBody,
  blocking: true,
  paginated: false,
} as const;

export const scalingRoutes = {
  jobStatus: route({
    ...blockingRead,
    name: 'scaling.job-status',
    path: '/v1/job/:id/scale',
    query: {},
    response: json(ptr(JobScaleStatus)),
    security: { ...reading, capability: 'namespace:read-job or read-job-scaling' },
  }),
  scaleJob: route({
    name: 'scaling.scale-job',
    methods: write,
    path: '/v1/job/:id/scale',
    query: {},
    request: body(JobScaleBody),
    response: json(JobRegisterResponse),
    blocking: false,
    paginated: false,
    security: {
      callers: 'user',
      capability: 'namespace:scale-job or submit-job',
      bodyLimitBytes: smallBodyBytes,
      rate: 'write',
      audit: 'write',
    },
  }),
  policies: route({
    ...blockingRead,
    name: 'scaling.policies',
    path: '/v1/scaling/policies',
    query: { job: text, type: text },
    response: json(list(ScalingPolicyListStub)),
    security: { ...reading, capability: 'namespace:list-scaling-policies' },
  }),
  policy: route({
    ...blockingRead,
    name: 'scaling.policy',
    path: '/v1/scaling/policy/:id',
    query: {},
    response: json(ptr(ScalingPolicy)),
    security: reading,
  }),
} as const;
