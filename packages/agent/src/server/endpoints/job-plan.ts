// SPDX-License-Identifier: MPL-2.0
// Job.Plan: what registering this job would do, found by running the scheduler on a view in which it is registered.

import { type Job, Job_Plan, zeroTime } from '@serai/api';
import { AppError } from '#base';
import { annotateDiff, diffJobs, formatWarnings, jobSpecChanged } from '#model';
import { acceptPlan, processEvalSync, type StateView } from '#scheduler';
import type { StateSnapshot } from '#state';
import type { ServerContext } from '../context.ts';
import { newEvaluation } from '../evaluations.ts';
import { nextLaunchMs } from '../launch/periodic-schedule.ts';
import { stampNow } from '../stamp.ts';
import { admitSpecification, withServerFields } from './admission.ts';
import { type Args, type Endpoint, endpoint, type Reply, writes } from './endpoint.ts';

export function jobPlanEndpoints(context: ServerContext): readonly Endpoint[] {
  return [endpoint(Job_Plan, { ...writes('submit-job'), audit: 'read' }, (args) => plan(context, args))];
}

function plan(context: ServerContext, args: Args<typeof Job_Plan>): Reply<typeof Job_Plan> {
  if (!args.Job) throw new AppError('invalid', 'missing job for planning');
  const { job: submitted, warnings } = admitSpecification(context, args.Job, args.Namespace);
  const snapshot = context.store.snapshot();
  const existing = snapshot.job(submitted.Namespace, submitted.ID);
  const planned = plannedVersion(existing, submitted, snapshot.index + 1);
  const evaluation = newEvaluation(
    {
      Namespace: planned.Namespace,
      Priority: planned.Priority,
      Type: planned.Type,
      TriggeredBy: 'job-register',
      JobID: planned.ID,
      JobModifyIndex: planned.JobModifyIndex,
      AnnotatePlan: true,
    },
    stampNow(context),
  );
  const view = viewWith(snapshot, planned);
  const outcome = processEvalSync(evaluation, {
    state: view,
    random: context.random,
    nowNs: () => context.clock.nowNs(),
    submit: (proposed) => ({ result: acceptPlan(proposed), state: view }),
  });
  const diff = args.Diff
    ? annotateDiff(diffJobs(existing, planned, true), outcome.annotations?.DesiredTGUpdates)
    : null;
  return {
    Annotations: outcome.annotations,
    FailedTGAllocs: outcome.evaluation.FailedTGAllocs,
    JobModifyIndex: existing?.JobModifyIndex ?? 0,
    CreatedEvals: outcome.created.length > 0 ? outcome.created : null,
    Diff: diff,
    NextPeriodicLaunch: nextPeriodicLaunch(context, planned),
    Warnings: formatWarnings(warnings),
    Index: snapshot.index,
  };
}

function plannedVersion(existing: Job | undefined, job: Job, index: number): Job {
  const own = withServerFields(job, existing);
  const changed = !existing || jobSpecChanged(existing, own);
  return {
    ...own,
    Version: existing ? existing.Version + (changed ? 1 : 0) : 0,
    CreateIndex: existing?.CreateIndex ?? index,
    ModifyIndex: index,
    JobModifyIndex: existing && !changed ? existing.JobModifyIndex : index,
  };
}

function nextPeriodicLaunch(context: ServerContext, job: Job): string {
  const nextMs = nextLaunchMs(job, context.clock.nowMs());
  return nextMs === undefined ? zeroTime : new Date(nextMs).toISOString();
}

/** The snapshot, with this job registered. */
function viewWith(snapshot: StateSnapshot, job: Job): StateView {
  const isIt = (namespace: string, id: string): boolean => namespace === job.Namespace && id === job.ID;
  return {
    index: snapshot.index,
    nodes: () => snapshot.nodes(),
    node: (id) => snapshot.node(id),
    allocsByNode: (id) => snapshot.allocsByNode(id),
    allocsByJob: (namespace, id) => snapshot.allocsByJob(namespace, id),
    job: (namespace, id) => (isIt(namespace, id) ? job : snapshot.job(namespace, id)),
    jobVersion: (namespace, id, version) =>
      isIt(namespace, id) && version === job.Version ? job : snapshot.jobVersion(namespace, id, version),
    latestDeployment: (namespace, id) => snapshot.latestDeployment(namespace, id),
    nodePool: (name) => snapshot.nodePool(name),
    schedulerConfig: () => snapshot.schedulerConfig(),
  };
}
