// SPDX-License-Identifier: MPL-2.0
// What a handler is told about the call it serves.

import type { ReplyOf, RequestOf, RpcMethod, StreamMethod } from '@serai/api';
import type { RpcStream } from './caller.ts';

export interface RpcContext {
  /** How the call came in: over a socket, from inside this process, or from a server over our own connection. */
  readonly origin: 'network' | 'local' | 'reverse';
  /** IP address of the other end; "" for local calls. */
  readonly remoteAddress: string;
  /** Aborted when the caller gave up, its connection broke or the server stops. */
  readonly signal: AbortSignal;
  /** Says that this node is at the other end, so that it can be called back. The first node of a connection wins. */
  bindNode(nodeId: string): void;
}

export type Handler<M extends RpcMethod> = (
  args: RequestOf<M>,
  context: RpcContext,
) => Promise<ReplyOf<M>> | ReplyOf<M>;

/** The stream closes when the promise settles; a rejection reaches the caller as the method's error frame. */
export type StreamHandler<M extends StreamMethod> = (
  args: RequestOf<M>,
  stream: RpcStream,
  context: RpcContext,
) => Promise<void>;
