// SPDX-License-Identifier: MPL-2.0
// Two ways to run a schedule: to its end at once, or waiting for each plan.

import type { Evaluation } from '@serai/api';
import type { Plan, PlanResult } from '#model';
import { breather, type Outcome, type PlanAnswer, type SchedulerDeps, type StateView } from './contract.ts';
import { schedule } from './process.ts';

export interface SyncOptions extends SchedulerDeps {
  readonly state: StateView;
  readonly submit: (plan: Plan) => PlanAnswer;
}

export interface AsyncOptions extends SchedulerDeps {
  readonly state: StateView;
  /** Rejects when the plan could not be handed in: the evaluation is then not processed. */
  readonly submit: (plan: Plan) => Promise<PlanAnswer>;
  /** Lets others work in the middle of a long evaluation; one turn of the event loop when not given. */
  readonly breathe?: () => Promise<void>;
}

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** For tests, benches and `job plan`. */
export function processEvalSync(evaluation: Evaluation, options: SyncOptions): Outcome {
  const steps = schedule(evaluation, options.state, options);
  let step = steps.next();
  while (!step.done) step = steps.next(step.value === breather ? undefined : options.submit(step.value));
  return step.value;
}

/** For a server's worker. Never runs for more than some 20 ms without letting others work. */
export async function processEval(evaluation: Evaluation, options: AsyncOptions): Promise<Outcome> {
  const steps = schedule(evaluation, options.state, options);
  let step = steps.next();
  while (!step.done) {
    if (step.value === breather) {
      await (options.breathe ?? oneTurn)();
      step = steps.next();
    } else step = steps.next(await options.submit(step.value));
  }
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
