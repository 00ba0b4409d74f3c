// SPDX-License-Identifier: MPL-2.0
// Deployment.*: what a user may do to a rolling update.

import {
  type Deployment,
  Deployment_Fail,
  Deployment_Pause,
  Deployment_Promote,
  Deployment_SetAllocHealth,
  type DeploymentStatusUpdate,
  type Evaluation,
} from '@serai/api';
import { AppError } from '#base';
import { promoteDeployment, updateDeploymentAllocHealth, updateDeploymentStatus } from '#state';
import type { ServerContext } from '../context.ts';
import { newEvaluation } from '../evaluations.ts';
import { isActiveDeployment } from '../leader/garbage.ts';
import { type Args, type Endpoint, endpoint, type Reply, writes } from './endpoint.ts';

type Answer = Reply<typeof Deployment_Fail>;

export function deploymentWriteEndpoints(context: ServerContext): readonly Endpoint[] {
  const access = writes('submit-job', 'object');
  return [
    endpoint(Deployment_SetAllocHealth, access, (args) => setHealth(context, args)),
    endpoint(Deployment_Fail, access, (args) =>
      setStatus(context, args.DeploymentID, { status: 'failed', description: 'Deployment marked as failed' }),
    ),
    endpoint(Deployment_Pause, access, (args) =>
      setStatus(
        context,
        args.DeploymentID,
        args.Pause
          ? { status: 'paused', description: 'Deployment is paused' }
          : { status: 'running', description: 'Deployment is running' },
      ),
    ),
    endpoint(Deployment_Promote, access, (args) => promote(context, args)),
  ];
}

function activeDeployment(context: ServerContext, id: string): Deployment {
  if (id === '') throw new AppError('invalid', 'missing deployment ID');
  const found = context.store.snapshot().deployment(id);
  if (!found) throw new AppError('not-found', 'deployment not found');
  if (!isActiveDeployment(found.Status)) {
    throw new AppError('conflict', `can't change a deployment that is ${found.Status}`, { status: 500 });
  }
  return found;
}

function nextStep(context: ServerContext, deployment: Deployment): Evaluation[] {
  const job = context.store.snapshot().job(deployment.Namespace, deployment.JobID);
  if (!job) return [];
  const evaluation = newEvaluation(
    {
      Namespace: job.Namespace,
      Priority: deployment.EvalPriority > 0 ? deployment.EvalPriority : job.Priority,
      Type: job.Type,
      TriggeredBy: 'deployment-watcher',
      JobID: job.ID,
      DeploymentID: deployment.ID,
    },
    context,
  );
  return [evaluation];
}

function answer(index: number, evals: readonly Evaluation[]): Answer {
  return {
    EvalID: evals[0]?.ID ?? '',
    EvalCreateIndex: evals.length > 0 ? index : 0,
    DeploymentModifyIndex: index,
    RevertedJobVersion: null,
    Index: index,
  };
}

async function setStatus(
  context: ServerContext,
  deploymentId: string,
  wanted: { status: string; description: string },
): Promise<Answer> {
  const deployment = activeDeployment(context, deploymentId);
  const evals = wanted.status === 'paused' ? [] : nextStep(context, deployment);
  const update: DeploymentStatusUpdate = {
    DeploymentID: deployment.ID,
    Status: wanted.status,
    StatusDescription: wanted.description,
  };
  const { index } = await context.writes.write('deployment status', (tx) =>
    updateDeploymentStatus(tx, { update, evals }),
  );
  return answer(index, evals);
}

async function promote(context: ServerContext, args: Args<typeof Deployment_Promote>): Promise<Answer> {
  const deployment = activeDeployment(context, args.DeploymentID);
  const groups = args.Groups ?? [];
  if (args.All === groups.length > 0) {
    throw new AppError('invalid', 'promote either all groups or the named ones');
  }
  const evals = nextStep(context, deployment);
  const nowNs = context.clock.nowNs();
  const { index } = await context.writes.write('promote deployment', (tx) =>
    promoteDeployment(tx, { deploymentId: deployment.ID, ...(args.All ? {} : { groups }), evals, nowNs }),
  );
  return answer(index, evals);
}

async function setHealth(
  context: ServerContext,
  args: Args<typeof Deployment_SetAllocHealth>,
): Promise<Answer> {
  const deployment = activeDeployment(context, args.DeploymentID);
  const healthy = args.HealthyAllocationIDs ?? [];
  const unhealthy = args.UnhealthyAllocationIDs ?? [];
  if (healthy.length + unhealthy.length === 0) {
    throw new AppError('invalid', 'must specify at least one healthy/unhealthy allocation ID');
  }
  const evals = nextStep(context, deployment);
  const nowNs = context.clock.nowNs();
  const { index } = await context.writes.write('allocation health', (tx) =>
    updateDeploymentAllocHealth(tx, {
      deploymentId: deployment.ID,
      healthy,
      unhealthy,
      timestamp: context.clock.nowIso(),
      evals,
      nowNs,
    }),
  );
  return answer(index, evals);
}
