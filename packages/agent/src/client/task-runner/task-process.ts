// SPDX-License-Identifier: MPL-2.0
// A task's process as the runner sees it: at most one, in the hands of one driver.

import type { TaskResourceUsage } from '@serai/api';
import { AppError, type Logger } from '#base';
import type { ExitResult, TaskDriver, TaskStart } from '#drivers';
import type { DriverTaskRecord } from '../store/alloc-record.ts';

export class TaskProcess {
  readonly #log: Logger;
  #driver: TaskDriver | undefined;
  #record: DriverTaskRecord | null;
  /** the process exists and the driver knows it */
  #attached = false;

  constructor(record: DriverTaskRecord | null, log: Logger) {
    this.#record = record;
    this.#log = log;
  }

  /** What is needed to find it after a restart; null while there should be no process. */
  get record(): DriverTaskRecord | null {
    return this.#record;
  }
  get attached(): boolean {
    return this.#attached;
  }
  get driver(): TaskDriver | undefined {
    return this.#driver;
  }

  async start(driver: TaskDriver, request: TaskStart): Promise<void> {
    const { handle } = await driver.start(request);
    this.#driver = driver;
    this.#record = { id: request.id, driver: driver.name, handle };
    this.#attached = true;
  }

  /** Takes back the process of a former life, or what is known of its end. @throws AppError when nothing is left. */
  async recover(driver: TaskDriver): Promise<void> {
    if (!this.#record) throw new AppError('not-found', 'there is nothing to recover');
    await driver.recover(this.#record.id, this.#record.handle);
    this.#driver = driver;
    this.#attached = true;
  }

  /** Resolves with the end of the process; undefined: aborted. */
  async wait(signal: AbortSignal): Promise<ExitResult | undefined> {
    if (!this.#driver || !this.#record) return undefined;
    try {
      return await this.#driver.wait(this.#record.id, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      return { exitCode: -1, signal: 0, oomKilled: false, error: AppError.from(error).message };
    }
  }

  async stop(parameters: { readonly signal: string; readonly timeoutMs: number }): Promise<void> {
    if (this.#attached && this.#record) await this.#driver?.stop(this.#record.id, parameters);
  }

  /** It has ended: no more signals, statistics or stops. */
  markEnded(): void {
    this.#attached = false;
  }

  /** Lets the driver forget it. */
  async clear(): Promise<void> {
    const record = this.#record;
    this.#attached = false;
    this.#record = null;
    if (!record) return;
    await this.#driver?.destroy(record.id).catch((error: unknown) => {
      this.#log.warn('cleaning up after task failed', { error });
    });
  }

  /** What was noted of it leads nowhere. */
  drop(): void {
    this.#attached = false;
    this.#record = null;
  }

  async signal(signal: string): Promise<void> {
    const { driver, id } = this.#running();
    if (!driver.capabilities.sendSignals)
      throw new AppError('unsupported', `driver "${driver.name}" can't send signals`);
    await driver.signal(id, signal);
  }

  async stats(): Promise<TaskResourceUsage | undefined> {
    if (!this.#attached) return undefined;
    const { driver, id } = this.#running();
    return await driver.stats(id);
  }

  /** @throws AppError with Nomad's text when there is no process. */
  assertRunning(): void {
    this.#running();
  }

  #running(): { driver: TaskDriver; id: string } {
    if (!this.#attached || !this.#driver || !this.#record) throw new AppError('invalid', 'Task not running');
    return { driver: this.#driver, id: this.#record.id };
  }
}
