// SPDX-License-Identifier: MPL-2.0
// Which connection leads to which node. A server never dials a client: it calls back over the connection on which the
// node has spoken.

import type { ReplyOf, RequestOf, RpcMethod, StreamMethod } from '@serai/api';
import { AppError, type Clock, type Logger } from '#base';
import type { CallOptions, RpcCaller, RpcStream } from './caller.ts';

interface Path {
  readonly caller: RpcCaller;
  readonly established: string;
}

export class NodeConnections {
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Newest last; a node that dialled again may still have its old connection for a while. */
  readonly #paths = new Map<string, Path[]>();

  constructor(dependencies: { clock: Clock; log: Logger }) {
    this.#clock = dependencies.clock;
    this.#log = dependencies.log;
  }

  /** Calls to the node go through this caller from now on. Returns the function that takes it back. */
  bind(nodeId: string, caller: RpcCaller): () => void {
    const path: Path = { caller, established: this.#clock.nowIso() };
    this.#paths.set(nodeId, [...(this.#paths.get(nodeId) ?? []), path]);
    this.#log.debug('node connection bound', { node_id: nodeId });
    return () => this.#remove(nodeId, path);
  }

  /** When the newest connection of the node was made (RFC 3339); undefined when there is none. */
  established(nodeId: string): string | undefined {
    return this.#paths.get(nodeId)?.at(-1)?.established;
  }

  /** Nodes with at least one connection. */
  nodeIds(): string[] {
    return [...this.#paths.keys()];
  }

  async callNode<M extends RpcMethod>(
    nodeId: string,
    method: M,
    args: RequestOf<M>,
    options?: CallOptions,
  ): Promise<ReplyOf<M>> {
    return await this.#newest(nodeId).call(method, args, options);
  }

  async streamNode(
    nodeId: string,
    method: StreamMethod,
    args: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RpcStream> {
    return await this.#newest(nodeId).stream(method, args, options);
  }

  #newest(nodeId: string): RpcCaller {
    const path = this.#paths.get(nodeId)?.at(-1);
    if (!path) throw new AppError('not-found', 'No path to node', { context: { nodeId } });
    return path.caller;
  }

  #remove(nodeId: string, path: Path): void {
    const left = (this.#paths.get(nodeId) ?? []).filter((other) => other !== path);
    if (left.length > 0) this.#paths.set(nodeId, left);
    else this.#paths.delete(nodeId);
  }
}
