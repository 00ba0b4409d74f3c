// SPDX-License-Identifier: MPL-2.0
// raw_exec: runs a program as it is, without isolation, under a supervisor. Opt-in, since a job can do with it what
// the agent's user can.

import { dirname, relative } from 'node:path';
import type { TaskResourceUsage } from '@serai/api';
import { AppError, type Clock, type Logger } from '#base';
import { lookUpIdentity, type SupervisedTask, type Supervisor, signalNumber } from '#supervisor';
import {
  type ConfigOf,
  readConfig,
  required,
  stringField,
  stringListField,
} from '../config/config-schema.ts';
import type {
  DriverCapabilities,
  DriverFingerprint,
  ExitResult,
  StartedTask,
  TaskDriver,
  TaskStart,
} from '../contract.ts';
import { findCommand } from './command-path.ts';
import { type CpuSample, resourceUsage } from './resource-usage.ts';

const name = 'raw_exec';
const fields = { command: required(stringField()), args: stringListField() };
type RawExecConfig = ConfigOf<typeof fields>;

/** Sent by `stop` when the task names no signal, as in Nomad. */
const defaultKillSignal = 'SIGINT';
const megabyte = 1024 * 1024;

export interface RawExecOptions {
  readonly enabled: boolean;
  /** do not use cgroups to find the task's processes */
  readonly noCgroups: boolean;
}

export interface RawExecDependencies {
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  readonly log: Logger;
  /** MHz of one core, to tell CPU use in the unit that jobs ask for */
  readonly coreMhz: number;
}

interface RunningTask {
  readonly process: SupervisedTask;
  lastCpu: CpuSample;
}

interface Handle {
  readonly version: 1;
  readonly stateDir: string;
  readonly pid: number;
  readonly startTicks: number;
}

export class RawExecDriver implements TaskDriver {
  readonly name = name;
  readonly capabilities: DriverCapabilities = { sendSignals: true, exec: false, fsIsolation: 'none' };
  readonly #options: RawExecOptions;
  readonly #deps: RawExecDependencies;
  readonly #tasks = new Map<string, RunningTask>();

  constructor(options: RawExecOptions, deps: RawExecDependencies) {
    this.#options = options;
    this.#deps = deps;
  }

  parseConfig(config: Readonly<Record<string, unknown>>): RawExecConfig {
    const parsed = readConfig(`config of driver ${name}`, fields, config);
    if (parsed.command === '')
      throw new AppError('invalid', `"command" in config of driver ${name} must not be empty`);
    return parsed;
  }

  async fingerprint(): Promise<DriverFingerprint> {
    if (!this.#options.enabled) return { health: 'undetected', description: 'disabled', attributes: {} };
    try {
      await this.#deps.supervisor.prepare();
    } catch (error) {
      return { health: 'unhealthy', description: AppError.from(error).message, attributes: {} };
    }
    return { health: 'healthy', description: 'Healthy', attributes: { 'driver.raw_exec': '1' } };
  }

  async start(task: TaskStart): Promise<StartedTask> {
    this.#checkEnabled();
    if (this.#tasks.has(task.id)) throw new AppError('conflict', `task ${task.id} was started already`);
    const { command, args } = task.config as RawExecConfig;
    const program = await findCommand(command, { ...task.paths, env: task.env });
    const identity = task.user === '' ? undefined : await lookUpIdentity(task.user);
    const cgroup = this.#options.noCgroups ? undefined : cgroupName(task.id);
    const allocDir = dirname(task.paths.sharedDir);
    const process = await this.#deps.supervisor.launch({
      stateDir: task.paths.stateDir,
      label: task.id,
      command: program,
      args: [command, ...args],
      env: task.env,
      workDir: task.paths.taskDir,
      identity,
      logs: task.logs.Disabled
        ? undefined
        : {
            root: allocDir,
            path: relative(allocDir, task.paths.logDir),
            name: task.taskName,
            maxFiles: task.logs.MaxFiles,
            maxFileBytes: task.logs.MaxFileSizeMB * megabyte,
          },
      cgroup,
    });
    this.#add(task.id, process);
    const { record } = process.identity;
    const handle: Handle = {
      version: 1,
      stateDir: task.paths.stateDir,
      pid: record.pid,
      startTicks: record.startTicks,
    };
    return { handle };
  }

  async recover(taskId: string, handle: unknown): Promise<void> {
    const { stateDir, pid, startTicks } = readHandle(handle);
    if (this.#tasks.has(taskId)) return;
    const process = await this.#deps.supervisor.attach(stateDir);
    const { record } = process.identity;
    if (record.pid !== pid || record.startTicks !== startTicks) {
      process.release();
      throw new AppError('not-found', `task ${taskId} is gone: another one runs in its place`);
    }
    if (!this.#options.enabled) {
      // a server's or an old agent's word does not count here: what may not be started may not go on
      await process.kill();
      process.release();
      this.#checkEnabled();
    }
    this.#add(taskId, process);
  }

  async wait(taskId: string, signal: AbortSignal): Promise<ExitResult> {
    const end = await this.#get(taskId).process.wait(signal);
    if (end.droppedLogBytes > 0)
      this.#deps.log.warn('output of a task was lost', { task: taskId, bytes: end.droppedLogBytes });
    return {
      exitCode: end.exitCode,
      signal: end.signal,
      // raw_exec sets no memory limit of its own
      oomKilled: false,
      ...(end.error === undefined ? {} : { error: end.error }),
    };
  }

  async stop(taskId: string, options: { signal: string; timeoutMs: number }): Promise<void> {
    const signal = signalNumber(options.signal === '' ? defaultKillSignal : options.signal);
    await this.#get(taskId).process.stop({ signal, timeoutMs: options.timeoutMs });
  }

  async signal(taskId: string, signal: string): Promise<void> {
    await this.#get(taskId).process.signal(signalNumber(signal));
  }

  async stats(taskId: string): Promise<TaskResourceUsage> {
    const task = this.#get(taskId);
    const tree = await task.process.usage();
    const now = { atMs: this.#deps.clock.monotonicMs(), nowNs: this.#deps.clock.nowNs() };
    const { usage, sample } = resourceUsage(tree, {
      ...now,
      last: task.lastCpu,
      coreMhz: this.#deps.coreMhz,
    });
    task.lastCpu = sample;
    return usage;
  }

  async destroy(taskId: string): Promise<void> {
    const task = this.#tasks.get(taskId);
    if (!task) return;
    await task.process.kill();
    await this.#deps.supervisor.forget(task.process);
    this.#tasks.delete(taskId);
  }

  /** Lets go of all tasks; they go on. For an agent that ends. */
  release(): void {
    for (const task of this.#tasks.values()) task.process.release();
    this.#tasks.clear();
  }

  #add(taskId: string, process: SupervisedTask): void {
    const lastCpu = { atMs: this.#deps.clock.monotonicMs(), userMs: 0, systemMs: 0, byPid: new Map() };
    this.#tasks.set(taskId, { process, lastCpu });
  }

  #get(taskId: string): RunningTask {
    const task = this.#tasks.get(taskId);
    if (!task) throw new AppError('not-found', `driver ${name} does not know task ${taskId}`);
    return task;
  }

  #checkEnabled(): void {
    if (!this.#options.enabled)
      throw new AppError(
        'denied',
        `driver ${name} is disabled on this client: enable it with plugin "${name}" { config { enabled = true } }`,
      );
  }
}

/** One directory name for a task's cgroup; ids are unique, and their last part keeps them so when cut. */
function cgroupName(taskId: string): string {
  return `task-${taskId.replace(/[^A-Za-z0-9._-]/g, '_').slice(-180)}`;
}

function readHandle(handle: unknown): Handle {
  if (typeof handle === 'object' && handle !== null && 'stateDir' in handle && 'version' in handle) {
    const known = handle as Handle;
    if (known.version === 1 && typeof known.stateDir === 'string') return known;
  }
  throw new AppError('not-found', 'the task left nothing by which it could be found again');
}
