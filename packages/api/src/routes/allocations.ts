// SPDX-License-Identifier: MPL-2.0
// Routes of allocations, evaluations and deployments.

import { Allocation, AllocListStub } from '../objects/allocation.ts';
import { Deployment } from '../objects/deployment.ts';
import { Evaluation } from '../objects/evaluation.ts';
import { Alloc_Stop } from '../rpc/alloc.ts';
import { DeploymentUpdateResponse } from '../rpc/deployment.ts';
import { Eval_Count, Eval_Delete } from '../rpc/eval.ts';
import { bool, list, str, struct } from '../schema.ts';
import { flag, flagOn, text } from './query.ts';
import {
  body,
  json,
  noBody,
  optionalBody,
  read,
  remove,
  route,
  type Security,
  smallBodyBytes,
  write,
} from './route.ts';

export const EvalDeleteBody = struct('', { EvalIDs: list(str), Filter: str });
export const DeploymentPauseBody = struct('', { DeploymentID: str, Pause: bool });
export const DeploymentPromoteBody = struct('', { DeploymentID: str, All: bool, Groups: list(str) });
export const DeploymentHealthBody = struct('', {
  DeploymentID: str,
  HealthyAllocationIDs: list(str),
  UnhealthyAllocationIDs: list(str),
});
const DeploymentFailBody = struct('', { DeploymentID: str });

const readJob: Security = {
  callers: 'user',
  capability: 'namespace:read-job',
  bodyLimitBytes: 0,
  rate: 'read',
  audit: 'read',
};
const change: Security = {
  callers: 'user',
  capability: 'namespace:submit-job',
  bodyLimitBytes: smallBodyBytes,
  rate: 'write',
  audit: 'write',
};
const reading = {
  methods: read,
  request: noBody,
  blocking: true,
  paginated: false,
  security: readJob,
} as const;

export const allocationRoutes = {
  list: route({
    ...reading,
    name: 'allocations.list',
    path: '/v1/allocations',
    query: { resources: flag, task_states: flagOn },
    response: json(list(AllocListStub)),
    paginated: true,
  }),
  get: route({
    ...reading,
    name: 'allocations.get',
    path: '/v1/allocation/:id',
    query: {},
    response: json(Allocation),
  }),
  stop: route({
    name: 'allocations.stop',
    methods: write,
    path: '/v1/allocation/:id/stop',
    query: { no_shutdown_delay: flag },
    request: noBody,
    response: json(Alloc_Stop.reply),
    blocking: false,
    paginated: false,
    security: { ...change, capability: 'namespace:alloc-lifecycle' },
  }),
} as const;

export const evaluationRoutes = {
  list: route({
    ...reading,
    name: 'evaluations.list',
    path: '/v1/evaluations',
    query: { status: text, job: text },
    response: json(list(Evaluation)),
    paginated: true,
  }),
  delete: route({
    name: 'evaluations.delete',
    methods: remove,
    path: '/v1/evaluations',
    query: {},
    request: body(EvalDeleteBody),
    response: json(Eval_Delete.reply),
    blocking: false,
    paginated: false,
    // 7,281 ids of 36 characters with their quotes and commas
    security: { ...change, capability: 'management', bodyLimitBytes: 8 * smallBodyBytes },
  }),
  count: route({
    ...reading,
    name: 'evaluations.count',
    path: '/v1/evaluations/count',
    query: {},
    response: json(Eval_Count.reply),
    paginated: true,
  }),
  get: route({
    ...reading,
    name: 'evaluations.get',
    path: '/v1/evaluation/:id',
    query: { related: flag },
    response: json(Evaluation),
  }),
  allocations: route({
    ...reading,
    name: 'evaluations.allocations',
    path: '/v1/evaluation/:id/allocations',
    query: {},
    response: json(list(AllocListStub)),
  }),
} as const;

const update = {
  methods: write,
  query: {},
  response: json(DeploymentUpdateResponse),
  blocking: false,
  paginated: false,
  security: change,
} as const;

export const deploymentRoutes = {
  list: route({
    ...reading,
    name: 'deployments.list',
    path: '/v1/deployments',
    query: {},
    response: json(list(Deployment)),
    paginated: true,
  }),
  get: route({
    ...reading,
    name: 'deployments.get',
    path: '/v1/deployment/:id',
    query: {},
    response: json(Deployment),
  }),
  allocations: route({
    ...reading,
    name: 'deployments.allocations',
    path: '/v1/deployment/allocations/:id',
    query: {},
    response: json(list(AllocListStub)),
  }),
  fail: route({
    ...update,
    name: 'deployments.fail',
    path: '/v1/deployment/fail/:id',
    request: optionalBody(DeploymentFailBody),
  }),
  pause: route({
    ...update,
    name: 'deployments.pause',
    path: '/v1/deployment/pause/:id',
    request: body(DeploymentPauseBody),
  }),
  promote: route({
    ...update,
    name: 'deployments.promote',
    path: '/v1/deployment/promote/:id',
    request: body(DeploymentPromoteBody),
  }),
  setHealth: route({
    ...update,
    name: 'deployments.set-health',
    path: '/v1/deployment/allocation-health/:id',
    request: body(DeploymentHealthBody),
  }),
} as const;
