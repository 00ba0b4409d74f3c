// SPDX-License-Identifier: MPL-2.0
// The leader's queue of evaluations. Holds at most one evaluation of a job in work at a time, hands out the one of the
// highest priority, takes back what a worker lost (nack or time-out), and gives up after a number of deliveries.
//
//   enqueue ──► waiting (WaitUntil, nack delay) ──► ready ──dequeue──► outstanding ──ack──► gone
//                                   ▲     job busy: pending ──ack of the other──┘ │
//                                   └──────────────── nack or time-out ───────────┘ (failed queue after the limit)

import type { Evaluation } from '@serai/api';
import { AppError, type Clock, type Metrics, type Random, type Timer } from '#base';
import { PriorityQueue } from './priority-queue.ts';

export interface EvalBrokerOptions {
  /** A worker that keeps an evaluation longer loses it. Milliseconds. */
  readonly nackTimeoutMs: number;
  /** Deliveries before an evaluation goes to the failed queue. */
  readonly deliveryLimit: number;
  /** Pause after the first nack. Milliseconds. */
  readonly initialNackDelayMs: number;
  /** Pause after later nacks. Milliseconds. */
  readonly subsequentNackDelayMs: number;
}

/** Nomad's values. */
export const defaultEvalBrokerOptions: EvalBrokerOptions = {
  nackTimeoutMs: 60_000,
  deliveryLimit: 3,
  initialNackDelayMs: 1_000,
  subsequentNackDelayMs: 20_000,
};

/** Name of the queue for evaluations that were delivered too often. */
export const failedQueue = '_failed';

export interface Delivery {
  readonly evaluation: Evaluation;
  /** proof that the holder still owns the evaluation */
  readonly token: string;
  /** name of the queue it came from: the scheduler type, or `failedQueue` */
  readonly queue: string;
}

export interface BrokerStats {
  readonly ready: number;
  readonly unacked: number;
  readonly pending: number;
  readonly waiting: number;
  readonly failed: number;
}

interface Outstanding extends Delivery {
  timer: Timer;
  /** a newer copy arrived while this one was in work */
  requeue: Evaluation | undefined;
}

interface Waiter {
  readonly queues: readonly string[];
  readonly resolve: (delivery: Delivery | undefined) => void;
}

const outranks = (a: Evaluation, b: Evaluation): boolean =>
  a.Priority === b.Priority ? a.CreateIndex < b.CreateIndex : a.Priority > b.Priority;
/** The newest of a job's pending evaluations sees all that the older ones were made for. */
const newer = (a: Evaluation, b: Evaluation): boolean => a.ModifyIndex > b.ModifyIndex;

export class EvalBroker {
  readonly #options: EvalBrokerOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: Metrics;
  #enabled = false;
  #paused = false;
  /** inside of `together` */
  #holds = false;
  /** evaluation id → deliveries so far */
  readonly #known = new Map<string, number>();
  /** job key → id of the evaluation that is ready or in work */
  readonly #busyJobs = new Map<string, string>();
  readonly #pending = new Map<string, PriorityQueue<Evaluation>>();
  readonly #ready = new Map<string, PriorityQueue<Evaluation>>();
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #waiting = new Map<string, { evaluation: Evaluation; timer: Timer }>();
  #waiters: Waiter[] = [];
  #canceled: Evaluation[] = [];

  constructor(options: EvalBrokerOptions, deps: { clock: Clock; random: Random; metrics: Metrics }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#metrics = deps.metrics;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** Only the leader's broker is on. Turning it off forgets everything: the next leader rebuilds it from state. */
  setEnabled(enabled: boolean): void {
    if (this.#enabled === enabled) return;
    this.#enabled = enabled;
    if (enabled) return;
    for (const { timer } of this.#outstanding.values()) timer.cancel();
    for (const { timer } of this.#waiting.values()) timer.cancel();
    for (const store of [
      this.#known,
      this.#busyJobs,
      this.#pending,
      this.#ready,
      this.#outstanding,
      this.#waiting,
    ]) {
      store.clear();
    }
    this.#canceled = [];
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(undefined);
  }

  /** A paused broker takes evaluations but hands none out (operator setting). */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.#serveWaiters();
  }

  /** Hands nothing out until all that is enqueued inside is known, so that the most important one goes first. */
  together(enqueue: () => void): void {
    if (this.#holds) {
      enqueue();
      return;
    }
    this.#holds = true;
    try {
      enqueue();
    } finally {
      this.#holds = false;
      this.#serveWaiters();
    }
  }

  /** Takes a pending evaluation. One that is known already is ignored, unless it is in work: then it runs again. */
  enqueue(evaluation: Evaluation): void {
    if (!this.#enabled) return;
    const outstanding = this.#outstanding.get(evaluation.ID);
    if (outstanding) {
      if (evaluation.ModifyIndex > outstanding.evaluation.ModifyIndex) outstanding.requeue = evaluation;
      return;
    }
    if (this.#known.has(evaluation.ID)) return;
    this.#known.set(evaluation.ID, 0);
    const waitMs = this.#waitMs(evaluation);
    if (waitMs > 0) this.#wait(evaluation, waitMs);
    else this.#offer(evaluation, evaluation.Type);
  }

  /** The next evaluation of one of these queues; undefined when the broker is turned off or the signal aborts. */
  dequeue(queues: readonly string[], signal?: AbortSignal): Promise<Delivery | undefined> {
    const now = this.#take(queues);
    if (now || !this.#enabled || signal?.aborted) return Promise.resolve(now);
    return new Promise((resolve) => {
      const onAbort = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(undefined);
      };
      const waiter: Waiter = {
        queues,
        resolve: (delivery) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(delivery);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** True while this token still owns the evaluation. */
  owns(evalId: string, token: string): boolean {
    return this.#outstanding.get(evalId)?.token === token;
  }

  /** The work is done. @throws AppError `conflict` when the evaluation was taken away meanwhile. */
  ack(evalId: string, token: string): void {
    const held = this.#release(evalId, token);
    this.#known.delete(evalId);
    this.#freeJob(held.evaluation);
    if (held.requeue) this.enqueue(held.requeue);
  }

  /** The work failed: it is delivered again after a pause, or goes to the failed queue. */
  nack(evalId: string, token: string): void {
    const held = this.#release(evalId, token);
    const deliveries = this.#known.get(evalId) ?? 1;
    this.#busyJobs.delete(jobKey(held.evaluation));
    if (deliveries >= this.#options.deliveryLimit && held.queue !== failedQueue) {
      this.#offer(held.evaluation, failedQueue);
      return;
    }
    const { initialNackDelayMs, subsequentNackDelayMs } = this.#options;
    this.#wait(held.evaluation, deliveries <= 1 ? initialNackDelayMs : subsequentNackDelayMs);
  }

  /** Older pending evaluations of a job that a newer one made needless: the leader marks them canceled in state. */
  takeCanceled(): Evaluation[] {
    return this.#canceled.splice(0);
  }

  stats(): BrokerStats {
    let ready = 0;
    for (const queue of this.#ready.values()) ready += queue.size;
    let pending = 0;
    for (const queue of this.#pending.values()) pending += queue.size;
    const failed = this.#ready.get(failedQueue)?.size ?? 0;
    return { ready, unacked: this.#outstanding.size, pending, waiting: this.#waiting.size, failed };
  }

  publishMetrics(): void {
    const stats = this.stats();
    this.#metrics.gauge('nomad.nomad.broker.total_ready', stats.ready);
    this.#metrics.gauge('nomad.nomad.broker.total_unacked', stats.unacked);
    this.#metrics.gauge('nomad.nomad.broker.total_pending', stats.pending);
    this.#metrics.gauge('nomad.nomad.broker.total_waiting', stats.waiting);
  }

  #waitMs(evaluation: Evaluation): number {
    const untilMs = Date.parse(evaluation.WaitUntil);
    // A date says it better than a duration: it has not begun anew after a restart.
    if (untilMs > 0) return Math.max(untilMs - this.#clock.nowMs(), 0);
    return Math.max(evaluation.Wait / 1e6, 0);
  }

  #wait(evaluation: Evaluation, delayMs: number): void {
    const timer = this.#clock.after(delayMs, () => {
      this.#waiting.delete(evaluation.ID);
      this.#offer(evaluation, evaluation.Type);
    });
    this.#waiting.set(evaluation.ID, { evaluation, timer });
  }

  /** Puts it into its queue, or behind the job's other evaluation. */
  #offer(evaluation: Evaluation, queueName: string): void {
    const key = jobKey(evaluation);
    const busy = this.#busyJobs.get(key);
    if (evaluation.JobID !== '' && busy !== undefined && busy !== evaluation.ID) {
      let pending = this.#pending.get(key);
      if (!pending) {
        pending = new PriorityQueue(newer);
        this.#pending.set(key, pending);
      }
      pending.push(evaluation);
      return;
    }
    if (evaluation.JobID !== '') this.#busyJobs.set(key, evaluation.ID);
    let queue = this.#ready.get(queueName);
    if (!queue) {
      queue = new PriorityQueue(outranks);
      this.#ready.set(queueName, queue);
    }
    queue.push(evaluation);
    this.#serveWaiters();
  }

  #freeJob(evaluation: Evaluation): void {
    const key = jobKey(evaluation);
    if (this.#busyJobs.get(key) === evaluation.ID) this.#busyJobs.delete(key);
    const pending = this.#pending.get(key);
    const next = pending?.pop();
    if (!pending || !next) return;
    this.#pending.delete(key);
    for (const older of pending.values()) {
      if (!replaces(next, older)) continue;
      this.#known.delete(older.ID);
      this.#canceled.push(older);
    }
    this.#offer(next, next.Type);
    for (const other of pending.values()) if (!replaces(next, other)) this.#offer(other, other.Type);
  }

  #take(queues: readonly string[]): Delivery | undefined {
    if (!this.#enabled || this.#paused) return undefined;
    let best: string | undefined;
    for (const name of queues) {
      const head = this.#ready.get(name)?.peek();
      const leading = best === undefined ? undefined : this.#ready.get(best)?.peek();
      if (head && (!leading || outranks(head, leading))) best = name;
    }
    if (best === undefined) return undefined;
    const evaluation = this.#ready.get(best)?.pop();
    return evaluation ? this.#hand(evaluation, best) : undefined;
  }

  #hand(evaluation: Evaluation, queue: string): Delivery {
    const token = this.#random.uuid();
    const timer = this.#clock.after(this.#options.nackTimeoutMs, () => this.#expire(evaluation.ID, token));
    this.#known.set(evaluation.ID, (this.#known.get(evaluation.ID) ?? 0) + 1);
    this.#outstanding.set(evaluation.ID, { evaluation, token, queue, timer, requeue: undefined });
    return { evaluation, token, queue };
  }

  #expire(evalId: string, token: string): void {
    if (this.owns(evalId, token)) this.nack(evalId, token);
  }

  #release(evalId: string, token: string): Outstanding {
    const held = this.#outstanding.get(evalId);
    if (!held) throw new AppError('conflict', `evaluation "${evalId}" is not outstanding`);
    if (held.token !== token)
      throw new AppError('conflict', `evaluation "${evalId}" is held by another worker`);
    held.timer.cancel();
    this.#outstanding.delete(evalId);
    return held;
  }

  #serveWaiters(): void {
    if (this.#holds) return;
    for (const waiter of [...this.#waiters]) {
      const delivery = this.#take(waiter.queues);
      if (!delivery) continue;
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      waiter.resolve(delivery);
    }
  }
}

/** The newer one looks at all that the older one was made for. A blocked one of a node looks at that node alone. */
function replaces(newer: Evaluation, older: Evaluation): boolean {
  const forOneNode = newer.Status === 'blocked' && newer.NodeID !== '';
  return !forOneNode || (older.Status === 'blocked' && older.NodeID === newer.NodeID);
}

function jobKey(evaluation: Evaluation): string {
  return `${evaluation.Namespace}\u0000${evaluation.JobID}`;
}
