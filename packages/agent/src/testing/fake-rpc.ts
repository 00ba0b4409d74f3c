// SPDX-License-Identifier: MPL-2.0
// An RpcCaller whose answers a test writes down. Without one a call is answered with the reply's zero value.

import { type ReplyOf, type RequestOf, type RpcMethod, type StreamMethod, zero } from '@serai/api';
import { AppError } from '#base';
import type { CallOptions, RpcCaller, RpcStream } from '#rpc';

export interface RecordedCall {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal | undefined;
}

type Answer = (args: never, options: CallOptions | undefined) => unknown;

export class FakeRpc implements RpcCaller {
  readonly calls: RecordedCall[] = [];
  readonly streams: FakeRpcStream[] = [];
  readonly #answers = new Map<string, Answer>();

  /** The function may throw, wait, or return the reply. */
  on<M extends RpcMethod>(
    method: M,
    answer: (args: RequestOf<M>, options: CallOptions | undefined) => ReplyOf<M> | Promise<ReplyOf<M>>,
  ): this {
    this.#answers.set(method.name, answer as Answer);
    return this;
  }

  /** Frames that the callee sends; an endless stream: an iterable that waits. */
  onStream(method: StreamMethod, frames: (args: Record<string, unknown>) => AsyncIterable<unknown>): this {
    this.#answers.set(method.name, frames as Answer);
    return this;
  }

  /** Arguments of the latest call of this method. */
  last(method: RpcMethod | StreamMethod): Readonly<Record<string, unknown>> {
    const call = this.calls.findLast((recorded) => recorded.method === method.name);
    if (!call) throw new Error(`${method.name} was not called`);
    return call.args;
  }

  async call<M extends RpcMethod>(method: M, args: RequestOf<M>, options?: CallOptions): Promise<ReplyOf<M>> {
    this.#record(method.name, args, options?.signal);
    const answer = this.#answers.get(method.name);
    if (!answer) return zero(method.reply) as ReplyOf<M>;
    return (await answer(args as never, options)) as ReplyOf<M>;
  }

  async stream(
    method: StreamMethod,
    args: Record<string, unknown>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RpcStream> {
    this.#record(method.name, args, options?.signal);
    const answer = this.#answers.get(method.name);
    const frames = answer ? ((await answer(args as never, undefined)) as AsyncIterable<unknown>) : noFrames();
    const stream = new FakeRpcStream(frames);
    this.streams.push(stream);
    return stream;
  }

  #record(method: string, args: unknown, signal: AbortSignal | undefined): void {
    this.calls.push({ method, args: args as Readonly<Record<string, unknown>>, signal });
  }
}

export class FakeRpcStream implements RpcStream {
  readonly sent: unknown[] = [];
  closed = false;
  readonly #frames: AsyncIterable<unknown>;

  constructor(frames: AsyncIterable<unknown>) {
    this.#frames = frames;
  }
  async send(frame: unknown): Promise<void> {
    if (this.closed) throw new AppError('canceled', 'stream closed by the other side');
    this.sent.push(frame);
  }
  frames(): AsyncIterable<unknown> {
    return this.#frames;
  }
  close(): void {
    this.closed = true;
  }
}

async function* noFrames(): AsyncGenerator<unknown> {}
