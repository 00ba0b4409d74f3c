// SPDX-License-Identifier: MPL-2.0
// mock_driver: tasks without processes, for tests of everything above drivers. Takes the options of Nomad's.

import { dirname, join, relative } from 'node:path';
import { CpuStats, MemoryStats, make, ResourceUsage, TaskResourceUsage } from '@serai/api';
import { AppError, type Clock, type Logger, SafeDir } from '#base';
import { signalNumber } from '#supervisor';
import type {
  DriverCapabilities,
  DriverFingerprint,
  ExitResult,
  StartedTask,
  TaskDriver,
  TaskStart,
} from '../contract.ts';
import { type MockConfig, readMockConfig } from './mock-config.ts';
import { type MockOutput, MockTask } from './mock-task.ts';

const name = 'mock_driver';
const defaultKillSignal = 'SIGINT';

export interface MockDriverOptions {
  readonly enabled: boolean;
  readonly fsIsolation: DriverCapabilities['fsIsolation'];
}

export interface MockDriverDependencies {
  readonly clock: Clock;
  readonly log: Logger;
}

interface Handle {
  readonly version: 1;
  readonly config: MockConfig;
  readonly endsAtMs: number;
}

export class MockDriver implements TaskDriver {
  readonly name = name;
  readonly capabilities: DriverCapabilities;
  readonly #options: MockDriverOptions;
  readonly #deps: MockDriverDependencies;
  readonly #tasks = new Map<string, MockTask>();

  constructor(options: MockDriverOptions, deps: MockDriverDependencies) {
    this.#options = options;
    this.#deps = deps;
    this.capabilities = { sendSignals: true, exec: false, fsIsolation: options.fsIsolation };
  }

  parseConfig(config: Readonly<Record<string, unknown>>): MockConfig {
    return readMockConfig(config);
  }

  fingerprint(): Promise<DriverFingerprint> {
    return Promise.resolve(
      this.#options.enabled
        ? { health: 'healthy', description: 'Healthy', attributes: { 'driver.mock_driver': '1' } }
        : { health: 'undetected', description: 'disabled', attributes: {} },
    );
  }

  async start(task: TaskStart): Promise<StartedTask> {
    if (!this.#options.enabled) throw new AppError('denied', `driver ${name} is disabled on this client`);
    if (this.#tasks.has(task.id)) throw new AppError('conflict', `task ${task.id} was started already`);
    const { clock } = this.#deps;
    const config = task.config as MockConfig;
    if (config.start_block_for > 0) await clock.sleep(config.start_block_for);
    if (config.start_error !== '')
      throw new AppError(config.start_error_recoverable ? 'unavailable' : 'invalid', config.start_error);
    const endsAtMs = clock.nowMs() + config.run_for;
    const mock = new MockTask(config, { clock, endsAtMs });
    this.#tasks.set(task.id, mock);
    mock.run(this.#outputOf(task));
    const handle: Handle = { version: 1, config, endsAtMs };
    return { handle };
  }

  recover(taskId: string, handle: unknown): Promise<void> {
    if (this.#tasks.has(taskId)) return Promise.resolve();
    if (!isHandle(handle))
      return Promise.reject(
        new AppError('not-found', 'the task left nothing by which it could be found again'),
      );
    const mock = new MockTask(handle.config, { clock: this.#deps.clock, endsAtMs: handle.endsAtMs });
    this.#tasks.set(taskId, mock);
    mock.run(undefined);
    return Promise.resolve();
  }

  async wait(taskId: string, signal: AbortSignal): Promise<ExitResult> {
    return await this.#get(taskId).wait(signal);
  }

  async stop(taskId: string, options: { signal: string; timeoutMs: number }): Promise<void> {
    const signal = signalNumber(options.signal === '' ? defaultKillSignal : options.signal);
    await this.#get(taskId).stop(signal, options.timeoutMs);
  }

  async signal(taskId: string, signal: string): Promise<void> {
    signalNumber(signal);
    const task = this.#get(taskId);
    if (!task.running) throw new AppError('not-found', 'the task is not running');
    if (task.config.signal_error !== '') throw new AppError('internal', task.config.signal_error);
  }

  async stats(taskId: string): Promise<TaskResourceUsage> {
    this.#get(taskId);
    const usage = make(ResourceUsage, { MemoryStats: make(MemoryStats, {}), CpuStats: make(CpuStats, {}) });
    return make(TaskResourceUsage, { ResourceUsage: usage, Timestamp: this.#deps.clock.nowNs() });
  }

  destroy(taskId: string): Promise<void> {
    this.#tasks.get(taskId)?.kill();
    this.#tasks.delete(taskId);
    return Promise.resolve();
  }

  #get(taskId: string): MockTask {
    const task = this.#tasks.get(taskId);
    if (!task) throw new AppError('not-found', `driver ${name} does not know task ${taskId}`);
    return task;
  }

  /** Appends to the task's first log files, one text after the other; does not rotate. */
  #outputOf(task: TaskStart): MockOutput | undefined {
    if (task.logs.Disabled) return undefined;
    const allocDir = dirname(task.paths.sharedDir);
    const files = new SafeDir(allocDir);
    const logDir = relative(allocDir, task.paths.logDir);
    let last = Promise.resolve();
    return (stream, text) => {
      const path = join(logDir, `${task.taskName}.${stream}.0`);
      last = last
        .then(async () => {
          await using file = await files.openWrite(path, { how: 'append' });
          await file.write(text);
        })
        .catch((error: unknown) =>
          this.#deps.log.warn('output of a mock task was lost', { task: task.id, error }),
        );
    };
  }
}

function isHandle(handle: unknown): handle is Handle {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'version' in handle &&
    handle.version === 1 &&
    'config' in handle
  );
}
