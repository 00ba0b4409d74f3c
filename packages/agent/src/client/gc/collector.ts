// SPDX-License-Identifier: MPL-2.0
// Removes what ended allocations left behind, when room gets scarce or somebody asks.

import { type Clock, type Logger, TaskSet } from '#base';
import type { Allocs } from '../allocs.ts';
import type { HostReader } from '../host/host-reader.ts';
import type { GcOptions } from '../options.ts';
import { planCollection } from './collection-plan.ts';

/** Rounds in one go while the disk stays too full, each removing one allocation. */
const maxRounds = 1_000;

export interface CollectorDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: HostReader;
  readonly allocs: Allocs;
}

export class Collector {
  readonly #options: GcOptions & { readonly allocDir: string };
  readonly #deps: CollectorDependencies;
  readonly #work: TaskSet;
  /** one round at a time, whoever asked for it */
  #running: Promise<void> = Promise.resolve();

  constructor(options: GcOptions & { readonly allocDir: string }, dependencies: CollectorDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#work = new TaskSet(dependencies.log);
  }

  async start(): Promise<void> {
    this.#work.run('allocation gc', async (signal) => {
      while (!signal.aborted) {
        await this.#deps.clock.sleep(this.#options.intervalMs, signal);
        await this.keepRoom();
      }
    });
  }
  async stop(): Promise<void> {
    await this.#work.stop();
  }

  /** Removes allocations until disk and number are below their limits, or none is left that may go. */
  keepRoom(): Promise<void> {
    return this.#alone(async () => {
      for (let round = 0; round < maxRounds; round++) {
        const plan = planCollection(this.#collectable(), await this.#disk(), this.#options);
        if (!plan) return;
        this.#deps.log.info('garbage collecting allocations', {
          reason: plan.reason,
          count: plan.ids.length,
        });
        if (!(await this.#remove(plan.ids))) return;
      }
    });
  }

  collectAll(): Promise<void> {
    return this.#alone(async () => {
      const over = this.#collectable().filter((alloc) => alloc.over);
      await this.#remove(over.map((alloc) => alloc.id));
    });
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const next = this.#running.then(work);
    this.#running = next.catch((error: unknown) => {
      this.#deps.log.error('garbage collection failed', { error });
    });
    return next;
  }

  #collectable() {
    return this.#deps.allocs.runners().map((runner) => ({
      id: runner.id,
      over: runner.isOver,
      endedMs: Math.max(0, ...Object.values(runner.taskStates).map((s) => Date.parse(s.FinishedAt) || 0)),
    }));
  }

  async #disk(): Promise<{ diskUsedPercent: number; inodesUsedPercent: number }> {
    const usage = await this.#deps.host.usage(this.#options.allocDir);
    if (!usage || usage.size === 0) return { diskUsedPercent: 0, inodesUsedPercent: 0 };
    const used = usage.size - usage.free;
    return {
      diskUsedPercent: (used / Math.max(1, used + usage.available)) * 100,
      inodesUsedPercent: usage.inodes > 0 ? ((usage.inodes - usage.inodesFree) / usage.inodes) * 100 : 0,
    };
  }

  /** False when nothing could be removed. */
  async #remove(ids: readonly string[]): Promise<boolean> {
    const before = this.#deps.allocs.size;
    for (let from = 0; from < ids.length; from += this.#options.parallelDestroys) {
      const part = ids.slice(from, from + this.#options.parallelDestroys);
      await Promise.all(part.map((id) => this.#deps.allocs.collect(id)));
    }
    return this.#deps.allocs.size < before;
  }
}
