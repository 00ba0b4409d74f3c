// SPDX-License-Identifier: MPL-2.0
// Routes of jobs. A job id may hold '/', so `/v1/job/a/b/plan` plans the job `a/b`.

import { AllocListStub } from '../objects/allocation.ts';
import { Deployment } from '../objects/deployment.ts';
import { Evaluation } from '../objects/evaluation.ts';
import { Job, JobListStub, JobSpec, JobSubmission, JobSummary } from '../objects/job.ts';
import {
  Job_Deregister,
  Job_GetJobVersions,
  Job_Plan,
  Job_Validate,
  JobDispatchResponse,
  JobRegisterResponse,
} from '../rpc/job.ts';
import { GenericResponse } from '../rpc/method.ts';
import { PeriodicForceResponse } from '../rpc/periodic.ts';
import { bool, bytes, type Input, int, list, map, ptr, type Schema, str, struct, uint } from '../schema.ts';
import { flag, signedWhole, text, whole } from './query.ts';
import {
  body,
  dispatchBodyBytes,
  jobBodyBytes,
  json,
  noBody,
  optionalBody,
  read,
  remove,
  route,
  smallBodyBytes,
  sparseBody,
  write,
} from './route.ts';

/** Body of register, update and plan. Namespace and region may stand here or in the query. */
export const JobRegisterBody = struct('', {
  Job: ptr(JobSpec),
  Submission: ptr(JobSubmission),
  EnforceIndex: bool,
  JobModifyIndex: uint,
  PolicyOverride: bool,
  PreserveCounts: bool,
  EvalPriority: int,
  Region: str,
  Namespace: str,
});
export const JobPlanBody = struct('', {
  Job: ptr(JobSpec),
  Diff: bool,
  PolicyOverride: bool,
  Region: str,
  Namespace: str,
});
export const JobValidateBody = struct('', { Job: ptr(JobSpec), Region: str, Namespace: str });
export const JobParseBody = struct('', { JobHCL: str, Variables: str, Canonicalize: bool, hclv1: bool });
/** Only what the text says, unless `Canonicalize` was asked for. */
const ParsedJob: Schema<Input<JobSpec>> = { kind: 'any' };
export const JobEvaluateBody = struct('', {
  JobID: str,
  EvalOptions: struct('EvalOptions', { ForceReschedule: bool }),
});
export const JobRevertBody = struct('', {
  JobID: str,
  JobVersion: uint,
  EnforcePriorVersion: ptr(uint),
  ConsulToken: str,
  VaultToken: str,
});
export const JobStableBody = struct('', { JobID: str, JobVersion: uint, Stable: bool });

/** Payload in base64. */
export const JobDispatchBody = struct('', {
  JobID: str,
  Payload: bytes,
  Meta: map(str),
  IdPrefixTemplate: str,
});

const user = 'user';
const readJob = {
  callers: user,
  capability: 'namespace:read-job',
  bodyLimitBytes: 0,
  rate: 'read',
  audit: 'read',
} as const;
const submit = {
  callers: user,
  capability: 'namespace:submit-job',
  bodyLimitBytes: smallBodyBytes,
  rate: 'write',
  audit: 'write',
} as const;
const submitSpec = { ...submit, bodyLimitBytes: jobBodyBytes, rate: 'expensive' } as const;

/** A read of something that belongs to a job. */
const readParts = {
  methods: read,
  request: noBody,
  blocking: true,
  paginated: false,
  security: readJob,
} as const;
const action = { methods: write, query: {}, blocking: false, paginated: false } as const;

export const jobRoutes = {
  list: route({
    ...readParts,
    name: 'jobs.list',
    path: '/v1/jobs',
    query: { meta: flag },
    response: json(list(JobListStub)),
    paginated: true,
    security: { ...readJob, capability: 'namespace:list-jobs' },
  }),
  register: route({
    ...action,
    name: 'jobs.register',
    path: '/v1/jobs',
    request: sparseBody(JobRegisterBody),
    response: json(JobRegisterResponse),
    security: submitSpec,
  }),
  parse: route({
    ...action,
    name: 'jobs.parse',
    path: '/v1/jobs/parse',
    request: body(JobParseBody),
    response: json(ParsedJob),
    security: { ...submitSpec, capability: 'namespace:parse-job or submit-job', audit: 'read' },
  }),
  validate: route({
    ...action,
    name: 'jobs.validate',
    path: '/v1/validate/job',
    request: sparseBody(JobValidateBody),
    response: json(Job_Validate.reply),
    security: { ...submitSpec, capability: 'namespace:read-job', audit: 'read' },
  }),
  get: route({
    ...readParts,
    name: 'jobs.get',
    path: '/v1/job/:id',
    query: {},
    response: json(Job),
  }),
  update: route({
    ...action,
    name: 'jobs.update',
    path: '/v1/job/:id',
    request: sparseBody(JobRegisterBody),
    response: json(JobRegisterResponse),
    security: submitSpec,
  }),
  deregister: route({
    name: 'jobs.deregister',
    methods: remove,
    path: '/v1/job/:id',
    query: { purge: flag, global: flag, eval_priority: signedWhole, no_shutdown_delay: flag },
    request: noBody,
    response: json(Job_Deregister.reply),
    blocking: false,
    paginated: false,
    security: submit,
  }),
  submission: route({
    ...readParts,
    name: 'jobs.submission',
    path: '/v1/job/:id/submission',
    query: { version: whole },
    response: json(JobSubmission),
  }),
  versions: route({
    ...readParts,
    name: 'jobs.versions',
    path: '/v1/job/:id/versions',
    query: { diffs: flag },
    response: json(Job_GetJobVersions.reply),
  }),
  allocations: route({
    ...readParts,
    name: 'jobs.allocations',
    path: '/v1/job/:id/allocations',
    query: { all: flag },
    response: json(list(AllocListStub)),
  }),
  evaluations: route({
    ...readParts,
    name: 'jobs.evaluations',
    path: '/v1/job/:id/evaluations',
    query: {},
    response: json(list(Evaluation)),
  }),
  deployments: route({
    ...readParts,
    name: 'jobs.deployments',
    path: '/v1/job/:id/deployments',
    query: { all: flag },
    response: json(list(Deployment)),
  }),
  deployment: route({
    ...readParts,
    name: 'jobs.deployment',
    path: '/v1/job/:id/deployment',
    query: {},
    response: json(ptr(Deployment)),
  }),
  summary: route({
    ...readParts,
    name: 'jobs.summary',
    path: '/v1/job/:id/summary',
    query: {},
    response: json(JobSummary),
  }),
  plan: route({
    ...action,
    name: 'jobs.plan',
    path: '/v1/job/:id/plan',
    request: sparseBody(JobPlanBody),
    response: json(Job_Plan.reply),
    security: { ...submitSpec, audit: 'read' },
  }),
  evaluate: route({
    ...action,
    name: 'jobs.evaluate',
    path: '/v1/job/:id/evaluate',
    request: optionalBody(JobEvaluateBody),
    response: json(JobRegisterResponse),
    security: submit,
  }),
  revert: route({
    ...action,
    name: 'jobs.revert',
    path: '/v1/job/:id/revert',
    request: body(JobRevertBody),
    response: json(JobRegisterResponse),
    security: submit,
  }),
  stable: route({
    ...action,
    name: 'jobs.stable',
    path: '/v1/job/:id/stable',
    request: body(JobStableBody),
    response: json(GenericResponse),
    security: submit,
  }),
  dispatch: route({
    ...action,
    name: 'jobs.dispatch',
    path: '/v1/job/:id/dispatch',
    query: { idempotency_token: text },
    request: body(JobDispatchBody),
    response: json(JobDispatchResponse),
    security: { ...submit, capability: 'namespace:dispatch-job', bodyLimitBytes: dispatchBodyBytes },
  }),
  periodicForce: route({
    ...action,
    name: 'jobs.periodic-force',
    path: '/v1/job/:id/periodic/force',
    request: noBody,
    response: json(PeriodicForceResponse),
    security: { ...submit, capability: 'namespace:dispatch-job or submit-job', bodyLimitBytes: 0 },
  }),
} as const;
