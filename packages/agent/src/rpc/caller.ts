// SPDX-License-Identifier: MPL-2.0
// How the rest of the agent sees RPC: a thing that can be called, whoever answers.

import type { ReplyOf, RequestOf, RpcMethod, StreamMethod } from '@serai/api';

export interface CallOptions {
  /** Aborting gives up: the call rejects with code `canceled` and the handler's own signal aborts. */
  readonly signal?: AbortSignal;
  /** Default: none, the call waits for the answer or for the end of the connection. */
  readonly timeoutMs?: number;
}

export interface RpcCaller {
  /** Rejects with an AppError only. */
  call<M extends RpcMethod>(method: M, args: RequestOf<M>, options?: CallOptions): Promise<ReplyOf<M>>;
  /** Opens a stream; rejects when the method is unknown or nobody can be reached. Later failures come as frames. */
  stream(
    method: StreamMethod,
    args: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RpcStream>;
}

/**
 * One side of an open stream. Frames are objects of the shapes declared with the method (Uint8Array for bytes); after
 * the first frame of a method with `rawTail` they are Uint8Array pieces.
 */
export interface RpcStream {
  /** Resolves when the other side has room for more; rejects with `canceled` once it is gone. */
  send(frame: unknown): Promise<void>;
  /** Ends when the other side has closed. To be iterated once; a caller that stops iterating closes the stream. */
  frames(): AsyncIterable<unknown>;
  /** Nothing more will be sent or read; may be called again. */
  close(): void;
}
