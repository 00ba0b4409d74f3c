// SPDX-License-Identifier: MPL-2.0
// One accepted connection: reads its first byte and serves what follows.

import type { Duplex } from 'node:stream';
import type { TaskSet, Timer } from '#base';
import type { RpcContext } from '../context.ts';
import { type MessageLimits, selector } from '../limits.ts';
import type { NodeConnections } from '../node-connections.ts';
import { type CallNumbers, MuxConnection } from '../pool/mux-connection.ts';
import { ByteBudget } from '../wire/byte-budget.ts';
import type { YamuxLimits } from '../yamux/limits.ts';
import { YamuxSession } from '../yamux/session.ts';
import type { YamuxStream } from '../yamux/stream.ts';
import { CallCounter } from './call-counter.ts';
import type { ServeDependencies } from './serve-calls.ts';
import { type IncomingStream, serveStream } from './serve-stream.ts';

export interface RpcConnectionOptions {
  /** Time to deliver the first byte. */
  readonly handshakeTimeoutMs: number;
  /** Handlers that may run at once for this connection. */
  readonly maxRunningCalls: number;
  readonly messages: MessageLimits;
  readonly yamux: Partial<YamuxLimits>;
}

export interface RpcConnectionDependencies extends Omit<ServeDependencies, 'running'> {
  readonly transport: Duplex;
  /** IP address of the peer. */
  readonly remoteAddress: string;
  readonly tasks: TaskSet;
  readonly nodes: NodeConnections | undefined;
  readonly numbers: CallNumbers;
  /** Claims one of the places for raw streaming connections; false when none is left. */
  readonly claimStreaming: () => boolean;
}

const refusals: Readonly<Record<number, string>> = {
  [selector.streaming]: 'too many streaming connections',
  [selector.tls]: 'tls is not enabled on this agent',
  [selector.raft]: 'this agent keeps its state in an engine, not in raft',
};

export class RpcConnection {
  readonly #options: RpcConnectionOptions;
  readonly #dependencies: RpcConnectionDependencies;
  readonly #serving: ServeDependencies;
  readonly #budget: ByteBudget;
  readonly #remoteAddress: string;
  readonly #firstByteTimer: Timer;
  #session: YamuxSession | undefined;
  #boundNode: string | undefined;
  #unbind: (() => void) | undefined;

  constructor(options: RpcConnectionOptions, dependencies: RpcConnectionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { router, clock, log, metrics, transport } = dependencies;
    this.#serving = { router, clock, log, metrics, running: new CallCounter(options.maxRunningCalls) };
    this.#budget = new ByteBudget(options.messages.maxPendingBytes);
    this.#remoteAddress = dependencies.remoteAddress;
    this.#firstByteTimer = clock.after(
      options.handshakeTimeoutMs,
      () => this.#reject('no first byte in time'),
      {
        unref: true,
      },
    );
    transport.on('error', (error) =>
      log.debug('rpc connection failed', { remote: this.#remoteAddress, error }),
    );
    transport.on('close', () => this.#closed());
    transport.on('readable', this.#onReadable);
    transport.on('end', this.#onSilentEnd);
  }

  /** Takes no new streams; what runs may end. */
  drain(): void {
    this.#session?.goAway();
  }

  /** Handlers that run for this connection; 0 when it can be closed without harm. */
  get busy(): number {
    return this.#serving.running.running;
  }

  destroy(): void {
    this.#session?.close();
    this.#dependencies.transport.destroy();
  }

  readonly #onReadable = (): void => {
    const { transport } = this.#dependencies;
    const first: unknown = transport.read(1);
    if (!(first instanceof Buffer)) return;
    this.#firstByteTimer.cancel();
    transport.removeListener('readable', this.#onReadable);
    transport.removeListener('end', this.#onSilentEnd);
    this.#dispatch(first[0] ?? -1);
  };

  /** The peer left without a first byte. */
  readonly #onSilentEnd = (): void => this.destroy();

  #dispatch(byte: number): void {
    if (byte === selector.multiplexV2) this.#multiplex('first-byte');
    else if (byte === selector.multiplex) this.#multiplex('calls');
    else if (byte === selector.rpc) this.#serve('calls');
    else if (byte === selector.streaming && this.#dependencies.claimStreaming()) this.#serve('streaming');
    else this.#reject(refusals[byte] ?? `unknown protocol byte ${byte}`);
  }

  #serve(carries: 'calls' | 'streaming'): void {
    const { transport, tasks } = this.#dependencies;
    tasks.run('serve rpc connection', async () => {
      await serveStream(this.#incoming(transport, carries), this.#serving);
    });
  }

  #multiplex(carries: 'calls' | 'first-byte'): void {
    const { transport, clock, log } = this.#dependencies;
    this.#session = new YamuxSession(
      { role: 'server', limits: this.#options.yamux },
      { transport: transport, clock, log, onStream: (stream) => this.#serveStream(stream, carries) },
    );
  }

  #serveStream(stream: YamuxStream, carries: 'calls' | 'first-byte'): void {
    this.#dependencies.tasks.run('serve rpc stream', async () => {
      const outcome = await serveStream(this.#incoming(stream, carries), this.#serving);
      if (outcome === 'unknown') this.#reject('unknown protocol byte on a stream');
    });
  }

  #incoming(stream: Duplex, carries: IncomingStream['carries']): IncomingStream {
    return {
      stream,
      carries,
      from: {
        origin: 'network' satisfies RpcContext['origin'],
        remoteAddress: this.#remoteAddress,
        bindNode: (nodeId) => this.#bind(nodeId),
      },
      limits: this.#options.messages,
      budget: this.#budget,
    };
  }

  /** The first node wins: a connection belongs to one agent. */
  #bind(nodeId: string): void {
    const { nodes, clock, numbers } = this.#dependencies;
    const session = this.#session;
    if (!nodes || !session || this.#boundNode !== undefined || nodeId === '') return;
    this.#boundNode = nodeId;
    const caller = new MuxConnection(
      { maxIdleStreams: 0, limits: this.#options.messages, hop: false },
      { session, clock, numbers },
    );
    this.#unbind = nodes.bind(nodeId, caller);
  }

  #reject(reason: string): void {
    const { log } = this.#dependencies;
    log.warn('rpc connection closed', { remote: this.#remoteAddress, reason });
    this.destroy();
  }

  #closed(): void {
    this.#firstByteTimer.cancel();
    this.#session?.close();
    this.#unbind?.();
    this.#unbind = undefined;
  }
}
