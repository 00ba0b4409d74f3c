// SPDX-License-Identifier: MPL-2.0
// Follows the work list that the servers keep for this node, and hands every change on.

import type { Allocation } from '@serai/api';
import { Alloc_GetAllocs, make, Node_GetClientAllocs } from '@serai/api';
import { AppError, type Clock, type Logger, type Random, TaskSet } from '#base';
import type { RpcCaller } from '#rpc';
import { type AllocDiff, diffAllocs } from '../alloc-diff.ts';
import { devRetryMs, retryMs, spread } from '../node/retry.ts';

/** How long a server may hold a blocking query; we ask again then. Nanoseconds. */
const maxQueryTimeNs = 300_000_000_000;
/** Beyond the server's own limit and its jitter the call counts as lost. */
const callTimeoutMs = 330_000;
/** Most allocations fetched in one call. */
const maxAllocsPerCall = 64;

export interface AllocChanges {
  readonly diff: AllocDiff;
  /** added and updated ones, complete */
  readonly allocs: ReadonlyMap<string, Allocation>;
}

export interface AllocWatcherOptions {
  readonly region: string;
  readonly nodeId: string;
  readonly secretId: string;
  readonly devMode: boolean;
}

export interface AllocWatcherDependencies {
  readonly rpc: RpcCaller;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly registered: (signal: AbortSignal) => Promise<void>;
  /** the servers refuse our identity */
  readonly onForgotten: () => void;
  /** AllocModifyIndex of what is here */
  readonly indexes: () => ReadonlyMap<string, number>;
  readonly apply: (changes: AllocChanges) => void;
}

export class AllocWatcher {
  readonly #options: AllocWatcherOptions;
  readonly #deps: AllocWatcherDependencies;
  readonly #work: TaskSet;
  /** of the last answer; 0: ask for the present state, from the leader */
  #index = 0;

  constructor(options: AllocWatcherOptions, dependencies: AllocWatcherDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#work = new TaskSet(dependencies.log);
  }

  async start(): Promise<void> {
    this.#work.run('alloc watcher', (signal) => this.#loop(signal));
  }
  async stop(): Promise<void> {
    await this.#work.stop();
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, registered } = this.#deps;
    while (!signal.aborted) {
      await registered(signal);
      try {
        if (!(await this.#round(signal))) await clock.sleep(this.#delay(retryMs.allocsMissing), signal);
      } catch (error) {
        if (signal.aborted) throw error;
        this.#failed(AppError.from(error));
        await clock.sleep(this.#delay(retryMs.allocs), signal);
      }
    }
  }

  /** False when the list named allocations that could not be fetched: then it is asked for again, from the start. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { nodeId, secretId, region } = this.#options;
    const reply = await this.#deps.rpc.call(
      Node_GetClientAllocs,
      make(Node_GetClientAllocs.request, {
        NodeID: nodeId,
        SecretID: secretId,
        Region: region,
        AuthToken: secretId,
        MinQueryIndex: this.#index,
        MaxQueryTime: maxQueryTimeNs,
        // the first answer decides what is stopped as forgotten: it must not be an old one
        AllowStale: this.#index > 0,
      }),
      { signal, timeoutMs: callTimeoutMs },
    );
    if (reply.Index > 0 && reply.Index === this.#index) return true;
    const listed = new Map(Object.entries(reply.Allocs ?? {}));
    const diff = diffAllocs(this.#deps.indexes(), listed);
    const wanted = [...diff.added, ...diff.updated];
    const allocs = await this.#pull(wanted, listed, signal);
    if (!allocs) {
      this.#index = 0;
      return false;
    }
    this.#index = reply.Index < this.#index ? 0 : reply.Index;
    this.#deps.apply({ diff, allocs });
    return true;
  }

  async #pull(
    ids: readonly string[],
    listed: ReadonlyMap<string, number>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Allocation> | undefined> {
    const found = new Map<string, Allocation>();
    for (let from = 0; from < ids.length; from += maxAllocsPerCall) {
      const part = ids.slice(from, from + maxAllocsPerCall);
      const newest = Math.max(...part.map((id) => listed.get(id) ?? 0));
      const reply = await this.#deps.rpc.call(
        Alloc_GetAllocs,
        make(Alloc_GetAllocs.request, {
          AllocIDs: part,
          Region: this.#options.region,
          AuthToken: this.#options.secretId,
          AllowStale: true,
          // a follower that is behind waits until it has what the list promised
          MinQueryIndex: Math.max(0, newest - 1),
          MaxQueryTime: maxQueryTimeNs,
        }),
        { signal, timeoutMs: callTimeoutMs },
      );
      for (const alloc of reply.Allocs ?? []) found.set(alloc.ID, alloc);
    }
    const missing = ids.filter((id) => {
      const alloc = found.get(id);
      return !alloc || alloc.AllocModifyIndex < (listed.get(id) ?? 0);
    });
    if (missing.length === 0) return found;
    this.#deps.log.debug('allocations of the list could not be fetched yet', { missing: missing.length });
    return undefined;
  }

  #failed(error: AppError): void {
    const text = error.message.toLowerCase();
    if (text.includes('node secret id does not match') || text.includes('node not found')) {
      this.#deps.onForgotten();
      return;
    }
    this.#deps.log.warn('allocations could not be queried', { error: error.message });
  }

  #delay(baseMs: number): number {
    return spread(this.#options.devMode ? Math.min(baseMs, devRetryMs) : baseMs, this.#deps.random);
  }
}
