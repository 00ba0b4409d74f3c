// SPDX-License-Identifier: MPL-2.0
// The schedulers: service, batch, system, sysbatch. reconcile → feasible → rank → (preempt), pure and synchronous:
// no clock, no randomness, no I/O but what is passed in. Knows nothing of how state is stored or plans are applied.
//
// An evaluation is processed by a generator that yields each plan and is resumed with what became of it, so the same
// scheduler runs under a synchronous harness (`processEvalSync`), in an async server worker (`processEval`) and in
// `job plan` (`acceptPlan` as the answer, nothing committed):
//
//   const outcome = await processEval(evaluation, { state, random, nowNs, fleet, submit: async (plan) =>
//     ({ result: await planQueue.submit(plan), state: await snapshotAt(result.refreshIndex) }) });
//   store(outcome.evaluation, ...outcome.created); if (outcome.reblocked) blockedEvals.reblock(outcome.evaluation)
//
// Keep one `Fleet` per worker (several evaluations may interleave over one: it is brought to the snapshot of the
// attempt at its start and not used across a yield).
// The plan applier checks each node of a plan on the newest state with `evaluateNodePlan`.

export type { Outcome, PlanAnswer, Schedule, SchedulerDeps, StateView } from './contract.ts';
