// SPDX-License-Identifier: MPL-2.0
// A task driver whose tasks a test ends by hand. What "runs" is kept outside of it, as processes are, so that a second
// driver over the same world can recover it.

import { type TaskResourceUsage, TaskResourceUsage as TaskResourceUsageSchema, zero } from '@serai/api';
import { AppError } from '#base';
import type {
  DriverCapabilities,
  DriverFingerprint,
  ExitResult,
  StartedTask,
  TaskDriver,
  TaskStart,
} from '#drivers';

export interface FakeTask {
  readonly request: TaskStart;
  readonly signals: string[];
  /** what `stop` was called with */
  stopped: { readonly signal: string; readonly timeoutMs: number } | undefined;
  exit: ExitResult | undefined;
  readonly ended: PromiseWithResolvers<ExitResult>;
}

/** The processes of a machine: survives the driver. */
export class FakeTasks {
  readonly byId = new Map<string, FakeTask>();
  /** ids in the order of their starts */
  readonly started: string[] = [];

  /** The newest start of a task. @throws when it was never started. */
  of(taskName: string): FakeTask {
    const id = this.started.findLast((known) => known.split('/')[1] === taskName);
    const task = id === undefined ? undefined : this.byId.get(id);
    if (!task) throw new Error(`task "${taskName}" was not started`);
    return task;
  }
  has(taskName: string): boolean {
    return this.started.some((id) => id.split('/')[1] === taskName);
  }
  names(): string[] {
    return this.started.map((id) => id.split('/')[1] ?? '');
  }
  /** Ends it. */
  exit(taskName: string, exitCode: number, rest: Partial<ExitResult> = {}): void {
    const task = this.of(taskName);
    task.exit = { exitCode, signal: 0, oomKilled: false, ...rest };
    task.ended.resolve(task.exit);
  }
}

export class FakeDriver implements TaskDriver {
  readonly name: string;
  readonly capabilities: DriverCapabilities = { sendSignals: true, exec: false, fsIsolation: 'none' };
  readonly tasks: FakeTasks;
  readonly destroyed: string[] = [];
  health: DriverFingerprint = { health: 'healthy', description: 'Healthy', attributes: {} };
  /** thrown by the next starts, one after another */
  readonly startErrors: AppError[] = [];
  /** a task that was told to stop ends by itself */
  stopsAtOnce = true;
  readonly #known = new Set<string>();

  constructor(name = 'fake', tasks: FakeTasks = new FakeTasks()) {
    this.name = name;
    this.tasks = tasks;
  }

  parseConfig(config: Readonly<Record<string, unknown>>): unknown {
    if ('bad' in config) throw new AppError('invalid', 'config of driver fake: unknown key "bad"');
    return config;
  }
  async fingerprint(): Promise<DriverFingerprint> {
    return this.health;
  }
  async start(request: TaskStart): Promise<StartedTask> {
    const error = this.startErrors.shift();
    if (error) throw error;
    this.tasks.byId.set(request.id, {
      request,
      signals: [],
      stopped: undefined,
      exit: undefined,
      ended: Promise.withResolvers<ExitResult>(),
    });
    this.tasks.started.push(request.id);
    this.#known.add(request.id);
    return { handle: { id: request.id } };
  }
  async recover(taskId: string, handle: unknown): Promise<void> {
    if (handle === null || !this.tasks.byId.has(taskId))
      throw new AppError('not-found', 'the task left nothing by which it could be found again');
    this.#known.add(taskId);
  }
  wait(taskId: string, signal: AbortSignal): Promise<ExitResult> {
    const task = this.#get(taskId);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      task.ended.promise.then(resolve, reject);
    });
  }
  async stop(taskId: string, options: { signal: string; timeoutMs: number }): Promise<void> {
    const task = this.#get(taskId);
    task.stopped = options;
    if (this.stopsAtOnce) {
      task.exit = { exitCode: 130, signal: 2, oomKilled: false };
      task.ended.resolve(task.exit);
    }
    await task.ended.promise;
  }
  async signal(taskId: string, signal: string): Promise<void> {
    this.#get(taskId).signals.push(signal);
  }
  async stats(taskId: string): Promise<TaskResourceUsage> {
    this.#get(taskId);
    return { ...zero(TaskResourceUsageSchema), Timestamp: 1 };
  }
  async destroy(taskId: string): Promise<void> {
    this.destroyed.push(taskId);
    this.#known.delete(taskId);
  }

  #get(taskId: string): FakeTask {
    const task = this.#known.has(taskId) ? this.tasks.byId.get(taskId) : undefined;
    if (!task) throw new AppError('not-found', `driver ${this.name} does not know task ${taskId}`);
    return task;
  }
}

/** The shape of the drivers' registry. */
export class FakeDrivers {
  readonly #drivers: readonly TaskDriver[];
  constructor(...drivers: readonly TaskDriver[]) {
    this.#drivers = drivers;
  }
  get names(): readonly string[] {
    return this.#drivers.map((driver) => driver.name);
  }
  get(name: string): TaskDriver {
    const driver = this.#drivers.find((known) => known.name === name);
    if (!driver) throw new AppError('not-found', `unknown driver "${name}"`);
    return driver;
  }
}
