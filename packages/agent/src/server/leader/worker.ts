// SPDX-License-Identifier: MPL-2.0
// Takes evaluations from the broker, runs the scheduler on a snapshot, submits its plans and stores the outcome.
// Several may run at once: the plan applier checks every plan against the newest state.

import { type Evaluation, zeroTime } from '@serai/api';
import type { TaskSet } from '#base';
import { isTerminalEval } from '#model';
import { type Fleet, newFleet, processEval } from '#scheduler';
import { type StateSnapshot, upsertEvals } from '#state';
import type { ServerContext } from '../context.ts';
import { type Delivery, failedQueue } from './eval-broker.ts';
import { submitPlan } from './plan-applier.ts';

/** Pause after an unexpected failure, before the next evaluation is taken. Milliseconds. */
const backoffMs = 100;
/** An evaluation that failed too often is tried again after this long. Milliseconds. */
export const failedFollowUpMs = 60_000;

export class Worker {
  readonly #context: ServerContext;
  readonly #fleet: Fleet = newFleet();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** Works until the set stops. */
  start(tasks: TaskSet, number: number): void {
    tasks.run(`worker ${number}`, async (signal) => {
      const queues = [...this.#context.options.enabledSchedulers, failedQueue];
      const { broker, clock } = this.#context;
      while (!signal.aborted) {
        const delivery = await broker.dequeue(queues, signal);
        if (delivery) await this.#process(delivery, signal);
        // Turned off: it is on again in a moment, or this worker stops.
        else if (!signal.aborted && !broker.enabled) await clock.sleep(backoffMs, signal);
      }
    });
  }

  async #process(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { broker, blocked, log, clock, metrics } = this.#context;
    const { evaluation, token } = delivery;
    const startMs = clock.monotonicMs();
    try {
      const stillBlocked = await this.#work(delivery, signal);
      if (!broker.owns(evaluation.ID, token)) return;
      broker.ack(evaluation.ID, token);
      // Only now: capacity that came meanwhile hands it to the broker at once, which must not hold it any more.
      if (stillBlocked) blocked.block(stillBlocked);
      metrics.sample(`nomad.nomad.worker.invoke_scheduler_${evaluation.Type}`, clock.monotonicMs() - startMs);
    } catch (error) {
      if (signal.aborted) return;
      log.error('processing an evaluation failed', {
        eval_id: evaluation.ID,
        job_id: evaluation.JobID,
        error,
      });
      if (broker.owns(evaluation.ID, token)) broker.nack(evaluation.ID, token);
      await clock.sleep(backoffMs, signal).catch(() => {});
    }
  }

  /** Returns the evaluation when it goes on waiting for capacity. */
  async #work(delivery: Delivery, signal: AbortSignal): Promise<Evaluation | undefined> {
    const { evaluation, queue } = delivery;
    const snapshot = await this.#context.store.snapshotAt(evaluation.ModifyIndex, { signal });
    const stored = snapshot.evaluation(evaluation.ID);
    // Another evaluation of the job made it needless, or an operator deleted it, while it was queued.
    if (!stored || isTerminalEval(stored)) return undefined;
    if (queue !== failedQueue) return this.#schedule(stored, snapshot, signal);
    await this.#giveUp(stored);
    return undefined;
  }

  async #schedule(
    evaluation: Evaluation,
    snapshot: StateSnapshot,
    signal: AbortSignal,
  ): Promise<Evaluation | undefined> {
    const { store, random, clock, writes } = this.#context;
    const outcome = await processEval(evaluation, {
      state: snapshot,
      random,
      nowNs: () => clock.nowNs(),
      fleet: this.#fleet,
      submit: async (plan) => {
        const result = await submitPlan(this.#context, plan);
        return { result, state: await store.snapshotAt(result.refreshIndex, { signal }) };
      },
    });
    const nowNs = clock.nowNs();
    const stored = [outcome.evaluation, ...outcome.created].map((e) => ({ ...e, ModifyTime: nowNs }));
    await writes.write('store evaluations', (tx) => {
      // Deleted by an operator, or from before a restore: then it leaves nothing.
      if (tx.evaluation(evaluation.ID)) upsertEvals(tx, stored);
    });
    return outcome.reblocked ? outcome.evaluation : undefined;
  }

  /** The evaluation failed too often: it ends, and a new one is made for later. */
  async #giveUp(evaluation: Evaluation): Promise<void> {
    const { random, clock, writes } = this.#context;
    const nowNs = clock.nowNs();
    const followUp: Evaluation = {
      ...evaluation,
      ID: random.uuid(),
      TriggeredBy: 'failed-follow-up',
      Status: 'pending',
      StatusDescription: '',
      PreviousEval: evaluation.ID,
      NextEval: '',
      BlockedEval: '',
      FailedTGAllocs: null,
      ClassEligibility: null,
      EscapedComputedClass: false,
      QueuedAllocations: null,
      SnapshotIndex: 0,
      Wait: 0,
      WaitUntil: new Date(clock.nowMs() + failedFollowUpMs).toISOString(),
      CreateTime: nowNs,
      ModifyTime: nowNs,
    };
    const failed: Evaluation = {
      ...evaluation,
      Status: 'failed',
      StatusDescription: 'evaluation reached delivery limit: it failed each time it was processed',
      NextEval: followUp.ID,
      WaitUntil: zeroTime,
      ModifyTime: nowNs,
    };
    await writes.write('give up an evaluation', (tx) => upsertEvals(tx, [failed, followUp]));
  }
}
