// SPDX-License-Identifier: MPL-2.0
// The accepted part of a plan: stops, preemptions, placements, deployment and follow-up evaluations in one commit.

import type { Allocation, Evaluation, Job } from '@serai/api';
import { desiredStatus, isClientTerminal, type PlanResult } from '#model';
import type { Tx } from '../tx.ts';
import { AllocWriter } from './alloc/alloc-writer.ts';
import { writeDeploymentStatus } from './deployment.ts';
import { upsertDeployment } from './deployment-row.ts';
import { upsertEvals } from './evaluation.ts';
import { storedVersion } from './job/job-version.ts';

export interface PlanResultInput {
  readonly result: Pick<
    PlanResult,
    'nodeUpdate' | 'nodeAllocation' | 'nodePreemptions' | 'deployment' | 'deploymentUpdates'
  >;
  /** for placements that carry no job */
  readonly job: Job | null;
  readonly evalId: string;
  /** follow-ups, and evaluations of jobs that lost allocations to preemption */
  readonly evals?: readonly Evaluation[];
  readonly nowNs: number;
}

export function upsertPlanResults(tx: Tx, input: PlanResultInput): void {
  const { result, nowNs } = input;
  if (result.deployment) upsertDeployment(tx, result.deployment);
  for (const update of result.deploymentUpdates) writeDeploymentStatus(tx, update);
  const writer = new AllocWriter(tx, nowNs);
  for (const stopped of flat(result.nodeUpdate)) stopOne(tx, writer, stopped);
  for (const evicted of flat(result.nodePreemptions)) preemptOne(tx, writer, evicted);
  for (const placed of flat(result.nodeAllocation)) placeOne(tx, writer, { placed, job: input.job });
  writer.finish();
  touchEval(tx, input.evalId);
  if (input.evals) upsertEvals(tx, input.evals);
}

function* flat(byNode: ReadonlyMap<string, readonly Allocation[]>): Generator<Allocation> {
  for (const allocs of byNode.values()) yield* allocs;
}

/** The server decides about lost and unknown; anything else is the client's word, newer than the plan. */
function serverStatus(existing: Allocation, planned: Allocation): Partial<Allocation> {
  const byServer = planned.ClientStatus === 'lost' || planned.ClientStatus === 'unknown';
  if (!byServer || isClientTerminal(existing)) {
    return { ClientStatus: existing.ClientStatus, ClientDescription: existing.ClientDescription };
  }
  return {
    ClientStatus: planned.ClientStatus,
    ClientDescription: planned.ClientDescription,
    AllocStates: planned.AllocStates ?? existing.AllocStates,
  };
}

function stopOne(tx: Tx, writer: AllocWriter, planned: Allocation): void {
  const existing = tx.alloc(planned.ID);
  if (!existing) return;
  const after: Allocation = {
    ...existing,
    ...serverStatus(existing, planned),
    DesiredStatus: planned.DesiredStatus,
    DesiredDescription: planned.DesiredDescription,
    FollowupEvalID: planned.FollowupEvalID,
    RescheduleTracker: planned.RescheduleTracker ?? existing.RescheduleTracker,
  };
  writer.put(existing, after, { byServer: true });
}

function preemptOne(tx: Tx, writer: AllocWriter, planned: Allocation): void {
  const existing = tx.alloc(planned.ID);
  if (!existing) return;
  const after: Allocation = {
    ...existing,
    DesiredStatus: desiredStatus.evict,
    DesiredDescription: `Preempted by alloc ID ${planned.PreemptedByAllocation}`,
    PreemptedByAllocation: planned.PreemptedByAllocation,
  };
  writer.put(existing, after, { byServer: true });
}

function placeOne(
  tx: Tx,
  writer: AllocWriter,
  placement: { readonly placed: Allocation; readonly job: Job | null },
): void {
  const { placed } = placement;
  const existing = tx.alloc(placed.ID);
  const job = placed.Job ?? placement.job ?? existing?.Job ?? null;
  const linked = { ...placed, Job: job && storedVersion(tx, job) };
  if (existing) {
    writer.put(existing, keepClientFields(existing, linked), { byServer: true });
    return;
  }
  writer.put(undefined, linked, { byServer: true });
  linkPrevious(tx, placed);
}

/** In-place update: the client may have reported since the scheduler looked. */
function keepClientFields(existing: Allocation, planned: Allocation): Allocation {
  const sameDeployment = planned.DeploymentID === existing.DeploymentID;
  return {
    ...planned,
    ...serverStatus(existing, planned),
    TaskStates: existing.TaskStates,
    NetworkStatus: existing.NetworkStatus,
    DeploymentStatus: sameDeployment ? existing.DeploymentStatus : planned.DeploymentStatus,
    NextAllocation: existing.NextAllocation === '' ? planned.NextAllocation : existing.NextAllocation,
  };
}

function linkPrevious(tx: Tx, placed: Allocation): void {
  const previous = placed.PreviousAllocation === '' ? undefined : tx.alloc(placed.PreviousAllocation);
  if (previous) tx.put('allocs', { ...previous, NextAllocation: placed.ID, ModifyIndex: tx.index });
}

/** So that a worker that waits for its plan sees the evaluation at least at the plan's index. */
function touchEval(tx: Tx, evalId: string): void {
  const evaluation = tx.evaluation(evalId);
  if (evaluation) tx.put('evals', { ...evaluation, ModifyIndex: tx.index });
}
