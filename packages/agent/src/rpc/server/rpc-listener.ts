// SPDX-License-Identifier: MPL-2.0
// The RPC port: accepts connections within limits and serves the router's methods on them.

import { createServer, type Server, type Socket } from 'node:net';
import { AppError, type Clock, type Logger, type Metrics, TaskSet } from '#base';
import { defaultMessageLimits, type MessageLimits } from '../limits.ts';
import type { NodeConnections } from '../node-connections.ts';
import { CallNumbers } from '../pool/mux-connection.ts';
import type { Router } from '../router.ts';
import type { YamuxLimits } from '../yamux/limits.ts';
import { RpcConnection } from './rpc-connection.ts';

export interface RpcListenerOptions {
  readonly host: string;
  /** 0: any free one; see `address`. */
  readonly port: number;
  /** Nomad's limits.rpc_handshake_timeout. 0: no limit. */
  readonly handshakeTimeoutMs?: number;
  /** Nomad's limits.rpc_max_conns_per_client: connections of one IP address. 0: no limit. */
  readonly maxConnectionsPerClient?: number;
  /** Connections in all; beyond, new ones are closed. */
  readonly maxConnections?: number;
  /** Handlers running at once for one connection. Each blocking query is one. */
  readonly maxRunningCalls?: number;
  readonly messages?: MessageLimits;
  readonly yamux?: Partial<YamuxLimits>;
  /** How long `stop` lets running calls end. */
  readonly drainMs?: number;
}

export interface RpcListenerDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly router: Router;
  readonly nodes?: NodeConnections;
}

const defaults = {
  handshakeTimeoutMs: 5_000,
  maxConnectionsPerClient: 100,
  maxConnections: 16_384,
  maxRunningCalls: 4_096,
  messages: defaultMessageLimits,
  yamux: {},
  drainMs: 250,
};
/** Places under the per-client limit that raw streaming connections can't take. */
const reservedConnections = 20;
/** Stands for "no limit" of the handshake: a day. */
const noHandshakeLimitMs = 86_400_000;

interface ClientCount {
  connections: number;
  streaming: number;
}

export class RpcListener {
  readonly #options: Required<RpcListenerOptions>;
  readonly #dependencies: RpcListenerDependencies;
  readonly #server: Server;
  readonly #tasks: TaskSet;
  readonly #numbers = new CallNumbers();
  readonly #connections = new Set<RpcConnection>();
  readonly #perClient = new Map<string, ClientCount>();

  constructor(options: RpcListenerOptions, dependencies: RpcListenerDependencies) {
    this.#options = { ...defaults, ...options };
    this.#dependencies = dependencies;
    this.#tasks = new TaskSet(dependencies.log);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
      this.#accept(socket),
    );
  }

  /** `ip:port` it listens on; known after start. */
  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('rpc listener is not started');
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `${host}:${address.port}`;
  }

  async start(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(new AppError('unavailable', `cannot listen for rpc on ${host}:${port}: ${error.message}`)),
      );
      this.#server.listen({ host, port }, resolve);
    });
    this.#server.on('error', (error) => this.#dependencies.log.error('rpc listener failed', { error }));
    this.#dependencies.log.info('rpc listening', { address: this.address });
  }

  /** Takes no new connections and streams, waits a little for running calls, then closes everything. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    const { clock } = this.#dependencies;
    const untilMs = clock.monotonicMs() + this.#options.drainMs;
    while ([...this.#connections].some(({ busy }) => busy > 0) && clock.monotonicMs() < untilMs) {
      await clock.sleep(Math.min(20, this.#options.drainMs));
    }
    for (const connection of this.#connections) connection.destroy();
    await closed;
    await this.#tasks.stop();
  }

  #accept(socket: Socket): void {
    const { log, metrics } = this.#dependencies;
    const client = socket.remoteAddress ?? '';
    const count = this.#perClient.get(client) ?? { connections: 0, streaming: 0 };
    const { maxConnectionsPerClient, maxConnections } = this.#options;
    const overClient = maxConnectionsPerClient > 0 && count.connections >= maxConnectionsPerClient;
    if (overClient || this.#connections.size >= maxConnections) {
      log.warn('rpc connection refused', {
        remote: client,
        reason: overClient ? 'too many connections of this address' : 'too many connections',
      });
      metrics.incr('nomad.rpc.refused_conn');
      socket.destroy();
      return;
    }
    metrics.incr('nomad.rpc.accept_conn');
    count.connections += 1;
    this.#perClient.set(client, count);
    this.#serve(socket, client, count);
  }

  #serve(socket: Socket, client: string, count: ClientCount): void {
    const { handshakeTimeoutMs, maxRunningCalls, messages, yamux } = this.#options;
    let streaming = 0;
    const connection = new RpcConnection(
      { handshakeTimeoutMs: handshakeTimeoutMs || noHandshakeLimitMs, maxRunningCalls, messages, yamux },
      {
        ...this.#dependencies,
        nodes: this.#dependencies.nodes,
        transport: socket,
        remoteAddress: client,
        tasks: this.#tasks,
        numbers: this.#numbers,
        claimStreaming: () => {
          if (!this.#streamingAllowed(count)) return false;
          streaming = 1;
          count.streaming += 1;
          return true;
        },
      },
    );
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      count.connections -= 1;
      count.streaming -= streaming;
      if (count.connections === 0) this.#perClient.delete(client);
    });
  }

  #streamingAllowed(count: ClientCount): boolean {
    const { maxConnectionsPerClient } = this.#options;
    return maxConnectionsPerClient === 0 || count.streaming < maxConnectionsPerClient - reservedConnections;
  }
}
