// SPDX-License-Identifier: MPL-2.0
// The caller's side of a stream that carries msgpack-RPC: one call after the other.

import type { Duplex } from 'node:stream';
import type { ReplyOf, RequestOf, RpcMethod } from '@serai/api';
import { AppError, decodeMsgpack, MsgpackError, MsgpackWriter, writeMsgpack } from '#base';
import type { MessageLimits } from '../limits.ts';
import { connectionError, connectionFailure, fromWireText } from '../wire-error.ts';
import { RequestHeader, ResponseHeader } from './envelope.ts';
import { ObjectReader, type WireObject } from './object-reader.ts';
import { send } from './send.ts';

/** After such an answer the other side closes the stream. */
const fatalAnswer = /^(rpc: |msgpack decode error)/;

export class CallChannel {
  readonly #stream: Duplex;
  readonly #reader: ObjectReader;
  readonly #hop: boolean;
  /** Written before the first request: the selector of the stream. */
  #prelude: Buffer | undefined;
  #broken = false;

  constructor(
    stream: Duplex,
    options: { readonly limits: MessageLimits; readonly prelude?: Buffer; readonly hop: boolean },
  ) {
    this.#stream = stream;
    this.#reader = new ObjectReader(stream, options.limits);
    this.#prelude = options.prelude;
    this.#hop = options.hop;
    this.#reader.whenEnded(() => this.close());
  }

  /** True when another call may follow. */
  get reusable(): boolean {
    return !this.#broken && !this.#stream.destroyed && this.#stream.writable;
  }

  async call<M extends RpcMethod>(
    method: M,
    args: RequestOf<M>,
    options: { readonly seq: number; readonly signal: AbortSignal },
  ): Promise<ReplyOf<M>> {
    const { seq, signal } = options;
    const onAbort = (): void => this.close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      const request = encodeRequest(method, args, { seq, prelude: this.#prelude });
      this.#prelude = undefined;
      await send(this.#stream, request);
      return await this.#answer(method, seq);
    } catch (error) {
      if (signal.aborted) throw AppError.from(signal.reason);
      throw this.#failed(error);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the stream: the handler of an unfinished call is aborted. */
  close(): void {
    this.#broken = true;
    if (this.#stream.destroyed) return;
    this.#stream.end();
    this.#stream.destroy();
  }

  async #answer<M extends RpcMethod>(method: M, seq: number): Promise<ReplyOf<M>> {
    const header = decodeMsgpack(ResponseHeader, ...bytesOf(await this.#object()));
    if (header.Seq !== seq) throw new AppError('internal', `answer ${header.Seq} to call ${seq}`);
    const body = await this.#object();
    if (header.Error !== '') {
      if (fatalAnswer.test(header.Error)) this.#broken = true;
      throw fromWireText(header.Error, { hop: this.#hop });
    }
    return decodeMsgpack(method.reply, ...bytesOf(body)) as ReplyOf<M>;
  }

  async #object(): Promise<WireObject> {
    const object = await this.#reader.next();
    if (!object) throw connectionError('lost', 'EOF');
    return object;
  }

  #failed(error: unknown): AppError {
    if (connectionFailure(error)) {
      this.close();
      const { message, cause } = error as AppError;
      return message.startsWith('rpc error: ')
        ? (error as AppError)
        : connectionError('lost', message, { cause });
    }
    if (error instanceof MsgpackError || !(error instanceof AppError) || error.message.startsWith('answer '))
      this.close();
    return AppError.from(error);
  }
}

function bytesOf(object: WireObject): [Buffer, { origin: number }] {
  return [object.bytes, { origin: object.origin }];
}

function encodeRequest<M extends RpcMethod>(
  method: M,
  args: RequestOf<M>,
  options: { seq: number; prelude: Buffer | undefined },
): Buffer {
  const writer = new MsgpackWriter();
  if (options.prelude) writer.encoded(options.prelude);
  writeMsgpack(writer, RequestHeader, { Seq: options.seq, ServiceMethod: method.name });
  writeMsgpack(writer, method.request, args);
  return writer.finish();
}
