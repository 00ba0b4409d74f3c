// SPDX-License-Identifier: MPL-2.0
// Launches periodic jobs when they are due. Follows the commits: what it knows of a job is its next launch, and every
// change of the job or of its last launch gives a new one.

import type { Job } from '@serai/api';
import { AppError, type TaskSet, type Timer } from '#base';
import { jobKey, type RowChange, type StateSnapshot } from '#state';
import type { ServerContext } from '../context.ts';
import { launchDue } from '../launch/periodic-launch.ts';
import { handledUntilMs, nextLaunchMs } from '../launch/periodic-schedule.ts';
import { stampFor } from '../stamp.ts';
import { PriorityQueue } from './priority-queue.ts';

/** Longest sleep between two looks at the wall clock, so that a clock that was set is noticed. Milliseconds. */
const maxSleepMs = 60_000;
/** Pause after a launch that could not be written. Milliseconds. */
const retryMs = 1_000;
/** Launches written at the same time; the others that are due wait, so that they never fill the queue of writes. */
const maxLaunching = 256;
/** Outdated entries the queue may hold besides one for each job before it is swept. */
const maxOutdated = 1_024;

/** What it needs of the server. */
export type PeriodicContext = Pick<ServerContext, 'store' | 'writes' | 'clock' | 'random' | 'log'> & {
  readonly options: Pick<ServerContext['options'], 'jobTrackedVersions'>;
};

interface Tracked {
  readonly key: string;
  readonly namespace: string;
  readonly id: string;
  readonly dueMs: number;
}

export class PeriodicDispatcher {
  readonly #context: PeriodicContext;
  readonly #tasks: TaskSet;
  /** job key → its next launch */
  readonly #tracked = new Map<string, Tracked>();
  /** by time; an entry that is not the tracked one of its job is outdated */
  readonly #queue = new PriorityQueue<Tracked>((a, b) => a.dueMs < b.dueMs);
  #timer: Timer | undefined;
  #launching = 0;

  constructor(context: PeriodicContext, tasks: TaskSet) {
    this.#context = context;
    this.#tasks = tasks;
  }

  /** Jobs with a launch to come. */
  get active(): number {
    return this.#tracked.size;
  }

  /** When the job launches next, in Unix milliseconds. */
  nextOf(key: string): number | undefined {
    return this.#tracked.get(key)?.dueMs;
  }

  restore(snapshot: StateSnapshot): void {
    this.stop();
    for (const job of snapshot.periodicJobs()) this.#track(job, snapshot);
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#tracked.clear();
    this.#queue.remove(() => true);
  }

  onCommit(changes: readonly RowChange[], snapshot: StateSnapshot): void {
    const keys = new Set<string>();
    for (const change of changes) if (concernsLaunches(change)) keys.add(change.key);
    if (keys.size === 0) return;
    for (const key of keys) this.#refresh(key, snapshot);
    this.#arm();
  }

  #refresh(key: string, snapshot: StateSnapshot): void {
    this.#tracked.delete(key);
    const job = snapshot.get('jobs', key);
    if (job) this.#track(job, snapshot);
  }

  #track(job: Job, snapshot: StateSnapshot): void {
    const { Namespace: namespace, ID: id } = job;
    const dueMs = this.#dueMs(job, snapshot);
    if (dueMs !== undefined) this.#put({ key: jobKey(namespace, id), namespace, id, dueMs });
  }

  /** Must not throw: it runs inside a commit. A time zone may be unknown to this server's system. */
  #dueMs(job: Job, snapshot: StateSnapshot): number | undefined {
    try {
      return nextLaunchMs(job, handledUntilMs(snapshot, job));
    } catch (error) {
      const fields = { namespace: job.Namespace, job_id: job.ID, error: AppError.from(error) };
      this.#context.log.error('periodic job can not be scheduled', fields);
      return undefined;
    }
  }

  #put(entry: Tracked): void {
    this.#tracked.set(entry.key, entry);
    this.#queue.push(entry);
    if (this.#queue.size > this.#tracked.size + maxOutdated) this.#queue.remove((e) => !this.#isCurrent(e));
  }

  #isCurrent(entry: Tracked): boolean {
    return this.#tracked.get(entry.key) === entry;
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#launching >= maxLaunching) return;
    for (let next = this.#queue.peek(); next && !this.#isCurrent(next); next = this.#queue.peek()) {
      this.#queue.pop();
    }
    const next = this.#queue.peek();
    const delayMs = next && Math.min(Math.max(0, next.dueMs - this.#context.clock.nowMs()), maxSleepMs);
    this.#timer =
      delayMs === undefined ? undefined : this.#context.clock.after(delayMs, this.#onTime, { unref: true });
  }

  readonly #onTime = (): void => {
    const nowMs = this.#context.clock.nowMs();
    while (this.#launching < maxLaunching) {
      const due = this.#queue.peek();
      if (!due || due.dueMs > nowMs) break;
      this.#queue.pop();
      if (!this.#isCurrent(due)) continue;
      this.#launching += 1;
      this.#tasks.run('periodic launch', () => this.#launch(due));
    }
    this.#arm();
  };

  async #launch(due: Tracked): Promise<void> {
    try {
      await this.#write(due);
    } finally {
      this.#launching -= 1;
    }
    // A launch that was written has told onCommit; whatever else became of it, the job must not be forgotten.
    if (this.#isCurrent(due)) this.#refresh(due.key, this.#context.store.snapshot());
    this.#arm();
  }

  /** One that could not be written is due again after a pause. */
  async #write(due: Tracked): Promise<void> {
    const { writes, options, log, clock } = this.#context;
    const { namespace, id } = due;
    const stamp = stampFor(this.#context);
    try {
      const { result } = await writes.write('launch periodic job', (tx) =>
        launchDue(tx, { namespace, id, stamp: stamp(), trackedVersions: options.jobTrackedVersions }),
      );
      if (result.kind === 'launch') log.debug('periodic job launched', { namespace, job_id: id });
      if (result.kind === 'skip') {
        log.info('periodic launch skipped: an earlier one still runs', { namespace, job_id: id });
      }
    } catch (error) {
      if (!this.#isCurrent(due)) return;
      log.warn('periodic job could not be launched', { namespace, job_id: id, error: AppError.from(error) });
      this.#put({ ...due, dueMs: clock.nowMs() + retryMs });
    }
  }
}

function concernsLaunches({ table, before, after }: RowChange): boolean {
  if (table === 'periodicLaunches') return true;
  if (table !== 'jobs') return false;
  return [before, after].some((job) => job !== undefined && (job as Job).Periodic !== null);
}
