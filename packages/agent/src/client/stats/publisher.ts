// SPDX-License-Identifier: MPL-2.0
// Takes the samples and publishes the gauges, once per collection interval.

import type { Node } from '@serai/api';
import { AppError, type Clock, type Logger, type Metrics, TaskSet } from '#base';
import type { Allocs } from '../allocs.ts';
import type { ClientOptions } from '../options.ts';
import { nodeLabels, publishAllocated, publishCounts, publishHost, publishTask } from './client-metrics.ts';
import type { HostStatsCollector } from './host-stats.ts';

export interface PublisherDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly host: HostStatsCollector;
  readonly allocs: Allocs;
  readonly node: () => Node;
  readonly status: () => { readonly nodeStatus: string; readonly eligibility: string };
}

export class StatsPublisher {
  readonly #options: ClientOptions;
  readonly #deps: PublisherDependencies;
  readonly #work: TaskSet;
  readonly #startedMs: number;

  constructor(options: ClientOptions, dependencies: PublisherDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#work = new TaskSet(dependencies.log);
    this.#startedMs = dependencies.clock.monotonicMs();
  }

  async start(): Promise<void> {
    this.#work.run('statistics', async (signal) => {
      while (!signal.aborted) {
        await this.#round();
        await this.#deps.clock.sleep(this.#options.collectionIntervalMs, signal);
      }
    });
  }
  async stop(): Promise<void> {
    await this.#work.stop();
  }

  async #round(): Promise<void> {
    const { metrics, host, allocs, node, status, clock, log } = this.#deps;
    const stats = await host.collect();
    const runners = allocs.runners();
    const current = node();
    const labels = nodeLabels(current, status().nodeStatus, status().eligibility);
    publishCounts(metrics, runners, labels);
    metrics.gauge('nomad.client.uptime', Math.floor((clock.monotonicMs() - this.#startedMs) / 1000), labels);
    if (this.#options.publishNodeMetrics) {
      publishAllocated(metrics, current, { runners, labels });
      publishHost(metrics, stats, labels);
    }
    if (!this.#options.publishAllocationMetrics) return;
    for (const runner of runners) {
      for (const task of runner.tasks.values()) {
        const usage = await task.stats().catch((error: unknown) => {
          if (AppError.from(error).code !== 'not-found')
            log.debug('task statistics failed', { alloc_id: runner.id, task: task.name, error });
          return undefined;
        });
        if (usage) publishTask(metrics, usage, { runner, task: task.name });
      }
    }
  }
}
