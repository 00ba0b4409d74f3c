// SPDX-License-Identifier: MPL-2.0
// What only the leader does. It follows the commits: each changed row is told to the queues that care, so a write never
// has to know who waits for it.

import type { Allocation, Evaluation, Node } from '@serai/api';
import { AppError, TaskSet, type Timer } from '#base';
import { isClientTerminal } from '#model';
import {
  type CommitListener,
  initializeState,
  type RowChange,
  type StateSnapshot,
  updateNodeStatus,
  upsertEvals,
} from '#state';
import type { ServerContext } from '../context.ts';
import { nodeEvaluations, silentStatus } from '../node-evaluations.ts';
import { Collector } from './collector.ts';
import { DeploymentWatcher } from './deployment-watcher.ts';
import { Worker } from './worker.ts';

/** How often canceled and duplicate evaluations are written back and the gauges are set. Milliseconds. */
const housekeepingMs = 1_000;

export class Leader {
  readonly #context: ServerContext;
  readonly #tasks: TaskSet;
  readonly #deployments: DeploymentWatcher;
  readonly #collector: Collector;
  #timers: Timer[] = [];
  #unsubscribe: (() => void) | undefined;
  #leading = false;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#tasks = new TaskSet(context.log);
    this.#deployments = new DeploymentWatcher(context, this.#tasks);
    this.#collector = new Collector(context);
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Takes over: the tables are current and the write loop runs. */
  async establish(): Promise<void> {
    const { store, writes, broker, blocked, options, clock, log } = this.#context;
    await writes.write('initialize state', initializeState);
    this.#unsubscribe = store.onCommit(this.#onCommit);
    broker.setEnabled(true);
    blocked.setEnabled(true);
    this.#restore(store.snapshot());
    for (let i = 0; i < options.numSchedulers; i++) new Worker(this.#context).start(this.#tasks, i);
    this.#timers = [
      clock.every(housekeepingMs, () => this.#tasks.run('housekeeping', () => this.#housekeeping()), {
        unref: true,
      }),
      clock.every(options.gc.intervalMs, () => this.#tasks.run('collect', () => this.#collector.collect()), {
        unref: true,
      }),
    ];
    this.#leading = true;
    log.info('cluster leadership acquired', { index: store.index });
  }

  async stop(): Promise<void> {
    this.#leading = false;
    this.#unsubscribe?.();
    for (const timer of this.#timers) timer.cancel();
    this.#context.broker.setEnabled(false);
    this.#context.blocked.setEnabled(false);
    this.#context.heartbeats.disable();
    this.#deployments.stop();
    await this.#tasks.stop();
  }

  /** Everything terminal goes, whatever its age (`system gc`). */
  collectAll(): Promise<void> {
    return this.#collector.collect({ force: true });
  }

  /** A client was silent for too long. */
  readonly onNodeSilent = (nodeId: string): void => {
    this.#tasks.run('node silent', () => this.#markSilent(nodeId));
  };

  /** Evaluations that waited for capacity are tried again. */
  readonly onUnblock = (evaluations: readonly Evaluation[]): void => {
    for (const evaluation of evaluations) this.#context.broker.enqueue(evaluation);
  };

  #restore(snapshot: StateSnapshot): void {
    const { broker, blocked, heartbeats } = this.#context;
    broker.setPaused(snapshot.schedulerConfig().PauseEvalBroker);
    for (const evaluation of snapshot.openEvals('pending')) broker.enqueue(evaluation);
    for (const evaluation of snapshot.openEvals('blocked')) blocked.block(evaluation);
    const live: string[] = [];
    for (const node of snapshot.nodes()) if (node.Status !== 'down') live.push(node.ID);
    heartbeats.enable(live);
    this.#deployments.restore(snapshot);
  }

  readonly #onCommit: CommitListener = ({ index, changes, reset, snapshot }) => {
    if (reset) {
      const { broker, blocked, heartbeats } = this.#context;
      broker.setEnabled(false);
      blocked.setEnabled(false);
      heartbeats.disable();
      broker.setEnabled(true);
      blocked.setEnabled(true);
      this.#restore(snapshot);
      return;
    }
    for (const change of changes) this.#onChange(change, { index, snapshot });
    this.#deployments.onCommit(changes, snapshot);
  };

  #onChange(change: RowChange, at: { index: number; snapshot: StateSnapshot }): void {
    switch (change.table) {
      case 'evals':
        this.#onEvaluation(change.before as Evaluation | undefined, change.after as Evaluation | undefined);
        return;
      case 'nodes':
        this.#onNode(change.before as Node | undefined, change.after as Node | undefined, at.index);
        return;
      case 'allocs':
        this.#onAllocation(
          change.before as Allocation | undefined,
          change.after as Allocation | undefined,
          at,
        );
        return;
      case 'schedulerConfig':
        this.#context.broker.setPaused(at.snapshot.schedulerConfig().PauseEvalBroker);
        this.#context.blocked.unblockAll(at.index);
        return;
      case 'nodePools':
        this.#context.blocked.unblockAll(at.index);
        return;
      default:
        return;
    }
  }

  #onEvaluation(before: Evaluation | undefined, after: Evaluation | undefined): void {
    const { broker, blocked } = this.#context;
    // A row that only got a newer index (its plan was committed) is still in the hands of its worker.
    if (before && before.Status === after?.Status) return;
    if (after?.Status === 'pending') broker.enqueue(after);
    else if (after?.Status === 'blocked') blocked.block(after);
    else if (before) blocked.remove(before.ID);
  }

  #onNode(before: Node | undefined, after: Node | undefined, index: number): void {
    const { blocked, heartbeats } = this.#context;
    if (!after || after.Status === 'down') heartbeats.clear((after ?? before)?.ID ?? '');
    if (!after || !acceptsAllocs(after)) return;
    const same =
      before !== undefined &&
      acceptsAllocs(before) &&
      before.ComputedClass === after.ComputedClass &&
      before.NodeResources === after.NodeResources;
    if (same) return;
    blocked.unblock(after.ComputedClass, index);
    blocked.unblockNode(after.ID);
  }

  #onAllocation(
    before: Allocation | undefined,
    after: Allocation | undefined,
    at: { index: number; snapshot: StateSnapshot },
  ): void {
    if (!before || isClientTerminal(before)) return;
    if (after && !isClientTerminal(after)) return;
    const node = at.snapshot.node(before.NodeID);
    if (!node) return;
    this.#context.blocked.unblock(node.ComputedClass, at.index);
    this.#context.blocked.unblockNode(node.ID);
  }

  async #markSilent(nodeId: string): Promise<void> {
    const { store, writes, clock, random, log } = this.#context;
    const node = store.snapshot().node(nodeId);
    if (!node || node.Status === 'down') return;
    const status = silentStatus(store.snapshot(), node);
    const evaluations = nodeEvaluations(store.snapshot(), { ...node, Status: status }, { random, clock });
    const nowMs = clock.nowMs();
    log.warn('node missed its heartbeat', { node_id: nodeId, status });
    await writes.write('mark node silent', (tx) => {
      updateNodeStatus(tx, {
        nodeId,
        status,
        updatedAt: Math.floor(nowMs / 1000),
        event: {
          message: 'Node heartbeat missed',
          subsystem: 'Cluster',
          timestamp: new Date(nowMs).toISOString(),
        },
        evals: evaluations,
      });
    });
    // A disconnected node is given up when its time is over; until then a timer stays armed for its return.
    if (status === 'disconnected') this.#context.heartbeats.reset(nodeId);
  }

  async #housekeeping(): Promise<void> {
    const { broker, blocked, writes, clock, metrics } = this.#context;
    broker.publishMetrics();
    const stats = blocked.stats();
    metrics.gauge('nomad.nomad.blocked_evals.total_blocked', stats.blocked);
    metrics.gauge('nomad.nomad.blocked_evals.total_escaped', stats.escaped);
    metrics.gauge('nomad.nomad.heartbeat.active', this.#context.heartbeats.active);
    metrics.gauge('nomad.nomad.plan.queue_depth', writes.depth);
    const nowNs = clock.nowNs();
    const canceled = [
      ...broker.takeCanceled().map((e) => cancel(e, 'canceled after more recent eval was processed', nowNs)),
      ...blocked
        .takeDuplicates()
        .map((e) => cancel(e, 'existing blocked evaluation exists for this job', nowNs)),
    ];
    if (canceled.length === 0) return;
    try {
      await writes.write('cancel evaluations', (tx) => {
        // Only what is still open: a later write may have ended or deleted it.
        const open = canceled.filter((e) =>
          ['pending', 'blocked'].includes(tx.evaluation(e.ID)?.Status ?? ''),
        );
        upsertEvals(tx, open);
      });
    } catch (error) {
      if (AppError.from(error).code !== 'unavailable') throw error;
    }
  }
}

function cancel(evaluation: Evaluation, description: string, nowNs: number): Evaluation {
  return { ...evaluation, Status: 'canceled', StatusDescription: description, ModifyTime: nowNs };
}

function acceptsAllocs(node: Node): boolean {
  return node.Status === 'ready' && node.SchedulingEligibility === 'eligible' && node.DrainStrategy === null;
}
