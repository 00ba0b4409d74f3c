// SPDX-License-Identifier: MPL-2.0
// Two ways to run a schedule: to its end at once, or waiting for each plan.

import type { Evaluation } from '@serai/api';
import type { Plan, PlanResult } from '#model';
import type { Outcome, PlanAnswer, SchedulerDeps, StateView } from './contract.ts';
import { schedule } from './process.ts';

export interface SyncOptions extends SchedulerDeps {
  readonly state: StateView;
  readonly submit: (plan: Plan) => PlanAnswer;
}

export interface AsyncOptions extends SchedulerDeps {
  readonly state: StateView;
  /** Rejects when the plan could not be handed in: the evaluation is then not processed. */
  readonly submit: (plan: Plan) => Promise<PlanAnswer>;
}

/** For tests, benches and `job plan`. */
export function processEvalSync(evaluation: Evaluation, options: SyncOptions): Outcome {
  const steps = schedule(evaluation, options.state, options);
  let step = steps.next();
  while (!step.done) step = steps.next(options.submit(step.value));
  return step.value;
}

/** For a server's worker. Between two plans it runs without a pause. */
export async function processEval(evaluation: Evaluation, options: AsyncOptions): Promise<Outcome> {
  const steps = schedule(evaluation, options.state, options);
  let step = steps.next();
  while (!step.done) step = steps.next(await options.submit(step.value));
  return step.value;
}

/** The answer of an applier that accepts everything and commits nothing: for `job plan`. */
export function acceptPlan(plan: Plan): PlanResult {
  return {
    nodeUpdate: plan.nodeUpdate,
    nodeAllocation: plan.nodeAllocation,
    nodePreemptions: plan.nodePreemptions,
    deployment: plan.deployment,
    deploymentUpdates: plan.deploymentUpdates,
    refreshIndex: 0,
    rejectedNodes: [],
    allocIndex: plan.snapshotIndex,
  };
}
