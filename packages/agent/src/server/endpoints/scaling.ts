// SPDX-License-Identifier: MPL-2.0
// Counts of task groups, changed one by one, and the policies that autoscalers read.

import {
  type Allocation,
  type Job,
  Job_Scale,
  Job_ScaleStatus,
  type JobScaleStatus,
  Scaling_GetPolicy,
  Scaling_ListPolicies,
  type ScalingPolicy,
  type ScalingPolicyListStub,
  type TaskGroup,
  type TaskGroupScaleStatus,
} from '@serai/api';
import { AppError } from '#base';
import { isTerminal } from '#model';
import {
  addScalingEvent,
  isTerminalDeployment,
  type StateReader,
  type StateSnapshot,
  type Tx,
  upsertJob,
} from '#state';
import type { ServerContext } from '../context.ts';
import { jobEvaluation } from '../evaluations.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { checkRegistrationAllowed, checkTotalCount } from './admission.ts';
import { type Args, type Endpoint, endpoint, type Reply, reads, readsObject, writes } from './endpoint.ts';
import { needsEvaluation, registered } from './job-writes.ts';
import { inNamespace, namespaceOf, query } from './query.ts';

export function scalingEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Job_Scale, writes('scale-job'), (args) => scale(context, args)),
    endpoint(Job_ScaleStatus, reads('read-job-scaling'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.table('jobs', 'scalingEvents', 'allocs');
        const job = snapshot.job(namespace, args.JobID);
        const index = snapshot.tableIndex('jobs', 'scalingEvents', 'allocs');
        return { index, value: { JobScaleStatus: job ? scaleStatus(snapshot, job) : null } };
      }),
    ),
    endpoint(Scaling_ListPolicies, reads('list-scaling-policies', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('scalingPolicies');
        return {
          index: snapshot.tableIndex('scalingPolicies'),
          value: { Policies: listPolicies(snapshot, args) },
        };
      }),
    ),
    endpoint(Scaling_GetPolicy, readsObject('read-scaling-policy'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.row('scalingPolicies', args.ID);
        const policy = snapshot.scalingPolicy(args.ID);
        const index = policy?.ModifyIndex ?? snapshot.tableIndex('scalingPolicies');
        return { index, value: { Policy: policy ?? null } };
      }),
    ),
  ];
}

/** Bytes of a message, and of the JSON of an event's meta; 20 events of each group are kept. */
export const maxScalingNoteBytes = 16 * 1024;

const invalid = (text: string): AppError => new AppError('invalid', text);

async function scale(context: ServerContext, args: Args<typeof Job_Scale>): Promise<Reply<typeof Job_Scale>> {
  checkRegistrationAllowed(context);
  checkArguments(args);
  const { jobMaxCount, jobTrackedVersions: trackedVersions } = context.options;
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('scale job', (tx) =>
    scaleGroup(tx, args, { jobMaxCount, trackedVersions, stamp: stamp() }),
  );
  return registered({ ...result, index });
}

function checkArguments(args: Args<typeof Job_Scale>): void {
  if (args.JobID === '') throw invalid('missing job ID for scaling');
  if ((args.Target?.['Group'] ?? '') === '') throw invalid('missing task group name for scaling job');
  const namespace = args.Target?.['Namespace'] ?? '';
  if (namespace !== '' && namespace !== namespaceOf(args))
    throw invalid('namespace in payload did not match the one of the request');
  if (args.Count !== null && args.Count < 0) throw invalid("scaling action count can't be negative");
  if (args.Count !== null && args.Error)
    throw invalid('scaling action should not contain count if error is true');
  const noteBytes = Buffer.byteLength(args.Message) + Buffer.byteLength(JSON.stringify(args.Meta ?? {}));
  if (noteBytes > maxScalingNoteBytes)
    throw invalid(`message and meta of a scaling event may have ${maxScalingNoteBytes} bytes`);
}

interface ScaleOptions {
  readonly jobMaxCount: number;
  readonly trackedVersions: number;
  readonly stamp: Stamp;
}

/** With a count: a new version of the job. Without one only the event is recorded. Operation. */
function scaleGroup(
  tx: Tx,
  args: Args<typeof Job_Scale>,
  options: ScaleOptions,
): { readonly job: Job; readonly evalId: string } {
  const { stamp } = options;
  const namespace = namespaceOf(args);
  const job = tx.job(namespace, args.JobID);
  if (!job) throw new AppError('not-found', `job ${JSON.stringify(args.JobID)} not found`);
  const group = groupOf(job, args.Target?.['Group'] ?? '');
  let stored = job;
  let evalId = '';
  if (args.Count !== null) {
    const scaled = withCount(job, group.Name, args.Count);
    checkTotalCount(scaled, options.jobMaxCount);
    checkCount(tx, { job, group, count: args.Count });
    const evals = needsEvaluation(job) ? [jobEvaluation(scaled, { triggeredBy: 'job-scaling' }, stamp)] : [];
    evalId = evals[0]?.ID ?? '';
    stored = upsertJob(tx, {
      job: { ...scaled, SubmitTime: stamp.nowNs },
      submission: tx.jobSubmission(namespace, job.ID, job.Version) ?? null,
      evals,
      trackedVersions: options.trackedVersions,
    });
  }
  addScalingEvent(tx, {
    namespace,
    jobId: job.ID,
    group: group.Name,
    event: {
      Time: stamp.nowNs,
      Count: args.Count,
      PreviousCount: group.Count,
      Message: args.Message,
      Error: args.Error,
      Meta: args.Meta,
      EvalID: evalId === '' ? null : evalId,
      CreateIndex: 0,
    },
  });
  return { job: stored, evalId };
}

function groupOf(job: Job, name: string): TaskGroup {
  const group = job.TaskGroups?.find((each) => each.Name === name);
  if (group) return group;
  throw invalid(`task group ${JSON.stringify(name)} specified for scaling does not exist in job`);
}

function withCount(job: Job, name: string, count: number): Job {
  const groups = (job.TaskGroups ?? []).map((group) =>
    group.Name === name ? { ...group, Count: count } : group,
  );
  return { ...job, TaskGroups: groups, Status: '', StatusDescription: '', VersionTag: null };
}

function checkCount(state: StateReader, of: { job: Job; group: TaskGroup; count: number }): void {
  const { job, group, count } = of;
  if (job.Type === 'system' || job.Type === 'sysbatch')
    throw invalid(`cannot scale jobs of type ${JSON.stringify(job.Type)}`);
  const policy = group.Scaling;
  if (policy && count < policy.Min)
    throw invalid(`group count was less than scaling policy minimum: ${count} < ${policy.Min}`);
  if (policy && count > policy.Max)
    throw invalid(`group count was greater than scaling policy maximum: ${count} > ${policy.Max}`);
  const deployment = state.latestDeployment(job.Namespace, job.ID);
  const active = deployment?.JobCreateIndex === job.CreateIndex && !isTerminalDeployment(deployment);
  if (active) throw invalid('job scaling blocked due to active deployment');
}

type Counts = { -readonly [K in keyof TaskGroupScaleStatus]: TaskGroupScaleStatus[K] };

/** Canaries don't count: they come in addition to what the group asks for. */
function scaleStatus(state: StateReader, job: Job): JobScaleStatus {
  const events = state.scalingEvents(job.Namespace, job.ID)?.ScalingEvents;
  const groups = new Map<string, Counts>();
  for (const group of job.TaskGroups ?? []) {
    const Events = events?.[group.Name] ?? null;
    groups.set(group.Name, {
      Desired: group.Count,
      Placed: 0,
      Running: 0,
      Healthy: 0,
      Unhealthy: 0,
      Events,
    });
  }
  for (const alloc of state.allocsByJob(job.Namespace, job.ID)) {
    const counts = groups.get(alloc.TaskGroup);
    if (counts && alloc.Job?.CreateIndex === job.CreateIndex) count(counts, alloc);
  }
  return {
    JobID: job.ID,
    Namespace: job.Namespace,
    JobCreateIndex: job.CreateIndex,
    JobModifyIndex: job.JobModifyIndex,
    JobStopped: job.Stop,
    TaskGroups: Object.fromEntries(groups),
  };
}

function count(counts: Counts, alloc: Allocation): void {
  if (alloc.DeploymentStatus?.Canary || isTerminal(alloc)) return;
  counts.Placed += 1;
  if (alloc.ClientStatus === 'running') counts.Running += 1;
  const healthy = alloc.DeploymentStatus?.Healthy ?? null;
  if (healthy === true) counts.Healthy += 1;
  if (healthy === false) counts.Unhealthy += 1;
}

function listPolicies(
  snapshot: StateSnapshot,
  args: Args<typeof Scaling_ListPolicies>,
): ScalingPolicyListStub[] {
  const include = inNamespace(args);
  const found: ScalingPolicyListStub[] = [];
  for (const policy of snapshot.scalingPolicies(args.Prefix)) {
    const Namespace = policy.Target?.['Namespace'] ?? '';
    if (!include({ Namespace })) continue;
    if (args.Job !== '' && policy.Target?.['Job'] !== args.Job) continue;
    if (args.Type !== '' && policy.Type !== args.Type) continue;
    found.push(policyStub(policy));
  }
  return found;
}

function policyStub(policy: ScalingPolicy): ScalingPolicyListStub {
  const { ID, Enabled, Type, Target, CreateIndex, ModifyIndex } = policy;
  return { ID, Enabled, Type, Target, CreateIndex, ModifyIndex };
}
