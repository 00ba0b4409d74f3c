// SPDX-License-Identifier: MPL-2.0
// One task from "received" to "dead": starts it, waits for it, starts it again as its restart policy says.
//
//   pending ──release──▶ starting ──▶ running ──ended──▶ (restart? wait, starting) ──▶ dead
//        └───────────────────kill (at any point)──────────────────────────────────────▶ dead
//
// One loop owns the task; kill, restart and signal only leave a wish and wake the loop or stop the process.

import type { Allocation, Job, Node, Task, TaskGroup, TaskResourceUsage, TaskState } from '@serai/api';
import { AppError, type Clock, type Logger, type Metrics, type Random } from '#base';
import type { ExitResult, TaskDriver } from '#drivers';
import { findTaskGroup } from '#model';
import { hookOf, type TaskView } from '../alloc-runner/task-view.ts';
import type { TaskDrivers } from '../options.ts';
import type { TaskRecord } from '../store/alloc-record.ts';
import type { AllocDir } from '../task/alloc-dir.ts';
import { type TaskHappening, taskEvents } from '../task/task-events.ts';
import { shutdownDelayMs, stopParameters } from './kill-options.ts';
import { decideRestart, type RestartHistory, restartsOnSuccess, type TaskOutcome } from './restart-policy.ts';
import type { TaskHookContext } from './task-hook.ts';
import { isRecoverable, prepareTask, runStopHooks } from './task-preparation.ts';
import { TaskProcess } from './task-process.ts';
import { TaskStateMachine } from './task-state.ts';

export interface TaskRunnerDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly drivers: TaskDrivers;
  /** which drivers this client lets jobs use */
  readonly driverAllowed: (name: string) => boolean;
  readonly allocDir: AllocDir;
  readonly node: () => Node;
  /** Ends the processes that a start left in a task's private directory, if there are any. */
  readonly reap: (taskStateDir: string) => Promise<void>;
  /** Called after each change; resolves when the record is on disk, rejects when it could not be written. */
  readonly onChange: (change: { readonly urgent: boolean }) => Promise<void>;
}

export interface TaskRunnerOptions {
  readonly region: string;
  readonly maxKillTimeoutMs: number;
  readonly options: Readonly<Record<string, string>>;
  readonly taskName: string;
  readonly alloc: Allocation;
  /** of a former life of this client */
  readonly record: TaskRecord | undefined;
}

/** A wish to end the task for good. */
interface KillWish {
  readonly event: TaskHappening | undefined;
  readonly skipShutdownDelay: boolean;
}

type StartResult =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly recoverable: boolean }
  | { readonly kind: 'killed' };

export class TaskRunner {
  readonly name: string;
  readonly #options: TaskRunnerOptions;
  readonly #deps: TaskRunnerDependencies;
  readonly #log: Logger;
  readonly #machine: TaskStateMachine;
  #alloc: Allocation;
  readonly #process: TaskProcess;
  #restarts: RestartHistory;
  #released = false;
  /** since the allocation began, or since all its tasks were started again */
  #startedInRound: boolean;
  #kill: KillWish | undefined;
  #restartWish: { readonly reason: string } | undefined;
  #detached = false;
  /** wakes whatever the loop waits for, except the driver */
  #interrupt = new AbortController();
  /** aborted on detach: the loop leaves the process alone */
  readonly #detach = new AbortController();
  /** aborted when there is no time for a shutdown delay */
  readonly #hurry = new AbortController();
  #stopping: Promise<void> | undefined;

  constructor(options: TaskRunnerOptions, dependencies: TaskRunnerDependencies) {
    this.name = options.taskName;
    this.#options = options;
    this.#deps = dependencies;
    this.#log = dependencies.log.child('task', { alloc_id: options.alloc.ID, task: options.taskName });
    this.#alloc = options.alloc;
    this.#process = new TaskProcess(options.record?.driverTask ?? null, this.#log);
    this.#restarts = options.record?.restarts ?? { count: 0, startedMs: undefined };
    this.#machine = new TaskStateMachine(options.record?.state, dependencies.clock);
    this.#startedInRound = this.#machine.hasStarted;
    // it ran before: the allocation's order was kept then
    if (this.#process.record) this.#released = true;
    if (!options.record) this.#machine.add(taskEvents.received());
  }

  get state(): TaskState {
    return this.#machine.state;
  }
  get record(): TaskRecord {
    return { state: this.state, driverTask: this.#process.record, restarts: this.#restarts };
  }
  get view(): TaskView {
    const task = this.#definition().task;
    return {
      name: this.name,
      ...hookOf(task ?? { Lifecycle: null }),
      leader: task?.Leader ?? false,
      state: this.#machine.kind,
      failed: this.state.Failed,
      started: this.#startedInRound,
      released: this.#released,
      killed: this.#kill !== undefined,
    };
  }
  get isRunning(): boolean {
    return this.#process.attached;
  }
  get hasStarted(): boolean {
    return this.#machine.hasStarted;
  }
  update(alloc: Allocation): void {
    this.#alloc = alloc;
  }

  /** It is this task's turn in the order of the allocation. */
  release(): void {
    this.#released = true;
    this.#wake();
  }

  /** Ends the task for good; a second call changes nothing, but may cut the shutdown delay short. */
  kill(event?: TaskHappening, options: { skipShutdownDelay?: boolean } = {}): void {
    if (options.skipShutdownDelay) this.#hurry.abort();
    if (this.#kill || this.#machine.kind === 'dead') return;
    this.#kill = { event, skipShutdownDelay: options.skipShutdownDelay === true };
    this.#wake();
    if (this.#process.attached) this.#stopProcess();
  }

  /** Ends the process and starts it again, without counting it as a failure. */
  restart(reason: string): void {
    this.#process.assertRunning();
    if (this.#kill) return;
    this.#restartWish = { reason };
    this.#emit(taskEvents.restartSignaled(reason));
    this.#stopProcess();
  }

  async signal(signal: string): Promise<void> {
    this.#process.assertRunning();
    this.#emit(taskEvents.signaling(signal));
    await this.#process.signal(signal);
  }

  async stats(): Promise<TaskResourceUsage | undefined> {
    return await this.#process.stats();
  }

  /** The agent stops: the loop ends, the process goes on. */
  detach(): void {
    this.#detached = true;
    this.#detach.abort();
    this.#wake();
  }

  addEvent(event: TaskHappening): void {
    this.#emit(event);
  }

  /** Nothing of it will run: the allocation could not be set up. */
  failSetup(message: string): void {
    if (this.#machine.kind === 'dead') return;
    this.#machine.add(taskEvents.setupFailure(message));
    this.#machine.die({ failed: true });
    void this.#changed(true);
  }

  /** All tasks of the allocation start again, in their order: this one ends, or comes back to life, and waits its turn. */
  requeue(reason: string): void {
    this.#released = false;
    this.#startedInRound = false;
    if (this.#process.attached) {
      this.restart(reason);
      return;
    }
    if (this.#machine.kind !== 'dead') return;
    this.#kill = undefined;
    this.#machine.restart(taskEvents.restartSignaled(reason));
  }

  /** Resolves when the task is dead, or after `detach`. */
  async run(): Promise<void> {
    if (this.#machine.kind === 'dead') return;
    let running = await this.#recover();
    while (!this.#detached) {
      if (!running) {
        await this.#untilReleased();
        if (this.#detached) return;
        if (this.#kill) return await this.#dieKilled();
        const started = await this.#start();
        if (this.#detached) return;
        if (started.kind === 'killed') return await this.#dieKilled();
        if (started.kind === 'failed') {
          const outcome = { kind: 'start-failed', recoverable: started.recoverable } as const;
          if (!(await this.#afterEnd(outcome))) return;
          continue;
        }
      }
      const exit = await this.#process.wait(this.#detach.signal);
      if (exit === undefined) return;
      running = false;
      if (!(await this.#ended(exit))) return;
    }
  }

  // ── recover ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the process of a former life back. True when it (or its exit code) was found. */
  async #recover(): Promise<boolean> {
    const known = this.#process.record;
    if (!known) {
      // we may have been killed between the start of a process and the note of it
      if (this.#options.record) await this.#reap();
      return false;
    }
    try {
      await this.#process.recover(this.#findDriver(known.driver));
      this.#machine.run({ event: undefined });
      await this.#changed(true);
      // the end may have been asked for while the driver was looking for it
      if (this.#kill) this.#stopProcess();
      return true;
    } catch (error) {
      const message = AppError.from(error).message;
      this.#log.warn('task could not be recovered', { error });
      this.#process.drop();
      await this.#reap();
      this.#machine.toPending(taskEvents.failedRestoring(message));
      await this.#changed(true);
      return false;
    }
  }

  /** Ends what no handle leads to. */
  async #reap(): Promise<void> {
    await this.#deps.reap(this.#deps.allocDir.taskPaths(this.name).stateDir).catch((error: unknown) => {
      this.#log.error('leftovers of the task could not be ended', { error });
    });
  }

  // ── start ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #start(): Promise<StartResult> {
    this.#interrupt = new AbortController();
    try {
      const { task, job, group } = this.#definition();
      if (!task || !job || !group)
        throw new AppError('invalid', `task "${this.name}" is not part of its job`);
      const driver = this.#findDriver(task.Driver);
      const context = this.#hookContext({ task, job, group, driver });
      const request = await prepareTask(context, this.#nextId());
      if (this.#kill) return { kind: 'killed' };
      await this.#process.start(driver, request);
    } catch (error) {
      return await this.#startFailed(error);
    }
    this.#machine.run({ event: taskEvents.started() });
    this.#startedInRound = true;
    this.#deps.metrics.incr('nomad.client.allocs.running', 1, this.#labels());
    await this.#changed(true);
    // both may have been asked for while the driver was starting it
    if (this.#kill) this.#stopProcess();
    return { kind: 'started' };
  }

  /** Checked here again, whatever the servers placed: a driver that is denied here runs nothing. */
  #findDriver(name: string): TaskDriver {
    if (!this.#deps.driverAllowed(name))
      throw new AppError('denied', `driver "${name}" is denied by the options of this client`);
    return this.#deps.drivers.get(name);
  }

  async #startFailed(error: unknown): Promise<StartResult> {
    if (this.#detached) return { kind: 'killed' };
    const failure = AppError.from(error);
    if (this.#kill && failure.code === 'canceled') return { kind: 'killed' };
    this.#log.warn('task could not be started', { error: failure.message, code: failure.code });
    this.#emit(taskEvents.driverFailure(failure.message));
    await this.#changed(true);
    return { kind: 'failed', recoverable: isRecoverable(failure) };
  }

  // ── end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** True when the task goes on. */
  async #ended(exit: ExitResult): Promise<boolean> {
    this.#process.markEnded();
    await this.#stopping?.catch(() => {});
    this.#stopping = undefined;
    this.#emit(taskEvents.terminated({ ...exit, message: exit.error ?? '' }));
    if (exit.oomKilled) this.#deps.metrics.incr('nomad.client.allocs.oom_killed', 1, this.#labels());
    await this.#process.clear();
    if (this.#kill) {
      await this.#dieKilled();
      return false;
    }
    if (this.#restartWish) {
      this.#restartWish = undefined;
      return await this.#afterEnd({ kind: 'requested' });
    }
    const success = exit.exitCode === 0 && exit.signal === 0 && exit.error === undefined && !exit.oomKilled;
    return await this.#afterEnd({ kind: 'exited', success });
  }

  /** Restart or end. True when the task goes on. */
  async #afterEnd(outcome: TaskOutcome): Promise<boolean> {
    const { job, task, group } = this.#definition();
    const decision = decideRestart({
      policy: task?.RestartPolicy ?? group?.RestartPolicy ?? null,
      restartOnSuccess: restartsOnSuccess(job?.Type ?? 'service', task?.Lifecycle ?? null),
      outcome,
      history: this.#restarts,
      nowMs: this.#deps.clock.nowMs(),
      random: this.#deps.random,
    });
    if (decision.kind === 'end') {
      const plainSuccess = outcome.kind === 'exited' && outcome.success && !decision.failed;
      if (!plainSuccess) this.#machine.add(taskEvents.notRestarting(decision.reason, decision.failed));
      await this.#die(decision.failed);
      return false;
    }
    this.#restarts = decision.history;
    this.#machine.restart(taskEvents.restarting(decision.delayMs, decision.reason));
    this.#deps.metrics.incr('nomad.client.allocs.restart', 1, this.#labels());
    await this.#changed(true);
    if (await this.#sleep(decision.delayMs)) return true;
    if (!this.#detached) await this.#dieKilled();
    return false;
  }

  async #dieKilled(): Promise<void> {
    if (this.#kill?.event && this.#stopping === undefined && !this.#machine.has(this.#kill.event))
      this.#machine.add(this.#kill.event);
    if (this.#machine.hasStarted) this.#machine.add(taskEvents.killed());
    await this.#die(false);
  }

  async #die(failed: boolean): Promise<void> {
    const { task, job, group } = this.#definition();
    const { driver } = this.#process;
    if (task && job && group && driver)
      await runStopHooks(this.#hookContext({ task, job, group, driver }), this.#log);
    this.#machine.die({ failed });
    this.#deps.metrics.incr(`nomad.client.allocs.${failed ? 'failed' : 'complete'}`, 1, this.#labels());
    await this.#changed(true);
  }

  /** Asks the driver to end the process; the loop notices through `wait`. */
  #stopProcess(): void {
    if (this.#stopping) return;
    this.#stopping = this.#stop().catch((error: unknown) => {
      this.#log.error('stopping the task failed', { error });
      this.#emit(taskEvents.killed(AppError.from(error).message));
    });
  }

  async #stop(): Promise<void> {
    const { task } = this.#definition();
    const kill = this.#kill;
    if (kill?.event) this.#emit(kill.event);
    const delayMs = shutdownDelayMs(task);
    if (kill && delayMs > 0) {
      if (kill.skipShutdownDelay) this.#emit(taskEvents.skippingShutdownDelay(delayMs));
      else {
        this.#emit(taskEvents.waitingShutdownDelay(delayMs));
        const cut = AbortSignal.any([this.#detach.signal, this.#hurry.signal]);
        await this.#deps.clock.sleep(delayMs, cut).catch(() => {});
      }
    }
    if (this.#detached || !this.#process.attached) return;
    const parameters = stopParameters(task, this.#options.maxKillTimeoutMs);
    if (kill) this.#emit(taskEvents.killing(parameters.timeoutMs));
    await this.#process.stop(parameters);
  }

  // ── small things ────────────────────────────────────────────────────────────────────────────────────────────────

  #definition(): { job: Job | null; group: TaskGroup | undefined; task: Task | undefined } {
    const job = this.#alloc.Job;
    const group = findTaskGroup(job, this.#alloc.TaskGroup);
    return { job, group, task: group?.Tasks?.find((item) => item.Name === this.name) };
  }

  #hookContext(parts: { task: Task; job: Job; group: TaskGroup; driver: TaskDriver }): TaskHookContext {
    return {
      ...parts,
      alloc: this.#alloc,
      node: this.#deps.node(),
      region: this.#options.region,
      allocDir: this.#deps.allocDir,
      paths: this.#deps.allocDir.taskPaths(this.name),
      options: this.#options.options,
      clock: this.#deps.clock,
      log: this.#log,
      signal: AbortSignal.any([this.#interrupt.signal, this.#detach.signal]),
      emit: (event) => this.#emit(event),
      first: !this.#machine.hasStarted,
    };
  }

  /** `<allocId>/<task>/<8 hex>` */
  #nextId(): string {
    const suffix = Buffer.from(this.#deps.random.bytes(4)).toString('hex');
    return `${this.#alloc.ID}/${this.name}/${suffix}`;
  }

  #emit(event: TaskHappening): void {
    this.#machine.add(event);
    void this.#changed(false);
  }

  /** A failure to write is logged where it happens; the task goes on. */
  async #changed(urgent: boolean): Promise<void> {
    await this.#deps.onChange({ urgent }).catch((error: unknown) => {
      this.#log.error('task state could not be stored', { error });
    });
  }

  async #untilReleased(): Promise<void> {
    while (!this.#released && !this.#kill && !this.#detached) {
      this.#interrupt = new AbortController();
      const { signal } = this.#interrupt;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
  }

  /** False when something woke us before the time was over. */
  async #sleep(delayMs: number): Promise<boolean> {
    this.#interrupt = new AbortController();
    if (this.#kill || this.#detached) return false;
    try {
      await this.#deps.clock.sleep(delayMs, this.#interrupt.signal);
      return true;
    } catch {
      return false;
    }
  }

  #wake(): void {
    this.#interrupt.abort();
  }

  #labels(): Readonly<Record<string, string>> {
    return {
      job: this.#alloc.JobID,
      task_group: this.#alloc.TaskGroup,
      alloc_id: this.#alloc.ID,
      task: this.name,
      namespace: this.#alloc.Namespace,
    };
  }
}
