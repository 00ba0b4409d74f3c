// SPDX-License-Identifier: MPL-2.0
import {
  decode,
  type Input,
  type Job,
  Job_Allocations,
  Job_Deployments,
  Job_Deregister,
  Job_Dispatch,
  Job_Evaluate,
  Job_Evaluations,
  Job_GetJob,
  Job_GetJobSubmission,
  Job_GetJobVersions,
  Job_LatestDeployment,
  Job_List,
  Job_Plan,
  Job_Register,
  Job_Revert,
  Job_Stable,
  Job_Summary,
  Job_Validate,
  type JobRegisterBody,
  type JobSpec,
  JobSubmission,
  Periodic_Force,
  type routes,
  type Static,
  type WriteRequest,
} from '@serai/api';
import { AppError } from '#base';
import { canonicalizeJob } from '#model';
import type { Call, HandlersOf } from '../request/call.ts';
import { json, type Outcome } from '../response/outcome.ts';
import { found, listed } from './found.ts';

export const jobHandlers: HandlersOf<typeof routes.jobs> = {
  list: async (call) => {
    const Fields = call.query.meta ? { Meta: true } : null;
    const reply = await call.services.rpc.call(Job_List, { ...call.read(), Fields }, call);
    return listed(reply.Jobs, reply);
  },

  register: (call) => register(call, undefined),
  update: (call) => register(call, call.params.id),

  parse: async (call) => {
    const { JobHCL, Variables, Canonicalize } = call.body;
    if (JobHCL === '') throw new AppError('invalid', 'Job spec is empty');
    try {
      const job = await call.services.parseJob({
        source: JobHCL,
        variables: Variables,
        hcl1: call.body.hclv1,
        canonicalize: Canonicalize,
      });
      return json(job);
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid')
        throw new AppError('invalid', `Failed to parse job: ${error.message}`, { cause: error });
      throw error;
    }
  },

  validate: async (call) => {
    const { Job: spec, ...body } = call.body;
    const { job, write } = prepare(call, spec, body);
    return json(await call.services.rpc.call(Job_Validate, { ...write, Job: job }, call));
  },

  get: async (call) => {
    const reply = await call.services.rpc.call(Job_GetJob, jobRead(call), call);
    return found(reply.Job, reply, 'job not found');
  },

  deregister: async (call) => {
    const { purge, global, eval_priority, no_shutdown_delay } = call.query;
    checkPriority(eval_priority);
    const reply = await call.services.rpc.call(
      Job_Deregister,
      {
        ...call.write(),
        JobID: call.params.id,
        Purge: purge,
        Global: global,
        EvalPriority: eval_priority ?? 0,
        NoShutdownDelay: no_shutdown_delay,
      },
      call,
    );
    return json(reply, { Index: reply.Index });
  },

  submission: async (call) => {
    const { version } = call.query;
    if (version === undefined)
      throw new AppError('invalid', 'must provide a job version: add version=<number>');
    const args = { ...call.read(), JobID: call.params.id, Version: version };
    const reply = await call.services.rpc.call(Job_GetJobSubmission, args, call);
    return found(reply.Submission, reply, 'job source not found');
  },

  versions: async (call) => {
    const args = { ...call.read(), JobID: call.params.id, Diffs: call.query.diffs };
    const reply = await call.services.rpc.call(Job_GetJobVersions, args, call);
    if (!reply.Versions?.length) throw new AppError('not-found', 'job versions not found');
    return json(reply, reply);
  },

  allocations: async (call) => {
    const args = { ...jobRead(call), All: call.query.all };
    const reply = await call.services.rpc.call(Job_Allocations, args, call);
    return listed(reply.Allocations, reply);
  },

  evaluations: async (call) => {
    const reply = await call.services.rpc.call(Job_Evaluations, jobRead(call), call);
    return listed(reply.Evaluations, reply);
  },

  deployments: async (call) => {
    const args = { ...jobRead(call), All: call.query.all };
    const reply = await call.services.rpc.call(Job_Deployments, args, call);
    return listed(reply.Deployments, reply);
  },

  deployment: async (call) => {
    const reply = await call.services.rpc.call(Job_LatestDeployment, jobRead(call), call);
    return json(reply.Deployment, reply);
  },

  summary: async (call) => {
    const reply = await call.services.rpc.call(Job_Summary, jobRead(call), call);
    return found(reply.JobSummary, reply, 'job not found');
  },

  plan: async (call) => {
    const { Job: spec, ...body } = call.body;
    const { job, write } = prepare(call, spec, body);
    checkPath(job, call.params.id);
    const reply = await call.services.rpc.call(
      Job_Plan,
      { ...write, Job: job, Diff: body.Diff ?? false, PolicyOverride: body.PolicyOverride ?? false },
      call,
    );
    return json(reply, { Index: reply.Index });
  },

  evaluate: async (call) => {
    const { id } = call.params;
    const { JobID = '', EvalOptions = { ForceReschedule: false } } = call.body ?? {};
    if (JobID !== '' && JobID !== id) throw mismatch();
    const reply = await call.services.rpc.call(
      Job_Evaluate,
      { ...call.write(), JobID: id, EvalOptions },
      call,
    );
    return json(reply, { Index: reply.Index });
  },

  revert: async (call) => {
    const { id } = call.params;
    if (call.body.JobID === '') throw new AppError('invalid', 'JobID must be specified');
    if (call.body.JobID !== id) throw new AppError('invalid', 'Job ID does not match');
    const reply = await call.services.rpc.call(Job_Revert, { ...call.write(), ...call.body }, call);
    return json(reply, { Index: reply.Index });
  },

  stable: async (call) => {
    const { id } = call.params;
    if (call.body.JobID === '') throw new AppError('invalid', 'JobID must be specified');
    if (call.body.JobID !== id) throw new AppError('invalid', 'Job ID does not match');
    const reply = await call.services.rpc.call(Job_Stable, { ...call.write(), ...call.body }, call);
    return json(reply, { Index: reply.Index });
  },

  dispatch: async (call) => {
    const { id } = call.params;
    if (call.body.JobID !== '' && call.body.JobID !== id) {
      throw new AppError('invalid', 'Job ID does not match');
    }
    const args = { ...call.write(), ...call.body, JobID: id };
    const reply = await call.services.rpc.call(Job_Dispatch, args, call);
    return json(reply, { Index: reply.Index });
  },

  periodicForce: async (call) => {
    const args = { ...call.write(), JobID: call.params.id };
    const reply = await call.services.rpc.call(Periodic_Force, args, call);
    return json(reply, { Index: reply.Index });
  },
};

interface JobCall extends Pick<Call, 'read'> {
  readonly params: { readonly id: string };
}

function jobRead(call: JobCall) {
  return { ...call.read(), JobID: call.params.id, All: false };
}

type RegisterCall = Pick<Call, 'write' | 'named' | 'agentRegion' | 'services' | 'signal'> & {
  readonly body: Input<Static<typeof JobRegisterBody>>;
};

async function register(call: RegisterCall, pathId: string | undefined): Promise<Outcome> {
  const { Job: spec, Submission, ...body } = call.body;
  const { job, write } = prepare(call, spec, body);
  if (pathId !== undefined) checkPath(job, pathId);
  checkPriority(body.EvalPriority);
  const reply = await call.services.rpc.call(
    Job_Register,
    {
      ...write,
      Job: job,
      Submission: Submission ? decode(JobSubmission, Submission) : null,
      EnforceIndex: body.EnforceIndex ?? false,
      JobModifyIndex: body.JobModifyIndex ?? 0,
      PreserveCounts: body.PreserveCounts ?? false,
      PolicyOverride: body.PolicyOverride ?? false,
      EvalPriority: body.EvalPriority ?? 0,
    },
    call,
  );
  return json(reply, { Index: reply.Index });
}

/** The job with its defaults, and namespace and region by Nomad's order of precedence. */
function prepare(
  call: Pick<Call, 'write' | 'named' | 'agentRegion'>,
  spec: Input<JobSpec> | null | undefined,
  body: { readonly Region?: string | null | undefined; readonly Namespace?: string | null | undefined },
): { readonly job: Job; readonly write: WriteRequest } {
  if (!spec) throw new AppError('invalid', 'Job must be specified');
  if (!spec.ID) throw new AppError('invalid', "Job ID hasn't been provided");
  const named = call.named();
  const namespace = named.namespace || body.Namespace || spec.Namespace || 'default';
  if (namespace === '*')
    throw new AppError('invalid', 'a job needs one namespace: "*" can only be used to read');
  const own = spec.Region === 'global' ? '' : spec.Region;
  const region = body.Region || named.region || own || call.agentRegion;
  const job = canonicalizeJob({
    ...spec,
    Namespace: namespace,
    Region: spec.Multiregion ? 'global' : region,
  });
  return { job, write: { ...call.write(), Region: region, Namespace: namespace } };
}

function checkPath(job: Job, pathId: string): void {
  if (job.ID !== pathId) throw mismatch();
}

function mismatch(): AppError {
  return new AppError('invalid', 'Job ID does not match name');
}

/** 0 or missing: the job's own. */
function checkPriority(priority: number | null | undefined): void {
  if (priority === null || priority === undefined || priority === 0) return;
  if (priority < 1 || priority > 100)
    throw new AppError('invalid', 'eval priority must be between 1 and 100 inclusive');
}
