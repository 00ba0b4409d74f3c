// SPDX-License-Identifier: MPL-2.0
// What becomes of an active deployment: its next step, its failure, the way back to the last stable job version.
// Operations for the write loop, without clock or queue.

import type { Allocation, Deployment, DeploymentState, Job } from '@serai/api';
import { jobSpecChanged } from '#model';
import {
  isTerminalDeployment,
  promoteDeployment,
  type StateReader,
  type Tx,
  updateAllocDesiredTransition,
  updateDeploymentStatus,
  upsertEvals,
  upsertJob,
} from '#state';
import { jobEvaluation } from './evaluations.ts';
import type { Stamp } from './stamp.ts';

export const failedByProgress = 'Failed due to progress deadline';
export const failedByAllocation = 'Failed due to unhealthy allocations';
export const failedByUser = 'Deployment marked as failed';

const deploymentTrigger = 'deployment-watcher';

export interface StepOptions {
  /** job versions kept (job_tracked_versions) */
  readonly trackedVersions: number;
  readonly stamp: Stamp;
}

/** The job, when this deployment is still the one of its current version. */
function jobOf(state: StateReader, deployment: Deployment): Job | undefined {
  const job = state.job(deployment.Namespace, deployment.JobID);
  if (!job || job.Stop || job.CreateIndex !== deployment.JobCreateIndex) return undefined;
  return job.Version === deployment.JobVersion ? job : undefined;
}

/**
 * The health of an allocation changed: fail, promote, let failed allocations be replaced, and have the scheduler look at
 * the job. Does nothing for a deployment that ended or whose job has a newer version.
 */
export function advanceDeployment(tx: Tx, deploymentId: string, options: StepOptions): void {
  const deployment = tx.deployment(deploymentId);
  if (!deployment || isTerminalDeployment(deployment)) return;
  const job = jobOf(tx, deployment);
  if (!job) return;
  const { stamp } = options;
  const unhealthy = tx
    .allocsByDeployment(deploymentId)
    .filter((alloc) => alloc.DeploymentStatus?.Healthy === false);
  if (unhealthy.some((alloc) => deadlineOf(deployment, alloc) === 0)) {
    failDeployment(tx, { deployment, description: failedByAllocation }, options);
    return;
  }
  const evals = [
    jobEvaluation(
      job,
      { triggeredBy: deploymentTrigger, priority: deployment.EvalPriority, deploymentId },
      stamp,
    ),
  ];
  if (promotesItself(tx, deployment)) {
    promoteDeployment(tx, { deploymentId, evals, nowNs: stamp.nowNs });
    return;
  }
  updateAllocDesiredTransition(tx, { transitions: replaceable(unhealthy), evals, nowNs: stamp.nowNs });
}

function deadlineOf(deployment: Deployment, alloc: Allocation): number | undefined {
  return deployment.TaskGroups?.[alloc.TaskGroup]?.ProgressDeadline;
}

/** While a deployment runs, its allocations are only rescheduled when this says so. */
function replaceable(unhealthy: readonly Allocation[]): Map<string, Allocation['DesiredTransition']> {
  const transition = { Migrate: null, Reschedule: true, ForceReschedule: null, NoShutdownDelay: null };
  const open = unhealthy.filter((alloc) => alloc.DesiredTransition.Reschedule !== true);
  return new Map(open.map((alloc) => [alloc.ID, transition]));
}

/** auto_promote in every group with canaries, and all of those healthy. */
function promotesItself(state: StateReader, deployment: Deployment): boolean {
  if (deployment.Status !== 'running') return false;
  const canarying = Object.values(deployment.TaskGroups ?? {}).filter(isCanarying);
  return (
    canarying.length > 0 && canarying.every((group) => group.AutoPromote && canariesHealthy(state, group))
  );
}

function canariesHealthy(state: StateReader, group: DeploymentState): boolean {
  const healthy = (group.PlacedCanaries ?? []).filter(
    (id) => state.alloc(id)?.DeploymentStatus?.Healthy === true,
  );
  return healthy.length >= group.DesiredCanaries;
}

function isCanarying(group: DeploymentState): boolean {
  return group.DesiredCanaries > 0 && !group.Promoted;
}

export interface Failure {
  readonly deployment: Deployment;
  readonly description: string;
}

/**
 * Ends the deployment as failed. A job with auto_revert goes back to its newest stable version, unless that is what it
 * runs already: going back to it would fail the same way, again and again. Returns the version it went back to.
 */
export function failDeployment(tx: Tx, failure: Failure, options: StepOptions): number | undefined {
  const { deployment } = failure;
  const { stamp } = options;
  const job = jobOf(tx, deployment);
  const back = wayBack(tx, { job, deployment });
  updateDeploymentStatus(tx, {
    update: {
      DeploymentID: deployment.ID,
      Status: 'failed',
      StatusDescription: `${failure.description}${back.text}`,
    },
  });
  const registered = tx.job(deployment.Namespace, deployment.JobID);
  if (!registered) return undefined;
  const evals = [
    jobEvaluation(
      registered,
      {
        triggeredBy: deploymentTrigger,
        priority: deployment.EvalPriority,
        deploymentId: deployment.ID,
      },
      stamp,
    ),
  ];
  if (!back.to) {
    upsertEvals(tx, evals);
    return undefined;
  }
  upsertJob(tx, {
    job: { ...back.to, Stable: false, VersionTag: null, SubmitTime: stamp.nowNs },
    submission: tx.jobSubmission(back.to.Namespace, back.to.ID, back.to.Version) ?? null,
    evals,
    trackedVersions: options.trackedVersions,
  });
  return back.to.Version;
}

function wayBack(
  state: StateReader,
  of: { readonly job: Job | undefined; readonly deployment: Deployment },
): { readonly to?: Job; readonly text: string } {
  const { job, deployment } = of;
  const wanted = Object.values(deployment.TaskGroups ?? {}).some((group) => group.AutoRevert);
  if (!wanted || !job) return { text: '' };
  const stable = state
    .jobVersions(job.Namespace, job.ID)
    .find((version) => version.Stable && !version.Stop && version.Version !== job.Version);
  if (!stable) return { text: ' - no stable job version to auto revert to' };
  if (!jobSpecChanged(stable, job)) {
    return {
      text: ` - not rolling back to stable job version ${stable.Version} as current job has same specification`,
    };
  }
  return { to: stable, text: ` - rolling back to job version ${stable.Version}` };
}

/** Unix milliseconds by which an unfinished group must have progressed; 0: none. A paused one has no deadline. */
export function progressDeadlineMs(deployment: Deployment): number {
  if (deployment.Status !== 'running') return 0;
  let earliest = 0;
  for (const group of Object.values(deployment.TaskGroups ?? {})) {
    if (isAsFarAsItGoes(group)) continue;
    const dueMs = Date.parse(group.RequireProgressBy);
    if (dueMs > 0 && (earliest === 0 || dueMs < earliest)) earliest = dueMs;
  }
  return earliest;
}

/** Finished, or waiting for somebody to promote its canaries. */
function isAsFarAsItGoes(group: DeploymentState): boolean {
  if (isCanarying(group)) return group.HealthyAllocs >= group.DesiredCanaries;
  return group.HealthyAllocs >= group.DesiredTotal;
}

/** Groups get their whole time again: while paused they could not progress. */
export function withNewDeadlines(deployment: Deployment, nowMs: number): Deployment {
  const groups: Record<string, DeploymentState> = {};
  for (const [name, group] of Object.entries(deployment.TaskGroups ?? {})) {
    const began = Date.parse(group.RequireProgressBy) > 0;
    const dueMs = nowMs + group.ProgressDeadline / 1e6;
    groups[name] = began ? { ...group, RequireProgressBy: new Date(dueMs).toISOString() } : group;
  }
  return { ...deployment, TaskGroups: groups };
}
