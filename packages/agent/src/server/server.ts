// SPDX-License-Identifier: MPL-2.0
// A server: state, its write loop, the RPC endpoints, and the leader's duties while this server leads.

import { AppError, Lifecycle, type Logger, TaskSet } from '#base';
import { LocalCaller, NodeConnections, Router, type RpcCaller, RpcListener } from '#rpc';
import { StateStore, WriteLoop } from '#state';
import type { ServerContext } from './context.ts';
import { registerEndpoints } from './endpoints/register.ts';
import { EventBroker } from './events/event-broker.ts';
import { BlockedEvals } from './leader/blocked-evals.ts';
import { EvalBroker } from './leader/eval-broker.ts';
import { Heartbeats } from './leader/heartbeats.ts';
import { Leader } from './leader/leader.ts';
import type { ServerDependencies, ServerOptions } from './options.ts';

export class Server {
  readonly #options: ServerOptions;
  readonly #deps: ServerDependencies;
  readonly #log: Logger;
  readonly #parts: Lifecycle;
  readonly #tasks: TaskSet;
  readonly #context: ServerContext;
  readonly #leader: Leader;
  readonly #stopping = new AbortController();
  readonly router = new Router();
  readonly #listener: RpcListener;

  constructor(options: ServerOptions, deps: ServerDependencies) {
    this.#options = options;
    this.#deps = deps;
    this.#log = deps.log.child('server');
    this.#parts = new Lifecycle(this.#log);
    this.#tasks = new TaskSet(this.#log);
    this.#context = this.#makeContext();
    this.#leader = new Leader(this.#context);
    registerEndpoints(this.router, this.#context);
    this.#listener = new RpcListener(
      {
        host: options.rpcBind.host,
        port: options.rpcBind.port,
        handshakeTimeoutMs: options.limits.handshakeTimeoutMs,
        maxConnectionsPerClient: options.limits.maxConnsPerClient,
      },
      {
        router: this.router,
        nodes: this.#context.nodes,
        clock: deps.clock,
        log: this.#log.child('rpc'),
        metrics: deps.metrics,
      },
    );
  }

  /** Read access for the composition root: metrics, agent self, simulation. */
  get context(): ServerContext {
    return this.#context;
  }

  /** Resolves once this server leads and answers. What was started is stopped again when it fails. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { engine } = this.#deps;
    const { store, writes } = this.#context;
    this.#parts.onStop('engine', () => engine.close());
    await store.load(await engine.open());
    await this.#parts.start('write loop', writes);
    await this.#parts.start('rpc listener', this.#listener);
    const leads = Promise.withResolvers<void>();
    this.#tasks.run('leadership', (signal) => this.#followLeadership(signal, leads));
    this.#parts.onStop('leadership', () => this.#tasks.stop());
    this.#parts.onStop('leader', () => this.#leader.stop());
    await leads.promise;
  }

  /** Calls that wait for a change are answered with an error first. */
  async stop(): Promise<void> {
    this.#stopping.abort(new AppError('unavailable', 'this server is stopping'));
    this.#context.events?.close();
    await this.#parts.stop();
  }

  /** A caller for code in this process. `reverse` serves calls to the client that runs here too. */
  localCaller(options: { reverse?: RpcCaller } = {}): LocalCaller {
    const { clock } = this.#deps;
    return new LocalCaller(options, {
      router: this.router,
      clock,
      log: this.#log,
      nodes: this.#context.nodes,
    });
  }

  async #followLeadership(signal: AbortSignal, leads: PromiseWithResolvers<void>): Promise<void> {
    try {
      for await (const role of this.#deps.engine.leadership(this.#options.serverId, signal)) {
        if (role === 'leader') {
          await this.#leader.establish();
          leads.resolve();
        } else {
          await this.#leader.stop();
        }
      }
    } catch (error) {
      leads.reject(AppError.from(error));
      throw error;
    }
  }

  #makeContext(): ServerContext {
    const options = this.#options;
    const { engine, clock, random, metrics } = this.#deps;
    const log = this.#log;
    const store = new StateStore({}, { clock });
    const events = options.events.enabled ? new EventBroker(options.events, { metrics }) : undefined;
    store.onCommit(({ index, operations, reset }) =>
      reset ? events?.reset() : events?.publish(index, operations),
    );
    return {
      options,
      engine,
      store,
      writes: new WriteLoop({}, { engine, store, clock, log: log.child('state'), metrics }),
      broker: new EvalBroker(options.evalBroker, { clock, random, metrics }),
      blocked: new BlockedEvals((evaluations) => this.#leader.onUnblock(evaluations)),
      heartbeats: new Heartbeats(options.heartbeat, {
        clock,
        random,
        onExpired: (nodeId) => this.#leader.onNodeSilent(nodeId),
      }),
      nodes: new NodeConnections({ clock, log: log.child('nodes') }),
      events,
      clock,
      random,
      log,
      metrics,
      rpcAddress: () => this.#rpcAddress(),
      isLeader: () => this.#leader.leading,
      stopping: this.#stopping.signal,
      collectAll: () => this.#leader.collectAll(),
    };
  }

  #rpcAddress(): string {
    const { host, port } = this.#options.rpcAdvertise;
    const shown = port === 0 ? (this.#listener.address.split(':').at(-1) ?? '') : port;
    return host.includes(':') ? `[${host}]:${shown}` : `${host}:${shown}`;
  }
}
