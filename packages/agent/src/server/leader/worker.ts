// SPDX-License-Identifier: MPL-2.0
// Takes evaluations from the broker, runs the scheduler on a snapshot, submits its plans and stores the outcome.
// Several may run at once: the plan applier checks every plan against the newest state.

import type { Evaluation } from '@serai/api';
import type { TaskSet } from '#base';
import { type Fleet, newFleet, processEval } from '#scheduler';
import { upsertEvals } from '#state';
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
      while (!signal.aborted) {
        const queues = [...this.#context.options.enabledSchedulers, failedQueue];
        const delivery = await this.#context.broker.dequeue(queues, signal);
        if (!delivery) {
          if (!signal.aborted) await this.#context.clock.sleep(backoffMs, signal);
          continue;
        }
        await this.#process(delivery, signal);
      }
    });
  }

  async #process(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { broker, log, clock, metrics } = this.#context;
    const { evaluation, token } = delivery;
    const startMs = clock.monotonicMs();
    try {
      if (delivery.queue === failedQueue) await this.#giveUp(evaluation);
      else await this.#schedule(evaluation, signal);
      if (broker.owns(evaluation.ID, token)) broker.ack(evaluation.ID, token);
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

  async #schedule(evaluation: Evaluation, signal: AbortSignal): Promise<void> {
    const { store, random, clock, writes, blocked } = this.#context;
    const snapshot = await store.snapshotAt(evaluation.ModifyIndex, { signal });
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
    await writes.write('store evaluations', (tx) => upsertEvals(tx, stored));
    if (outcome.reblocked) blocked.block(outcome.evaluation);
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
      QueuedAllocations: null,
      WaitUntil: new Date(clock.nowMs() + failedFollowUpMs).toISOString(),
      CreateTime: nowNs,
      ModifyTime: nowNs,
    };
    const failed: Evaluation = {
      ...evaluation,
      Status: 'failed',
      StatusDescription: 'evaluation reached delivery limit: it failed each time it was processed',
      NextEval: followUp.ID,
      ModifyTime: nowNs,
    };
    await writes.write('give up an evaluation', (tx) => upsertEvals(tx, [failed, followUp]));
  }
}
