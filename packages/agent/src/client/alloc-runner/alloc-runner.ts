// SPDX-License-Identifier: MPL-2.0
// One allocation on this node. Thin: the plan (alloc-plan.ts) says what to do, the task runners do it.

import type { Allocation, AllocDeploymentStatus, TaskState } from '@serai/api';
import { AppError, type Logger, TaskSet } from '#base';
import { findTaskGroup, isServerTerminal } from '#model';
import type { AllocRecord, TaskRecord } from '../store/alloc-record.ts';
import type { AllocStore } from '../store/alloc-store.ts';
import { AllocDir } from '../task/alloc-dir.ts';
import type { TaskHappening } from '../task/task-events.ts';
import { TaskRunner, type TaskRunnerDependencies } from '../task-runner/task-runner.ts';
import type { AllocHookContext, HookedTask, NeighbourAllocs } from './alloc-hook.ts';
import { allocSteps, isOver } from './alloc-plan.ts';
import { type ClientStatus, clientStatusOf } from './client-status.ts';
import { allocHooks } from './hooks/list.ts';
import { Notifier } from './notifier.ts';

export interface AllocRunnerOptions {
  readonly region: string;
  readonly allocDir: string;
  /** parent of the tasks' private state */
  readonly taskStateDir: string;
  readonly maxKillTimeoutMs: number;
  readonly options: Readonly<Record<string, string>>;
  readonly alloc: Allocation;
  /** of a former life of this client */
  readonly record: AllocRecord | undefined;
}

export interface AllocRunnerDependencies
  extends Pick<
    TaskRunnerDependencies,
    'clock' | 'random' | 'log' | 'metrics' | 'drivers' | 'driverAllowed' | 'node' | 'reap'
  > {
  readonly store: AllocStore;
  readonly neighbours: NeighbourAllocs;
  /** the servers should hear of it; urgent: at once */
  readonly onUpdate: (runner: AllocRunner, urgent: boolean) => void;
}

export class AllocRunner {
  readonly id: string;
  readonly dir: AllocDir;
  readonly #options: AllocRunnerOptions;
  readonly #deps: AllocRunnerDependencies;
  readonly #log: Logger;
  readonly #work: TaskSet;
  readonly #tasks = new Map<string, TaskRunner>();
  readonly #changed = new Notifier();
  readonly #restored: boolean;
  #alloc: Allocation;
  #deploymentStatus: AllocDeploymentStatus | null;
  /** prerun hooks have run: the plan may be carried out */
  #ready = false;
  /** prekill hooks have run, or are not wanted */
  #mayKill = false;
  #stopRequested = false;
  #stopping: Promise<void> | undefined;
  #detached = false;
  #watch = new AbortController();
  /** aborted once it shall end: nothing more has to be waited for before */
  readonly #endWish = new AbortController();

  constructor(options: AllocRunnerOptions, dependencies: AllocRunnerDependencies) {
    this.id = options.alloc.ID;
    this.#options = options;
    this.#deps = dependencies;
    this.#log = dependencies.log.child('alloc', { alloc_id: this.id });
    this.#work = new TaskSet(this.#log);
    this.#alloc = options.alloc;
    this.#deploymentStatus = options.record?.deploymentStatus ?? options.alloc.DeploymentStatus;
    this.dir = new AllocDir({
      allocRoot: options.allocDir,
      stateRoot: options.taskStateDir,
      allocId: this.id,
    });
    const records = Object.values(options.record?.tasks ?? {});
    this.#restored = records.some((task) => task.driverTask !== null || (task.state.Restarts ?? 0) > 0);
    for (const name of this.#taskNames()) this.#tasks.set(name, this.#makeTask(name));
  }

  get alloc(): Allocation {
    return this.#alloc;
  }
  get tasks(): ReadonlyMap<string, TaskRunner> {
    return this.#tasks;
  }
  get status(): ClientStatus {
    return clientStatusOf(this.#hooked());
  }
  /** No task of it will run again. */
  get isOver(): boolean {
    return isOver(this.#views());
  }
  /** Not begun: its predecessor still runs. */
  get isWaiting(): boolean {
    return !this.#ready && !this.isOver;
  }
  get deploymentStatus(): AllocDeploymentStatus | null {
    return this.#deploymentStatus;
  }
  get taskStates(): Record<string, TaskState> {
    return Object.fromEntries([...this.#tasks].map(([name, task]) => [name, task.state]));
  }
  get record(): AllocRecord {
    const tasks: Record<string, TaskRecord> = {};
    for (const [name, task] of this.#tasks) tasks[name] = task.record;
    return { alloc: this.#alloc, tasks, deploymentStatus: this.#deploymentStatus };
  }

  start(): void {
    this.#work.run('run', (signal) => this.#run(signal));
  }

  /** What the server says now: wanted gone, or changed in place. */
  update(alloc: Allocation): void {
    const deploymentChanged = alloc.DeploymentID !== this.#alloc.DeploymentID;
    this.#alloc = alloc;
    if (deploymentChanged) this.#deploymentStatus = alloc.DeploymentStatus;
    else if (this.#deploymentStatus && alloc.DeploymentStatus)
      this.#deploymentStatus = { ...this.#deploymentStatus, Canary: alloc.DeploymentStatus.Canary };
    for (const task of this.#tasks.values()) task.update(alloc);
    if (isServerTerminal(alloc)) this.#endWish.abort();
    this.#save();
    if (this.#ready && deploymentChanged && !isServerTerminal(alloc)) this.#startWatch();
    this.#advance();
  }

  /** Ends all tasks, whatever the servers want. */
  stop(): void {
    this.#stopRequested = true;
    this.#endWish.abort();
    this.#advance();
  }

  /** Leaves the tasks alone and ends everything here. */
  async detach(): Promise<void> {
    this.#detached = true;
    this.#watch.abort();
    for (const task of this.#tasks.values()) task.detach();
    await this.#work.stop();
  }

  /** Ends all tasks at once, poststop ones as well, then removes directories and state. */
  async destroy(): Promise<void> {
    this.#endWish.abort();
    this.#stopRequested = true;
    for (const task of this.#tasks.values()) task.kill(undefined, { skipShutdownDelay: true });
    this.#advance();
    await this.untilOver();
    await this.detach();
    await this.dir.destroy();
    await this.#deps.store.remove(this.id);
  }

  async untilOver(signal?: AbortSignal): Promise<void> {
    while (!this.isOver) {
      signal?.throwIfAborted();
      await this.#changed.next(signal);
    }
  }

  // ── what users ask for ──────────────────────────────────────────────────────────────────────────────────────────

  /** Starts tasks again: one, those that run (name ""), or all in their order. */
  restart(taskName: string, all: boolean): void {
    const reason = 'User requested running tasks to restart';
    if (all) {
      if (this.isOver || this.#stopping) throw new AppError('invalid', 'Allocation is not running');
      this.#restartAll('User requested all tasks to restart');
      return;
    }
    if (taskName !== '') {
      this.task(taskName).restart('User requested task to restart');
      return;
    }
    const running = this.#running();
    if (running.length === 0) throw new AppError('invalid', 'Task not running');
    for (const task of running) task.restart(reason);
  }

  /** To one task, or to all that run (name ""). */
  async signal(taskName: string, signal: string): Promise<void> {
    if (taskName !== '') return await this.task(taskName).signal(signal);
    const running = this.#running();
    if (running.length === 0) throw new AppError('invalid', 'Task not running');
    for (const task of running) await task.signal(signal);
  }

  task(name: string): TaskRunner {
    const task = this.#tasks.get(name);
    if (!task) throw new AppError('invalid', `Could not find task runner for task: ${name}`);
    return task;
  }

  #running(): TaskRunner[] {
    return [...this.#tasks.values()].filter((task) => task.isRunning);
  }

  #restartAll(reason: string): void {
    for (const task of this.#tasks.values()) {
      const wasDead = task.state.State === 'dead';
      task.requeue(reason);
      if (wasDead) this.#runTask(task);
    }
    this.#report(true);
    this.#advance();
  }

  // ── run ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #run(signal: AbortSignal): Promise<void> {
    if (this.isOver) return;
    try {
      this.#save();
      const context = this.#context(AbortSignal.any([signal, this.#endWish.signal]));
      for (const hook of allocHooks) await hook.prerun?.(context);
    } catch (error) {
      if (this.#detached || signal.aborted) return;
      if (!this.#endWish.signal.aborted) {
        this.#failSetup(error);
        return;
      }
    }
    this.#ready = true;
    for (const task of this.#tasks.values()) this.#runTask(task);
    this.#startWatch();
    this.#advance();
    await this.untilOver(signal);
    for (const hook of allocHooks.toReversed()) {
      await hook.postrun?.(this.#context(signal)).catch((error: unknown) => {
        this.#log.error('alloc hook failed', { hook: hook.name, error });
      });
    }
  }

  #failSetup(error: unknown): void {
    const message = `failed to setup alloc: ${AppError.from(error).message}`;
    this.#log.error('allocation could not be set up', { error });
    for (const task of this.#tasks.values()) task.failSetup(message);
    this.#changed.notify();
  }

  #runTask(task: TaskRunner): void {
    this.#work.run(`task ${task.name}`, () => task.run());
  }

  /** Looks at all tasks and carries out the next steps. */
  #advance(): void {
    if (!this.#ready || this.#detached) return;
    const wanted = this.#stopRequested || isServerTerminal(this.#alloc);
    if (wanted && !this.#mayKill) {
      this.#beginStop();
      return;
    }
    for (const step of allocSteps({ tasks: this.#views(), stopping: wanted })) {
      const task = this.#tasks.get(step.task);
      if (step.kind === 'start') task?.release();
      else
        task?.kill(step.event, {
          skipShutdownDelay: this.#alloc.DesiredTransition.NoShutdownDelay === true,
        });
    }
  }

  #beginStop(): void {
    if (this.#stopping) return;
    const stop = async (signal: AbortSignal): Promise<void> => {
      for (const hook of allocHooks) {
        await hook.prekill?.(this.#context(signal)).catch((error: unknown) => {
          if (!signal.aborted) this.#log.error('alloc hook failed', { hook: hook.name, error });
        });
      }
      this.#mayKill = true;
      this.#advance();
    };
    this.#stopping = Promise.resolve();
    this.#work.run('stop', stop);
  }

  #startWatch(): void {
    this.#watch.abort();
    this.#watch = new AbortController();
    const { signal } = this.#watch;
    for (const hook of allocHooks) {
      if (!hook.watch || this.isOver) continue;
      const watch = hook.watch;
      this.#work.run(`watch ${hook.name}`, (end) =>
        watch(this.#context(AbortSignal.any([signal, end, this.#endWish.signal]))),
      );
    }
  }

  // ── state ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #onTaskChange(urgent: boolean): Promise<void> {
    if (this.#detached) return;
    this.#changed.notify();
    // steps first: a kill of siblings must not wait for the disk
    if (urgent) this.#advance();
    try {
      await this.#deps.store.save(this.record);
    } finally {
      this.#report(urgent);
    }
  }

  #report(urgent: boolean): void {
    if (!this.#detached) this.#deps.onUpdate(this, urgent);
  }

  #save(): void {
    this.#deps.store.save(this.record).catch((error: unknown) => {
      this.#log.error('allocation state could not be stored', { error });
    });
  }

  #setHealth(healthy: boolean): void {
    const before = this.#deploymentStatus;
    this.#deploymentStatus = {
      Healthy: healthy,
      Timestamp: this.#deps.clock.nowIso(),
      Canary: before?.Canary ?? this.#alloc.DeploymentStatus?.Canary ?? false,
      ModifyIndex: before?.ModifyIndex ?? 0,
    };
    this.#save();
    this.#report(true);
  }

  #context(signal: AbortSignal): AllocHookContext {
    const { Job: job } = this.#alloc;
    const group = findTaskGroup(job, this.#alloc.TaskGroup);
    if (!job || !group)
      throw new AppError('invalid', `allocation has no job with task group "${this.#alloc.TaskGroup}"`);
    return {
      alloc: this.#alloc,
      job,
      group,
      restored: this.#restored,
      dir: this.dir,
      neighbours: this.#deps.neighbours,
      clock: this.#deps.clock,
      log: this.#log,
      signal,
      tasks: () => this.#hooked(),
      nextChange: (until) => this.#changed.next(until),
      emit: (event: TaskHappening) => {
        for (const task of this.#tasks.values()) if (task.state.State !== 'dead') task.addEvent(event);
      },
      setHealth: (healthy) => this.#setHealth(healthy),
    };
  }

  #hooked(): HookedTask[] {
    return [...this.#tasks.values()].map((task) => {
      const { name, hook, sidecar } = task.view;
      return { name, hook, sidecar, state: task.state };
    });
  }

  #views() {
    return [...this.#tasks.values()].map((task) => task.view);
  }

  #taskNames(): string[] {
    const group = findTaskGroup(this.#alloc.Job, this.#alloc.TaskGroup);
    return (group?.Tasks ?? []).map((task) => task.Name);
  }

  #makeTask(taskName: string): TaskRunner {
    const { region, maxKillTimeoutMs, options, alloc, record } = this.#options;
    return new TaskRunner(
      { region, maxKillTimeoutMs, options, taskName, alloc, record: record?.tasks[taskName] },
      {
        ...this.#deps,
        log: this.#log,
        allocDir: this.dir,
        onChange: ({ urgent }) => this.#onTaskChange(urgent),
      },
    );
  }
}
