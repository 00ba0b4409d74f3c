// SPDX-License-Identifier: MPL-2.0
// Deployment.*: what a user may do to a rolling update.

import {
  type Deployment,
  Deployment_Fail,
  Deployment_Pause,
  Deployment_Promote,
  Deployment_SetAllocHealth,
  type Evaluation,
} from '@serai/api';
import { AppError } from '#base';
import {
  isTerminalDeployment,
  promoteDeployment,
  type StateReader,
  type Tx,
  updateDeploymentAllocHealth,
  updateDeploymentStatus,
  upsertDeployment,
  upsertEvals,
} from '#state';
import type { ServerContext } from '../context.ts';
import { failDeployment, failedByAllocation, failedByUser, withNewDeadlines } from '../deployment-steps.ts';
import { jobEvaluation } from '../evaluations.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { type Args, type Endpoint, endpoint, type Reply, writes } from './endpoint.ts';

type Answer = Reply<typeof Deployment_Fail>;

/** What an operation found out for the answer. */
interface Done {
  readonly evalId: string;
  readonly revertedTo?: number | undefined;
}

/** Allocations whose health one request may set. */
export const maxHealthIds = 4_096;

export function deploymentWriteEndpoints(context: ServerContext): readonly Endpoint[] {
  const access = writes('submit-job', 'object');
  return [
    endpoint(Deployment_SetAllocHealth, access, (args) => setHealth(context, args)),
    endpoint(Deployment_Fail, access, (args) => fail(context, args)),
    endpoint(Deployment_Pause, access, (args) => pause(context, args)),
    endpoint(Deployment_Promote, access, (args) => promote(context, args)),
  ];
}

const refused = (text: string): AppError => new AppError('invalid', text, { status: 500 });

/** `doing` completes "can't … terminal deployment". */
function open(state: StateReader, id: string, doing: string): Deployment {
  if (id === '') throw refused('missing deployment ID');
  const found = state.deployment(id);
  if (!found) throw new AppError('not-found', 'deployment not found');
  if (isTerminalDeployment(found)) {
    throw new AppError('conflict', `can't ${doing} terminal deployment`, { status: 500 });
  }
  return found;
}

/** Has the scheduler look at the job; none when it was purged. */
function nextStep(state: StateReader, deployment: Deployment, stamp: Stamp): Evaluation[] {
  const job = state.job(deployment.Namespace, deployment.JobID);
  if (!job) return [];
  const of = {
    triggeredBy: 'deployment-watcher',
    priority: deployment.EvalPriority,
    deploymentId: deployment.ID,
  };
  return [jobEvaluation(job, of, stamp)];
}

async function change(
  context: ServerContext,
  name: string,
  operation: (tx: Tx, stamp: Stamp) => Done,
): Promise<Answer> {
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write(name, (tx) => operation(tx, stamp()));
  return {
    EvalID: result.evalId,
    EvalCreateIndex: result.evalId === '' ? 0 : index,
    DeploymentModifyIndex: index,
    RevertedJobVersion: result.revertedTo ?? null,
    Index: index,
  };
}

function fail(context: ServerContext, args: Args<typeof Deployment_Fail>): Promise<Answer> {
  return change(context, 'fail deployment', (tx, stamp) => {
    const deployment = open(tx, args.DeploymentID, 'fail');
    return failNow(context, tx, { deployment, description: failedByUser, stamp });
  });
}

function failNow(
  context: ServerContext,
  tx: Tx,
  of: { readonly deployment: Deployment; readonly description: string; readonly stamp: Stamp },
): Done {
  const { deployment, description, stamp } = of;
  // The first id that the operation draws is that of the evaluation.
  let evalId = '';
  const uuid = (): string => {
    const id = stamp.uuid();
    if (evalId === '') evalId = id;
    return id;
  };
  const revertedTo = failDeployment(
    tx,
    { deployment, description },
    { trackedVersions: context.options.jobTrackedVersions, stamp: { ...stamp, uuid } },
  );
  return { evalId, revertedTo };
}

function pause(context: ServerContext, args: Args<typeof Deployment_Pause>): Promise<Answer> {
  return change(context, 'pause deployment', (tx, stamp) => {
    const deployment = open(tx, args.DeploymentID, args.Pause ? 'pause' : 'resume');
    const resumes = !args.Pause && deployment.Status === 'paused';
    if (resumes) upsertDeployment(tx, withNewDeadlines(deployment, stamp.nowMs));
    const evals = args.Pause ? [] : nextStep(tx, deployment, stamp);
    updateDeploymentStatus(tx, {
      update: {
        DeploymentID: deployment.ID,
        Status: args.Pause ? 'paused' : 'running',
        StatusDescription: args.Pause ? 'Deployment is paused' : 'Deployment is running',
      },
      evals,
    });
    return { evalId: evals[0]?.ID ?? '' };
  });
}

function promote(context: ServerContext, args: Args<typeof Deployment_Promote>): Promise<Answer> {
  const groups = args.Groups ?? [];
  return change(context, 'promote deployment', (tx, stamp) => {
    const deployment = open(tx, args.DeploymentID, 'promote');
    if (args.All === groups.length > 0) throw refused('promote either all groups or the named ones');
    const unknown = groups.find((name) => !Object.hasOwn(deployment.TaskGroups ?? {}, name));
    if (unknown !== undefined) {
      throw refused(`task group ${JSON.stringify(unknown)} is not part of this deployment`);
    }
    const evals = nextStep(tx, deployment, stamp);
    const named = args.All ? {} : { groups };
    promoteDeployment(tx, { deploymentId: deployment.ID, ...named, evals, nowNs: stamp.nowNs });
    return { evalId: evals[0]?.ID ?? '' };
  });
}

/** One unhealthy allocation said by a user is enough to fail the deployment. */
function setHealth(context: ServerContext, args: Args<typeof Deployment_SetAllocHealth>): Promise<Answer> {
  const healthy = args.HealthyAllocationIDs ?? [];
  const unhealthy = args.UnhealthyAllocationIDs ?? [];
  return change(context, 'allocation health', (tx, stamp) => {
    const { ID: deploymentId } = open(tx, args.DeploymentID, 'set health of allocations for a');
    if (healthy.length + unhealthy.length === 0) {
      throw refused('must specify at least one healthy/unhealthy allocation ID');
    }
    if (healthy.length + unhealthy.length > maxHealthIds) {
      throw new AppError(
        'limit',
        `${healthy.length + unhealthy.length} allocations at once, at most ${maxHealthIds} are taken`,
      );
    }
    const health = { deploymentId, healthy, unhealthy, timestamp: stamp.nowIso, nowNs: stamp.nowNs };
    updateDeploymentAllocHealth(tx, health);
    // Its counts are other ones now.
    const deployment = open(tx, deploymentId, 'set health of allocations for a');
    if (unhealthy.length > 0) {
      return failNow(context, tx, { deployment, description: failedByAllocation, stamp });
    }
    const evals = nextStep(tx, deployment, stamp);
    upsertEvals(tx, evals);
    return { evalId: evals[0]?.ID ?? '' };
  });
}
