// SPDX-License-Identifier: MPL-2.0
// Calls inside one process: same handlers, same errors, no codec and no socket.

import { make, type ReplyOf, type RequestOf, type RpcMethod, type StreamMethod } from '@serai/api';
import { AppError, type Clock, type Logger, TaskSet } from '#base';
import type { CallOptions, RpcCaller, RpcStream } from '../caller.ts';
import type { RpcContext } from '../context.ts';
import { deadline } from '../deadline.ts';
import type { NodeConnections } from '../node-connections.ts';
import { explainUnknownStream, type Router } from '../router.ts';
import { runStreamHandler } from '../stream-failure.ts';
import { localStream } from './local-stream.ts';

export interface LocalCallerOptions {
  /** Where calls back to the node go that speaks through this caller: the router of the client in this process. */
  readonly reverse?: RpcCaller;
}

export interface LocalCallerDependencies {
  readonly router: Router;
  readonly clock: Clock;
  readonly log: Logger;
  /** The server's registry; without it `bindNode` does nothing. */
  readonly nodes?: NodeConnections;
}

export class LocalCaller implements RpcCaller {
  readonly #reverse: RpcCaller | undefined;
  readonly #dependencies: LocalCallerDependencies;
  readonly #streams: TaskSet;
  #boundNode: string | undefined;
  #unbind: (() => void) | undefined;

  constructor(options: LocalCallerOptions, dependencies: LocalCallerDependencies) {
    this.#reverse = options.reverse;
    this.#dependencies = dependencies;
    this.#streams = new TaskSet(dependencies.log);
  }

  async call<M extends RpcMethod>(method: M, args: RequestOf<M>, options?: CallOptions): Promise<ReplyOf<M>> {
    const { router, clock } = this.#dependencies;
    const route = router.find(method.name);
    if (!route) throw new AppError('unsupported', router.explainUnknown(method.name));
    const limit = deadline(clock, options, method.name);
    try {
      limit.signal.throwIfAborted();
      const reply = route.handler(args, this.#context(limit.signal));
      return (await limit.race(reply)) as ReplyOf<M>;
    } catch (error) {
      throw AppError.from(error);
    } finally {
      limit.done();
    }
  }

  async stream(
    method: StreamMethod,
    args: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RpcStream> {
    const route = this.#dependencies.router.findStream(method.name);
    if (!route) throw new AppError('unsupported', explainUnknownStream(method.name));
    if (options?.signal?.aborted) throw new AppError('canceled', `${method.name}: canceled by the caller`);
    const { caller, callee, callerGone } = localStream();
    options?.signal?.addEventListener('abort', () => caller.close(), { once: true, signal: callerGone });
    const full = make(method.request, args);
    this.#streams.run(method.name, async (stopping) => {
      const signal = AbortSignal.any([callerGone, stopping]);
      await runStreamHandler(route, { args: full, stream: callee, context: this.#context(signal) });
    });
    return caller;
  }

  /** Ends the open streams and takes back the binding of the node. */
  async stop(): Promise<void> {
    this.#unbind?.();
    this.#unbind = undefined;
    await this.#streams.stop();
  }

  #context(signal: AbortSignal): RpcContext {
    return { origin: 'local', remoteAddress: '', signal, bindNode: (nodeId) => this.#bind(nodeId) };
  }

  #bind(nodeId: string): void {
    const { nodes } = this.#dependencies;
    if (!nodes || !this.#reverse || this.#boundNode !== undefined) return;
    this.#boundNode = nodeId;
    this.#unbind = nodes.bind(nodeId, this.#reverse);
  }
}
