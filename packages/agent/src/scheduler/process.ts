// SPDX-License-Identifier: MPL-2.0
// From an evaluation to its outcome: attempts until a plan is committed as a whole, then what is left waits as a
// blocked evaluation.

import type { AllocMetric, Evaluation } from '@serai/api';
import { must } from '#base';
import { isNoOpPlan, type Plan, type PlanResult } from '#model';
import { type Attempt, type AttemptInput, type AttemptRun, newAllocIds } from './attempt.ts';
import type { Outcome, Schedule, SchedulerDeps, StateView } from './contract.ts';
import { blockedEvaluation, evalStatus, rollingEvaluation } from './evaluations.ts';
import { attemptGeneric } from './generic.ts';
import { attemptSystem } from './system/system.ts';

interface SchedulerKind {
  readonly attempt: (input: AttemptInput) => AttemptRun;
  /** attempts without progress before the evaluation is given up */
  readonly attemptsMax: number;
  readonly isGeneric: boolean;
}

const kinds: ReadonlyMap<string, SchedulerKind> = new Map([
  ['service', { attempt: attemptGeneric, attemptsMax: 5, isGeneric: true }],
  ['batch', { attempt: attemptGeneric, attemptsMax: 2, isGeneric: true }],
  ['system', { attempt: attemptSystem, attemptsMax: 5, isGeneric: false }],
  ['sysbatch', { attempt: attemptSystem, attemptsMax: 2, isGeneric: false }],
]);

/** Processes one evaluation, starting from this snapshot. */
export function* schedule(evaluation: Evaluation, start: StateView, deps: SchedulerDeps): Schedule {
  const kind = kinds.get(evaluation.Type);
  if (!kind) return refusal(evaluation, deps);
  const plans: Plan[] = [];
  let state = start;
  let triesLeft = kind.attemptsMax;
  for (;;) {
    const attempt = yield* kind.attempt({ evaluation, state, deps });
    const progress: Progress = { attempt, plans, queued: attempt.queued, state, conflict: false };
    if (isNoOpPlan(attempt.plan)) return outcomeOf(evaluation, kind, progress, deps);
    plans.push(attempt.plan);
    const answer = must(yield attempt.plan, 'answer to a plan');
    const left = stillQueued(attempt, answer.result);
    const done = { ...progress, queued: left };
    if (answer.result.refreshIndex === 0) return outcomeOf(evaluation, kind, done, deps);
    triesLeft = hasProgress(answer.result) ? kind.attemptsMax : triesLeft - 1;
    if (triesLeft <= 0) return outcomeOf(evaluation, kind, { ...done, conflict: true }, deps);
    state = answer.state;
  }
}

interface Progress {
  readonly attempt: Attempt;
  readonly plans: readonly Plan[];
  readonly queued: ReadonlyMap<string, number>;
  readonly state: StateView;
  /** plans were refused again and again */
  readonly conflict: boolean;
}

function hasProgress(result: PlanResult): boolean {
  return (
    result.nodeUpdate.size > 0 ||
    result.nodeAllocation.size > 0 ||
    result.deployment !== null ||
    result.deploymentUpdates.length > 0
  );
}

/** Queued allocations without those that were committed. */
function stillQueued(attempt: Attempt, result: PlanResult): ReadonlyMap<string, number> {
  const left = new Map(attempt.queued);
  const created = newAllocIds(attempt.plan);
  for (const allocs of result.nodeAllocation.values()) {
    for (const alloc of allocs) {
      if (!created.has(alloc.ID)) continue;
      left.set(alloc.TaskGroup, Math.max(0, (left.get(alloc.TaskGroup) ?? 0) - 1));
    }
  }
  return left;
}

function outcomeOf(
  evaluation: Evaluation,
  kind: SchedulerKind,
  progress: Progress,
  deps: SchedulerDeps,
): Outcome {
  const { attempt, plans, state, conflict } = progress;
  const nowNs = deps.nowNs();
  const failed = attempt.failed.size > 0 ? Object.fromEntries(attempt.failed) : null;
  const base: Evaluation = {
    ...evaluation,
    DeploymentID: attempt.deploymentId ?? evaluation.DeploymentID,
    FailedTGAllocs: failed,
    QueuedAllocations: Object.fromEntries(progress.queued),
    SnapshotIndex: state.index,
    ModifyTime: nowNs,
  };
  const shared = { plans, annotations: attempt.plan.annotations };
  const wasBlocked = evaluation.Status === evalStatus.blocked;
  const mayWaitOn = kind.isGeneric || evaluation.NodeID !== '';
  if (mayWaitOn && wasBlocked && failed && !conflict) {
    const eligibility = {
      ClassEligibility: attempt.escaped ? null : attempt.classes,
      EscapedComputedClass: attempt.escaped,
    };
    return { ...shared, evaluation: { ...base, ...eligibility }, reblocked: true, created: [] };
  }
  const created: Evaluation[] = [];
  const blocked = kind.isGeneric
    ? blockedFor({ evaluation, attempt, failed, conflict, snapshotIndex: state.index, nowNs }, deps)
    : undefined;
  if (blocked) created.push(blocked);
  for (const nodeId of attempt.blockedNodes)
    created.push(
      blockedEvaluation(evaluation, {
        ...blockOptions(attempt, failed, state.index),
        id: deps.random.uuid(),
        nowNs,
        nodeId,
      }),
    );
  const next =
    attempt.staggerNs === undefined
      ? undefined
      : rollingEvaluation(evaluation, { id: deps.random.uuid(), waitNs: attempt.staggerNs, nowNs });
  if (next) created.push(next);
  return {
    ...shared,
    evaluation: {
      ...base,
      Status: conflict ? evalStatus.failed : evalStatus.complete,
      StatusDescription: conflict ? `maximum attempts reached (${kind.attemptsMax})` : '',
      BlockedEval: blocked?.ID ?? '',
      NextEval: next?.ID ?? evaluation.NextEval,
    },
    reblocked: false,
    created,
  };
}

function blockOptions(
  attempt: Attempt,
  failed: Readonly<Record<string, AllocMetric>> | null,
  snapshotIndex: number,
): Pick<Parameters<typeof blockedEvaluation>[1], 'classes' | 'escaped' | 'failed' | 'snapshotIndex'> {
  return { classes: attempt.classes, escaped: attempt.escaped, failed, snapshotIndex };
}

interface BlockInput {
  readonly evaluation: Evaluation;
  readonly attempt: Attempt;
  readonly failed: Readonly<Record<string, AllocMetric>> | null;
  readonly conflict: boolean;
  readonly snapshotIndex: number;
  readonly nowNs: number;
}

/** The evaluation that waits for what could not be placed. */
function blockedFor(input: BlockInput, deps: SchedulerDeps): Evaluation | undefined {
  const { evaluation, attempt, failed, conflict } = input;
  if (!failed && !conflict) return undefined;
  return blockedEvaluation(evaluation, {
    ...blockOptions(attempt, failed, input.snapshotIndex),
    id: deps.random.uuid(),
    nowNs: input.nowNs,
    conflicts: conflict,
  });
}

function refusal(evaluation: Evaluation, deps: SchedulerDeps): Outcome {
  return {
    evaluation: {
      ...evaluation,
      Status: evalStatus.failed,
      StatusDescription: `no scheduler for evaluations of type ${JSON.stringify(evaluation.Type)}`,
      ModifyTime: deps.nowNs(),
    },
    reblocked: false,
    created: [],
    annotations: null,
    plans: [],
  };
}
