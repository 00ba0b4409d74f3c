// SPDX-License-Identifier: MPL-2.0
// What only the leader does. It follows the commits: each changed row is told to the queues that care, so a write never
// has to know who waits for it.

import type { Allocation, Evaluation, Node } from '@serai/api';
import { TaskSet, type Timer } from '#base';
import { isClientTerminal } from '#model';
import { type CommitListener, initializeState, type RowChange, type StateSnapshot } from '#state';
import type { ServerContext } from '../context.ts';
import { acceptsAllocs, offersOther, silentStatus } from '../node-evaluations.ts';
import { changeNodeStatus } from '../node-status.ts';
import { stampFor } from '../stamp.ts';
import { Collector } from './collector.ts';
import { DeploymentWatcher } from './deployment-watcher.ts';
import { Drainer } from './drainer.ts';
import { Housekeeping } from './housekeeping.ts';
import { PeriodicDispatcher } from './periodic.ts';
import { Worker } from './worker.ts';

/** How often canceled and duplicate evaluations are written back and the gauges are set. Milliseconds. */
const housekeepingMs = 1_000;
/** How often the age of the newest index is noted, and evaluations whose plans were refused are tried again. */
const minuteMs = 60_000;

/** One time of leading: begins and ends as a whole. */
interface Term {
  readonly tasks: TaskSet;
  readonly deployments: DeploymentWatcher;
  readonly drainer: Drainer;
  readonly periodic: PeriodicDispatcher;
  readonly timers: Timer[];
  unsubscribe: () => void;
}

export class Leader {
  readonly #context: ServerContext;
  readonly #collector: Collector;
  #term: Term | undefined;
  #leading = false;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#collector = new Collector(context);
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Takes over: the tables are current and the write loop runs. */
  async establish(): Promise<void> {
    if (this.#term) return;
    const { store, writes, broker, blocked, options, log } = this.#context;
    const tasks = new TaskSet(log);
    const term: Term = {
      tasks,
      deployments: new DeploymentWatcher(this.#context, tasks),
      drainer: new Drainer(this.#context, tasks),
      periodic: new PeriodicDispatcher(this.#context, tasks),
      timers: [],
      unsubscribe: () => {},
    };
    this.#term = term;
    await writes.write('initialize state', initializeState);
    // Stepped down again while this was written.
    if (this.#term !== term) return;
    term.unsubscribe = store.onCommit(this.#onCommit);
    broker.setEnabled(true);
    blocked.setEnabled(true);
    this.#restore(term, store.snapshot());
    for (let i = 0; i < options.numSchedulers; i++) new Worker(this.#context).start(tasks, i);
    this.#startTimers(term);
    this.#leading = true;
    log.info('cluster leadership acquired', { index: store.index });
  }

  async stop(): Promise<void> {
    const term = this.#term;
    if (!term) return;
    const { broker, blocked, heartbeats, log } = this.#context;
    if (this.#leading) log.info('cluster leadership lost');
    this.#leading = false;
    this.#term = undefined;
    term.unsubscribe();
    for (const timer of term.timers) timer.cancel();
    broker.setEnabled(false);
    blocked.setEnabled(false);
    heartbeats.disable();
    term.deployments.stop();
    term.drainer.stop();
    term.periodic.stop();
    await term.tasks.stop();
  }

  /** Everything terminal goes, whatever its age (`system gc`). */
  collectAll(): Promise<void> {
    return this.#collector.collect({ force: true });
  }

  /** A client was silent for too long. */
  readonly onNodeSilent = (nodeId: string): void => {
    this.#term?.tasks.run('node silent', () => this.#markSilent(nodeId));
  };

  /** Evaluations that waited for capacity are tried again. */
  readonly onUnblock = (evaluations: readonly Evaluation[]): void => {
    const { broker } = this.#context;
    broker.together(() => {
      for (const evaluation of evaluations) broker.enqueue(evaluation);
    });
  };

  #startTimers(term: Term): void {
    const { clock, blocked, options } = this.#context;
    const housekeeping = new Housekeeping(this.#context);
    let tidying = false;
    const tidy = async (): Promise<void> => {
      if (tidying) return;
      tidying = true;
      await housekeeping.run().finally(() => {
        tidying = false;
      });
    };
    const every = (intervalMs: number, callback: () => void): void => {
      term.timers.push(clock.every(intervalMs, callback, { unref: true }));
    };
    every(housekeepingMs, () => term.tasks.run('housekeeping', tidy));
    every(minuteMs, () => {
      this.#collector.tick();
      blocked.unblockConflicts();
    });
    every(options.gc.intervalMs, () => term.tasks.run('collect', () => this.#collector.collect()));
  }

  #restore(term: Term, snapshot: StateSnapshot): void {
    const { broker, blocked, heartbeats } = this.#context;
    broker.setPaused(snapshot.schedulerConfig().PauseEvalBroker);
    for (const evaluation of snapshot.openEvals('pending')) broker.enqueue(evaluation);
    for (const evaluation of snapshot.openEvals('blocked')) blocked.block(evaluation);
    // Capacity may have come without anybody there to tell them: each gets one try.
    blocked.unblockAll(snapshot.index);
    const live: string[] = [];
    for (const node of snapshot.nodes()) if (node.Status !== 'down') live.push(node.ID);
    heartbeats.enable(live);
    this.#collector.restore();
    term.deployments.restore(snapshot);
    term.drainer.restore(snapshot);
    term.periodic.restore(snapshot);
  }

  readonly #onCommit: CommitListener = ({ index, changes, reset, snapshot }) => {
    const term = this.#term;
    if (!term) return;
    if (reset) {
      const { broker, blocked, heartbeats } = this.#context;
      broker.setEnabled(false);
      blocked.setEnabled(false);
      heartbeats.disable();
      broker.setEnabled(true);
      blocked.setEnabled(true);
      broker.together(() => this.#restore(term, snapshot));
      return;
    }
    this.#context.broker.together(() => {
      for (const change of changes) this.#onChange(change, { index, snapshot });
    });
    term.deployments.onCommit(changes);
    term.drainer.onCommit(changes);
    term.periodic.onCommit(changes, snapshot);
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
    if (before && acceptsAllocs(before) && !offersOther(before, after)) return;
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
    const { heartbeats, log } = this.#context;
    let status: string | undefined;
    try {
      status = await this.#writeSilent(nodeId);
    } catch (error) {
      // Overloaded: it is looked at again later.
      heartbeats.reset(nodeId);
      throw error;
    }
    if (status === undefined) return;
    log.warn('node missed its heartbeat', { node_id: nodeId, status });
    // A disconnected node is looked at again: it is down once nothing waits for it any more.
    if (status === 'disconnected') heartbeats.reset(nodeId);
  }

  /** The status it has now; undefined when it is not silent, or gone. */
  async #writeSilent(nodeId: string): Promise<string | undefined> {
    const { writes, heartbeats } = this.#context;
    const stamp = stampFor(this.#context);
    const { result } = await writes.write('mark node silent', (tx) => {
      const node = tx.node(nodeId);
      // It may have been heard again while this write was queued.
      if (!node || node.Status === 'down' || heartbeats.awaits(nodeId)) return undefined;
      const at = stamp();
      const next = silentStatus(tx, node, at.nowMs);
      if (next === node.Status) return next;
      const event = { message: 'Node heartbeat missed', subsystem: 'Cluster', timestamp: at.nowIso };
      changeNodeStatus(tx, { nodeId, status: next, event }, at);
      return next;
    });
    return result;
  }
}
