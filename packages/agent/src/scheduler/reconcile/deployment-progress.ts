// SPDX-License-Identifier: MPL-2.0
// The deployment of the job version that is being reconciled: which one counts, what it allows, what becomes of it.

import {
  type Deployment,
  type DeploymentState,
  type DeploymentStatusUpdate,
  type Job,
  type TaskGroup,
  zeroTime,
} from '@serai/api';

export const deploymentStatus = {
  running: 'running',
  paused: 'paused',
  failed: 'failed',
  successful: 'successful',
  cancelled: 'cancelled',
  pending: 'pending',
} as const;

const description = {
  running: 'Deployment is running',
  needsPromotion: 'Deployment is running but requires manual promotion',
  autoPromotion: 'Deployment is running pending automatic promotion',
  successful: 'Deployment completed successfully',
  stopped: 'Cancelled because job is stopped',
  newer: 'Cancelled due to newer version of job',
} as const;

/** Not finished: more will happen. */
export function isActiveDeployment(deployment: Pick<Deployment, 'Status'>): boolean {
  return !['failed', 'successful', 'cancelled'].includes(deployment.Status);
}

/** The group wants its updates rolled out and watched. */
export function hasUpdateStrategy(group: TaskGroup): boolean {
  return group.Update !== null && group.Update.MaxParallel > 0;
}

export class DeploymentProgress {
  /** of this job version, if there is one that isn't finished well */
  current: Deployment | undefined;
  /** of an older version, or finished */
  readonly previous: Deployment | undefined;
  readonly updates: DeploymentStatusUpdate[] = [];
  #changed = false;
  #isNew = false;

  constructor(latest: Deployment | undefined, job: Job | undefined) {
    if (!latest) return;
    const sameVersion =
      job !== undefined && latest.JobCreateIndex === job.CreateIndex && latest.JobVersion === job.Version;
    if (!job || job.Stop) {
      if (isActiveDeployment(latest)) this.#cancel(latest, description.stopped);
      this.previous = latest;
    } else if (!sameVersion) {
      if (isActiveDeployment(latest)) this.#cancel(latest, description.newer);
      this.previous = latest;
    } else if (latest.Status === deploymentStatus.successful) this.previous = latest;
    else this.current = latest;
  }

  get paused(): boolean {
    return (
      this.current?.Status === deploymentStatus.paused || this.current?.Status === deploymentStatus.pending
    );
  }
  get failed(): boolean {
    return this.current?.Status === deploymentStatus.failed;
  }
  /** id of a deployment that may still change; new allocations join it */
  get activeId(): string | undefined {
    return this.current && isActiveDeployment(this.current) ? this.current.ID : undefined;
  }

  /** State of the group in the current deployment. */
  stateOf(group: string): DeploymentState | undefined {
    const groups = this.current?.TaskGroups;
    return groups && Object.hasOwn(groups, group) ? groups[group] : undefined;
  }

  /** Puts the group under the deployment, which is created when there is none. */
  attach(options: { job: Job; group: string; state: DeploymentState; priority: number; id: string }): void {
    const { job, group, state } = options;
    if (!this.current) this.#isNew = true;
    const base = this.current ?? newDeployment(job, options.priority, options.id);
    this.current = { ...base, TaskGroups: { ...base.TaskGroups, [group]: state } };
    this.#changed = true;
  }

  /** Every group has all it wants, healthy. */
  complete(): void {
    if (this.#changed || !this.current || !isActiveDeployment(this.current)) return;
    this.updates.push({
      DeploymentID: this.current.ID,
      Status: deploymentStatus.successful,
      StatusDescription: description.successful,
    });
  }

  /** To be stored with the plan; undefined when nothing changed. */
  result(): Deployment | undefined {
    if (!this.#changed || !this.current) return undefined;
    if (!this.#isNew) return this.current;
    const states = Object.values(this.current.TaskGroups ?? {});
    const canaries = states.filter((state) => state.DesiredCanaries > 0 && !state.Promoted);
    if (canaries.length === 0) return this.current;
    const automatic = canaries.every((state) => state.AutoPromote);
    return {
      ...this.current,
      StatusDescription: automatic ? description.autoPromotion : description.needsPromotion,
    };
  }

  #cancel(deployment: Deployment, why: string): void {
    this.updates.push({
      DeploymentID: deployment.ID,
      Status: deploymentStatus.cancelled,
      StatusDescription: why,
    });
  }
}

function newDeployment(job: Job, priority: number, id: string): Deployment {
  return {
    ID: id,
    Namespace: job.Namespace,
    JobID: job.ID,
    JobVersion: job.Version,
    JobModifyIndex: job.ModifyIndex,
    JobSpecModifyIndex: job.JobModifyIndex,
    JobCreateIndex: job.CreateIndex,
    IsMultiregion: false,
    TaskGroups: {},
    Status: deploymentStatus.running,
    StatusDescription: description.running,
    EvalPriority: priority,
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

/** State of a group that is about to be deployed. */
export function newDeploymentState(group: TaskGroup): DeploymentState {
  const update = hasUpdateStrategy(group) ? group.Update : null;
  return {
    AutoRevert: update?.AutoRevert ?? false,
    AutoPromote: update?.AutoPromote ?? false,
    ProgressDeadline: update?.ProgressDeadline ?? 0,
    RequireProgressBy: zeroTime,
    Promoted: false,
    PlacedCanaries: null,
    DesiredCanaries: 0,
    DesiredTotal: 0,
    PlacedAllocs: 0,
    HealthyAllocs: 0,
    UnhealthyAllocs: 0,
  };
}
