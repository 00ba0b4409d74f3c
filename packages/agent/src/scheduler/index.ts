// SPDX-License-Identifier: MPL-2.0
// The schedulers: service, batch, system, sysbatch. reconcile → feasible → rank → (preempt), pure and synchronous:
// no clock, no randomness, no I/O but what is passed in. Must not know how state is stored or how plans are applied.
//
// An evaluation is processed by a generator that yields each plan and is resumed with what became of it, so the same
// scheduler runs in a synchronous harness (`processEvalSync`), in a server's worker (`processEval`) and in `job plan`
// (answer `acceptPlan(plan)`, commit nothing):
//
//   const outcome = await processEval(evaluation, { state, random, nowNs, fleet, submit: async (plan) => {
//     const result = await planApplier.submit(plan);
//     return { result, state: await snapshotAt(result.refreshIndex) };
//   } });
//   store(outcome.evaluation, ...outcome.created); if (outcome.reblocked) blockedEvals.block(outcome.evaluation);
//
// Keep one fleet per worker (`newFleet()`): it is made equal to the snapshot at the start of each attempt, so a worker
// must finish one evaluation before it begins the next. A long evaluation yields a breather every 1,000 placements and
// `processEval` then gives the event loop a turn. The plan applier checks each node of a plan on the newest state with
// `evaluateNodePlan`.

export type {
  Outcome,
  PlanAnswer,
  Preempt,
  PreemptChoice,
  PreemptRequest,
  Schedule,
  SchedulerDeps,
  StateView,
} from './contract.ts';
export { type Breather, breather } from './contract.ts';
export { type Fleet, newFleet } from './fleet/fleet.ts';
export { allocsFit, evaluateNodePlan, type NodePlanVerdict } from './node-plan.ts';
export { schedule } from './process.ts';
export { type AsyncOptions, acceptPlan, processEval, processEvalSync, type SyncOptions } from './run.ts';
