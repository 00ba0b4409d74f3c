// SPDX-License-Identifier: MPL-2.0
// What the leader tidies up each second: evaluations that became needless are canceled in state, gauges are set.

import type { Evaluation } from '@serai/api';
import { AppError } from '#base';
import { isTerminalEval } from '#model';
import { upsertEvals } from '#state';
import type { ServerContext } from '../context.ts';

/** Evaluations canceled by one write. */
const maxPerWrite = 1_000;

export class Housekeeping {
  readonly #context: ServerContext;
  /** canceled in memory, not yet in state: kept until the write succeeds */
  #canceled: Evaluation[] = [];

  constructor(context: ServerContext) {
    this.#context = context;
  }

  async run(): Promise<void> {
    this.#publishMetrics();
    this.#collectCanceled();
    while (this.#canceled.length > 0) {
      const part = this.#canceled.slice(0, maxPerWrite);
      try {
        await this.#cancel(part);
      } catch (error) {
        if (!['unavailable', 'limit'].includes(AppError.from(error).code)) throw error;
        // Overloaded or stopping: the next round tries again.
        return;
      }
      this.#canceled = this.#canceled.slice(part.length);
    }
  }

  #collectCanceled(): void {
    const { broker, blocked, clock } = this.#context;
    const nowNs = clock.nowNs();
    const cancel = (evaluation: Evaluation, description: string): void => {
      this.#canceled.push({
        ...evaluation,
        Status: 'canceled',
        StatusDescription: description,
        ModifyTime: nowNs,
      });
    };
    for (const e of broker.takeCanceled()) cancel(e, 'canceled after more recent eval was processed');
    for (const e of blocked.takeDuplicates()) cancel(e, 'existing blocked evaluation exists for this job');
  }

  async #cancel(canceled: readonly Evaluation[]): Promise<void> {
    await this.#context.writes.write('cancel evaluations', (tx) => {
      // Only what is still open: a later write may have ended or deleted it.
      const open = canceled.filter((evaluation) => {
        const stored = tx.evaluation(evaluation.ID);
        return stored !== undefined && !isTerminalEval(stored);
      });
      upsertEvals(tx, open);
    });
  }

  #publishMetrics(): void {
    const { broker, blocked, heartbeats, writes, metrics } = this.#context;
    broker.publishMetrics();
    const stats = blocked.stats();
    metrics.gauge('nomad.nomad.blocked_evals.total_blocked', stats.blocked);
    metrics.gauge('nomad.nomad.blocked_evals.total_escaped', stats.escaped);
    metrics.gauge('nomad.nomad.heartbeat.active', heartbeats.active);
    metrics.gauge('nomad.nomad.plan.queue_depth', writes.depth);
  }
}
