// SPDX-License-Identifier: MPL-2.0
// One multiplexed connection per server address, kept while it is used. Servers call back over the same connections.

import type { ReplyOf, RequestOf, RpcMethod, StreamMethod } from '@serai/api';
import { type Clock, type Logger, type Metrics, TaskSet, type Timer } from '#base';
import type { CallOptions, RpcCaller, RpcStream } from '../caller.ts';
import { defaultMessageLimits, type MessageLimits, selector } from '../limits.ts';
import { Router } from '../router.ts';
import { CallCounter } from '../server/call-counter.ts';
import { serveStream } from '../server/serve-stream.ts';
import { ByteBudget } from '../wire/byte-budget.ts';
import { connectionError, connectionFailure } from '../wire-error.ts';
import { YamuxSession } from '../yamux/session.ts';
import type { YamuxStream } from '../yamux/stream.ts';
import type { Dial } from './dial.ts';
import { CallNumbers, MuxConnection } from './mux-connection.ts';

export interface ConnectionPoolOptions {
  /** Idle streams kept per connection: Nomad's clients keep 2, its servers 64. */
  readonly maxIdleStreams: number;
  /** A connection without streams in use is closed after this long: clients 5 min, servers 2 min. */
  readonly maxIdleMs: number;
  readonly limits?: MessageLimits;
}

export const clientPool: ConnectionPoolOptions = { maxIdleStreams: 2, maxIdleMs: 300_000 };
export const serverPool: ConnectionPoolOptions = { maxIdleStreams: 64, maxIdleMs: 120_000 };

export interface ConnectionPoolDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly dial: Dial;
  /** What a server may call over our connections; without it nothing. */
  readonly reverse?: Router;
}

/** How often idle connections are looked for. */
const reapIntervalMs = 1_000;
/** Calls of one server that run here at once. */
const maxReverseCalls = 1_024;

interface Pooled {
  readonly connection: Promise<MuxConnection>;
  ready: MuxConnection | undefined;
  idleSinceMs: number;
}

export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #limits: MessageLimits;
  readonly #dependencies: ConnectionPoolDependencies;
  readonly #numbers = new CallNumbers();
  readonly #connections = new Map<string, Pooled>();
  readonly #tasks: TaskSet;
  readonly #reaper: Timer;
  #stopped = false;

  constructor(options: ConnectionPoolOptions, dependencies: ConnectionPoolDependencies) {
    this.#options = options;
    this.#limits = options.limits ?? defaultMessageLimits;
    this.#dependencies = dependencies;
    this.#tasks = new TaskSet(dependencies.log);
    this.#reaper = dependencies.clock.every(reapIntervalMs, () => this.#reap(), { unref: true });
  }

  /** A caller for one address. */
  to(address: string): RpcCaller {
    return {
      call: (method, args, options) => this.call(address, { method, args }, options),
      stream: (method, args, options) => this.stream(address, { method, args }, options),
    };
  }

  async call<M extends RpcMethod>(
    address: string,
    request: { readonly method: M; readonly args: RequestOf<M> },
    options?: CallOptions,
  ): Promise<ReplyOf<M>> {
    return await this.#use(address, (connection) => connection.call(request.method, request.args, options));
  }

  async stream(
    address: string,
    request: { readonly method: StreamMethod; readonly args: Record<string, unknown> },
    options?: { readonly signal?: AbortSignal },
  ): Promise<RpcStream> {
    return await this.#use(address, (connection) => connection.stream(request.method, request.args, options));
  }

  /** Addresses with a connection, dialled or being dialled. */
  addresses(): string[] {
    return [...this.#connections.keys()];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#reaper.cancel();
    for (const { ready } of this.#connections.values()) ready?.session.close();
    this.#connections.clear();
    await this.#tasks.stop();
  }

  /** Dials again once when no stream can be opened on the known connection. */
  async #use<T>(address: string, work: (connection: MuxConnection) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const known = this.#connections.get(address);
      const pooled = known ?? this.#dial(address);
      try {
        return await work(await pooled.connection);
      } catch (error) {
        const failure = connectionFailure(error);
        if (failure) this.#drop(address, pooled);
        if (failure !== 'dial' || !known || attempt > 1) throw error;
      } finally {
        pooled.idleSinceMs = this.#dependencies.clock.monotonicMs();
      }
    }
  }

  #dial(address: string): Pooled {
    if (this.#stopped) throw connectionError('dial', 'connection pool is closed', { address });
    const connection = this.#connect(address);
    const pooled: Pooled = {
      connection,
      ready: undefined,
      idleSinceMs: this.#dependencies.clock.monotonicMs(),
    };
    this.#connections.set(address, pooled);
    connection.then(
      (ready) => {
        pooled.ready = ready;
        if (this.#stopped) ready.session.close();
      },
      () => this.#drop(address, pooled),
    );
    return pooled;
  }

  async #connect(address: string): Promise<MuxConnection> {
    const { clock, log, dial } = this.#dependencies;
    const transport = await dial(address, this.#tasks.signal);
    transport.write(Buffer.from([selector.multiplexV2]));
    const running = new CallCounter(maxReverseCalls);
    const budget = new ByteBudget(this.#limits.maxPendingBytes);
    const session = new YamuxSession(
      { role: 'client' },
      {
        transport,
        clock,
        log,
        onStream: (stream) => this.#serve(stream, { running, budget, address }),
      },
    );
    session.whenClosed((reason) => {
      log.debug('rpc connection closed', { address, reason: reason.message });
      const pooled = this.#connections.get(address);
      if (pooled?.ready?.session === session) this.#connections.delete(address);
    });
    return new MuxConnection(
      { maxIdleStreams: this.#options.maxIdleStreams, limits: this.#limits, hop: true },
      { session, clock, numbers: this.#numbers },
    );
  }

  /** A server calls back. A stream with an unknown first byte is closed; the connection stays. */
  #serve(
    stream: YamuxStream,
    connection: { running: CallCounter; budget: ByteBudget; address: string },
  ): void {
    const { clock, log, metrics, reverse } = this.#dependencies;
    const dependencies = {
      router: reverse ?? new Router(),
      clock,
      log,
      metrics,
      running: connection.running,
    };
    this.#tasks.run('serve reverse stream', async () => {
      await serveStream(
        {
          stream,
          carries: 'first-byte',
          from: { origin: 'reverse', remoteAddress: connection.address, bindNode: () => {} },
          limits: this.#limits,
          budget: connection.budget,
        },
        dependencies,
      );
    });
  }

  #drop(address: string, pooled: Pooled): void {
    if (this.#connections.get(address) === pooled) this.#connections.delete(address);
    if (!pooled.ready) return;
    // Other calls may still be waiting for their answers on it.
    if (pooled.ready.busyStreams === 0) pooled.ready.session.close();
    else this.#closeWhenIdle(pooled.ready);
  }

  #closeWhenIdle(connection: MuxConnection): void {
    connection.session.goAway();
    const { clock } = this.#dependencies;
    const check = clock.every(
      reapIntervalMs,
      () => {
        if (connection.busyStreams > 0 && !this.#stopped) return;
        check.cancel();
        connection.session.close();
      },
      { unref: true },
    );
  }

  #reap(): void {
    const nowMs = this.#dependencies.clock.monotonicMs();
    for (const [address, pooled] of this.#connections) {
      if (!pooled.ready) continue;
      if (!pooled.ready.session.usable) this.#drop(address, pooled);
      else if (pooled.ready.busyStreams > 0) pooled.idleSinceMs = nowMs;
      else if (nowMs - pooled.idleSinceMs >= this.#options.maxIdleMs) this.#drop(address, pooled);
    }
  }
}
