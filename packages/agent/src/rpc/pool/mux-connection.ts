// SPDX-License-Identifier: MPL-2.0
// Calling the other end of a version 2 multiplexed connection, from whichever side it was dialled.

import type { ReplyOf, RequestOf, RpcMethod, StreamMethod } from '@serai/api';
import { AppError, type Clock } from '#base';
import type { CallOptions, RpcCaller, RpcStream } from '../caller.ts';
import { deadline } from '../deadline.ts';
import { type MessageLimits, selector } from '../limits.ts';
import { CallChannel } from '../wire/call-channel.ts';
import { openStream } from '../wire/open-stream.ts';
import { connectionError } from '../wire-error.ts';
import type { YamuxSession } from '../yamux/session.ts';
import type { YamuxStream } from '../yamux/stream.ts';

export interface MuxConnectionOptions {
  /** Idle streams kept for the next call; the most recent is used first. */
  readonly maxIdleStreams: number;
  readonly limits: MessageLimits;
  /** Errors without a status get the pool's prefix. */
  readonly hop: boolean;
}

/** Numbers the calls of this process: one counter over all connections, as Go's client has it. */
export class CallNumbers {
  #next = 1;
  next(): number {
    return this.#next++;
  }
}

export class MuxConnection implements RpcCaller {
  readonly session: YamuxSession;
  readonly #options: MuxConnectionOptions;
  readonly #clock: Clock;
  readonly #numbers: CallNumbers;
  readonly #idle: CallChannel[] = [];

  constructor(
    options: MuxConnectionOptions,
    dependencies: { session: YamuxSession; clock: Clock; numbers: CallNumbers },
  ) {
    this.session = dependencies.session;
    this.#options = options;
    this.#clock = dependencies.clock;
    this.#numbers = dependencies.numbers;
  }

  /** Streams in use, in either direction. */
  get busyStreams(): number {
    return this.session.streamCount - this.#idle.filter((channel) => channel.reusable).length;
  }

  async call<M extends RpcMethod>(method: M, args: RequestOf<M>, options?: CallOptions): Promise<ReplyOf<M>> {
    const limit = deadline(this.#clock, options, method.name);
    try {
      limit.signal.throwIfAborted();
      const channel = this.#takeIdle() ?? (await limit.race(this.#openChannel()));
      try {
        return await channel.call(method, args, { seq: this.#numbers.next(), signal: limit.signal });
      } finally {
        this.#giveBack(channel);
      }
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
    const stream = await this.#open();
    return await openStream(
      stream,
      { method, args },
      {
        prelude: Buffer.from([selector.streaming]),
        limits: this.#options.limits,
        clock: this.#clock,
        signal: options?.signal,
      },
    );
  }

  async #open(): Promise<YamuxStream> {
    try {
      return await this.session.open();
    } catch (error) {
      // Nothing was sent for this call yet.
      throw connectionError('dial', AppError.from(error).message, { cause: error });
    }
  }

  async #openChannel(): Promise<CallChannel> {
    const stream = await this.#open();
    return new CallChannel(stream, {
      limits: this.#options.limits,
      prelude: Buffer.from([selector.rpc]),
      hop: this.#options.hop,
    });
  }

  #takeIdle(): CallChannel | undefined {
    for (let channel = this.#idle.pop(); channel; channel = this.#idle.pop()) {
      if (channel.reusable) return channel;
      channel.close();
    }
    return undefined;
  }

  #giveBack(channel: CallChannel): void {
    if (channel.reusable && this.#idle.length < this.#options.maxIdleStreams) this.#idle.push(channel);
    else channel.close();
  }
}
