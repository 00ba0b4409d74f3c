// SPDX-License-Identifier: MPL-2.0
// Calls to "the servers": one of the list answers, another takes over when it fails.

import {
  make,
  type ReplyOf,
  type RequestOf,
  type RpcMethod,
  Status_Ping,
  type StreamMethod,
} from '@serai/api';
import { AppError, type Clock, type Logger, type Random, TaskSet } from '#base';
import type { CallOptions, RpcCaller, RpcStream } from '../caller.ts';
import { connectionFailure } from '../wire-error.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { ServerList } from './server-list.ts';

export interface ServersCallerOptions {
  /** Addresses known from the configuration. */
  readonly servers: readonly string[];
  readonly region: string;
}

export interface ServersCallerDependencies {
  readonly pool: Pick<ConnectionPool, 'call' | 'stream'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** How long a failed call is tried again (Nomad's RPCHoldTimeout). */
const holdMs = 5_000;
/** A retry waits a random part of this. */
const pauseMs = holdMs / 16;
/** Block time of a blocking query that names none, and the most that a server grants. */
const maxBlockMs = 300_000;
/** Servers add up to this part of the block time. */
const blockJitter = 1 / 16;

const minRebalanceMs = 300_000;
/** Rebalances per second and server that a region should see. */
const rebalancesPerServer = 64;
/** Time for a server to answer the ping that decides whether it may be used. */
const pingTimeoutMs = 10_000;

interface QueryFields {
  readonly MinQueryIndex?: number;
  readonly MaxQueryTime?: number;
}

export class ServersCaller implements RpcCaller {
  readonly servers: ServerList;
  readonly #region: string;
  readonly #dependencies: ServersCallerDependencies;
  readonly #tasks: TaskSet;
  #nodes = 1;

  constructor(options: ServersCallerOptions, dependencies: ServersCallerDependencies) {
    this.#region = options.region;
    this.#dependencies = dependencies;
    this.#tasks = new TaskSet(dependencies.log);
    this.servers = new ServerList(options.servers, dependencies);
  }

  async start(): Promise<void> {
    this.#tasks.run('rebalance servers', (signal) => this.#rebalanceForever(signal));
  }

  async stop(): Promise<void> {
    await this.#tasks.stop();
  }

  /** Nodes of the region, from a heartbeat: more nodes rebalance less often. */
  setNodeCount(nodes: number): void {
    this.#nodes = Math.max(1, nodes);
  }

  async call<M extends RpcMethod>(method: M, args: RequestOf<M>, options?: CallOptions): Promise<ReplyOf<M>> {
    const { clock, pool } = this.#dependencies;
    const block = blockTimeMs(method, args as QueryFields);
    const deadlineMs = clock.monotonicMs() + holdMs + block;
    let request = args;
    for (let untried = this.servers.addresses.length - 1; ; untried -= 1) {
      const server = this.#first();
      try {
        return await pool.call(server, { method, args: request }, options);
      } catch (error) {
        const retry = this.#failed(method, server, AppError.from(error));
        const leftMs = deadlineMs - clock.monotonicMs();
        if (!retry || options?.signal?.aborted) throw error;
        // A blocking query out of time gets one last try that does not block.
        if (leftMs <= 0 && (block === 0 || isPlain(request))) throw error;
        if (block > 0) request = withBlockTime(request, leftMs - holdMs);
        if (retry === 'pause' || untried <= 0) await this.#pause(options?.signal);
      }
    }
  }

  async stream(
    method: StreamMethod,
    args: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RpcStream> {
    for (let untried = this.servers.addresses.length - 1; ; untried -= 1) {
      const server = this.#first();
      try {
        return await this.#dependencies.pool.stream(server, { method, args }, options);
      } catch (error) {
        if (connectionFailure(error)) this.servers.failed(server);
        if (connectionFailure(error) !== 'dial' || untried <= 0) throw error;
      }
    }
  }

  #first(): string {
    const server = this.servers.addresses[0];
    if (server === undefined) throw new AppError('unavailable', 'no servers');
    return server;
  }

  /** Whether to try again: at once on the next server, after a pause, or not. */
  #failed(method: RpcMethod, server: string, error: AppError): 'now' | 'pause' | undefined {
    const connection = connectionFailure(error);
    const noLeader = error.message.includes('No cluster leader');
    if (!connection && !noLeader) return undefined;
    this.#dependencies.log.debug('rpc to server failed', { server, method: method.name, error });
    this.servers.failed(server);
    if (connection === 'dial') return 'now';
    return noLeader || method.access === 'read' ? 'pause' : undefined;
  }

  async #pause(signal: AbortSignal | undefined): Promise<void> {
    const { clock, random } = this.#dependencies;
    const signals = signal ? AbortSignal.any([signal, this.#tasks.signal]) : this.#tasks.signal;
    await clock.sleep(random.float() * pauseMs, signals).catch((reason: unknown) => {
      throw new AppError('canceled', 'canceled while waiting to try again', { cause: reason });
    });
  }

  async #rebalanceForever(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#dependencies;
    let delayMs = minRebalanceMs;
    while (!signal.aborted) {
      await clock.sleep(delayMs, signal);
      await this.servers.rebalance((address) => this.#answers(address, signal));
      const perServer = this.#nodes / (Math.max(1, this.servers.addresses.length) * rebalancesPerServer);
      const baseMs = Math.max(minRebalanceMs, perServer * 1_000);
      delayMs = baseMs + random.float() * baseMs;
    }
  }

  async #answers(address: string, signal: AbortSignal): Promise<boolean> {
    const args = make(Status_Ping.request, { Region: this.#region });
    try {
      await this.#dependencies.pool.call(
        address,
        { method: Status_Ping, args },
        { signal, timeoutMs: pingTimeoutMs },
      );
      return true;
    } catch (error) {
      this.#dependencies.log.debug('server does not answer', { server: address, error });
      return false;
    }
  }
}

function blockTimeMs(method: RpcMethod, args: QueryFields): number {
  if (method.access !== 'read' || !args.MinQueryIndex) return 0;
  const wantedMs = (args.MaxQueryTime ?? 0) / 1e6;
  const blockMs = wantedMs <= 0 || wantedMs > maxBlockMs ? maxBlockMs : wantedMs;
  return blockMs * (1 + blockJitter);
}

function isPlain(args: unknown): boolean {
  return !(args as QueryFields).MinQueryIndex;
}

/** The same query for the time that is left; none left: without blocking. */
function withBlockTime<T>(args: T, leftMs: number): T {
  const change: QueryFields =
    leftMs > 0 ? { MaxQueryTime: Math.round(leftMs * 1e6) } : { MinQueryIndex: 0, MaxQueryTime: 0 };
  return { ...args, ...change };
}
