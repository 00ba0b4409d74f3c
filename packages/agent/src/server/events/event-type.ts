// SPDX-License-Identifier: MPL-2.0
// Operation → type of its events. A write that was made by another server has no name: then the row tells.

import type { Allocation, Deployment, Job } from '@serai/api';
import type { RowChange } from '#state';

/** By the name that the operation has in the write loop. */
export const typeOfOperation: Readonly<Record<string, string>> = {
  'register node': 'NodeRegistration',
  'deregister nodes': 'NodeDeregistration',
  'update node status': 'NodeStreamEvent',
  'mark node silent': 'NodeStreamEvent',
  'node events': 'NodeStreamEvent',
  'update node drain': 'NodeDrain',
  'drain nodes': 'NodeDrain',
  'update node eligibility': 'NodeEligibility',
  'register job': 'JobRegistered',
  'revert job': 'JobRegistered',
  'scale job': 'JobRegistered',
  'dispatch job': 'JobRegistered',
  'launch periodic job': 'JobRegistered',
  'force periodic job': 'JobRegistered',
  'deregister job': 'JobDeregistered',
  'deregister jobs': 'JobBatchDeregistered',
  'apply plan': 'PlanResult',
  'store evaluations': 'EvaluationUpdated',
  'evaluate job': 'EvaluationUpdated',
  'evaluate node': 'EvaluationUpdated',
  'give up an evaluation': 'EvaluationUpdated',
  'cancel evaluations': 'EvaluationUpdated',
  'update allocations': 'AllocationUpdated',
  'update desired transitions': 'AllocationUpdateDesiredStatus',
  'stop allocation': 'AllocationUpdateDesiredStatus',
  'pause deployment': 'DeploymentStatusUpdate',
  'fail deployment': 'DeploymentStatusUpdate',
  'promote deployment': 'DeploymentPromotion',
  'allocation health': 'DeploymentAllocHealth',
};

/** Writes that say nothing about what runs: what a new region starts with, marks of versions. */
const silentOperations: ReadonlySet<string> = new Set(['initialize state', 'mark job stable']);

/** Deleting old rows is no news, unless other things point at them. */
const newsWhenDeleted: Readonly<Partial<Record<RowChange['table'], string>>> = {
  nodes: 'NodeDeregistration',
  nodePools: 'NodePoolDeleted',
  jobs: 'JobDeregistered',
};

/** undefined: not worth an event. */
export function eventType(operation: string, change: RowChange): string | undefined {
  if (silentOperations.has(operation)) return undefined;
  if (change.after === undefined && newsWhenDeleted[change.table] === undefined) return undefined;
  // What the garbage collection does besides deleting follows from it.
  if (operation.startsWith('collect ') && change.after !== undefined) return undefined;
  return typeOfOperation[operation] ?? typeOfRow(change);
}

function typeOfRow(change: RowChange): string | undefined {
  if (change.after === undefined) return newsWhenDeleted[change.table];
  switch (change.table) {
    case 'jobs':
      return typeOfJob(change.before as Job | undefined, change.after as Job);
    case 'allocs':
      return typeOfAllocation(change.before as Allocation | undefined, change.after as Allocation);
    case 'deployments':
      return typeOfDeployment(change.before as Deployment | undefined, change.after as Deployment);
    case 'nodes':
      return change.before === undefined ? 'NodeRegistration' : 'NodeStreamEvent';
    case 'nodePools':
      return 'NodePoolUpserted';
    default:
      return 'EvaluationUpdated';
  }
}

function typeOfJob(before: Job | undefined, after: Job): string {
  if (before?.Version === after.Version && before.CreateIndex === after.CreateIndex)
    return 'EvaluationUpdated';
  return after.Stop ? 'JobDeregistered' : 'JobRegistered';
}

function typeOfAllocation(before: Allocation | undefined, after: Allocation): string {
  if (before === undefined) return 'PlanResult';
  if (before.DesiredTransition !== after.DesiredTransition) return 'AllocationUpdateDesiredStatus';
  return before.DesiredStatus === after.DesiredStatus ? 'AllocationUpdated' : 'PlanResult';
}

function typeOfDeployment(before: Deployment | undefined, after: Deployment): string {
  if (before === undefined) return 'PlanResult';
  if (before.Status !== after.Status) return 'DeploymentStatusUpdate';
  const promoted = (deployment: Deployment): number =>
    Object.values(deployment.TaskGroups ?? {}).filter((group) => group?.Promoted).length;
  return promoted(after) > promoted(before) ? 'DeploymentPromotion' : 'DeploymentAllocHealth';
}
