// SPDX-License-Identifier: MPL-2.0
// A streaming call over a socket or a yamux stream: frames to bytes and back.

import type { Duplex } from 'node:stream';
import type { Schema, StreamMethod } from '@serai/api';
import { type Clock, decodeMsgpack, encodeMsgpack } from '#base';
import type { RpcStream } from '../caller.ts';
import { streamClosed } from '../local/frame-queue.ts';
import type { ObjectReader } from './object-reader.ts';
import { finish, send } from './send.ts';

export class WireStream implements RpcStream {
  readonly #stream: Duplex;
  readonly #reader: ObjectReader;
  readonly #clock: Clock;
  readonly #sends: Schema | undefined;
  readonly #receives: Schema | undefined;
  readonly #side: 'caller' | 'callee';
  readonly #rawTail: boolean;
  /** The other side has closed its half. A callee may still answer then. */
  readonly #gone: AbortSignal | undefined;
  #sentFirst = false;
  #closed = false;

  constructor(
    side: 'caller' | 'callee',
    method: StreamMethod,
    dependencies: { stream: Duplex; reader: ObjectReader; clock: Clock; gone?: AbortSignal },
  ) {
    this.#stream = dependencies.stream;
    this.#reader = dependencies.reader;
    this.#clock = dependencies.clock;
    this.#gone = dependencies.gone;
    this.#side = side;
    this.#sends = side === 'caller' ? method.send : method.receive;
    this.#receives = side === 'caller' ? method.receive : method.send;
    this.#rawTail = method.rawTail === true;
  }

  async send(frame: unknown): Promise<void> {
    if (this.#closed || (this.#side === 'caller' && this.#gone?.aborted)) throw streamClosed();
    const raw = this.#rawTail && this.#side === 'callee' && this.#sentFirst;
    this.#sentFirst = true;
    const bytes = raw ? Buffer.from(frame as Uint8Array) : this.#encode(frame);
    await send(this.#stream, bytes, this.#gone).catch(() => {
      throw streamClosed();
    });
  }

  async *frames(): AsyncGenerator<unknown> {
    try {
      yield* this.#read();
    } finally {
      // Whoever has read to the end of a call, or stopped reading, is done with it. A callee may still answer.
      if (this.#side === 'caller') this.close();
    }
  }

  async *#read(): AsyncGenerator<unknown> {
    for (let first = true; !this.#closed; first = false) {
      if (this.#rawTail && this.#side === 'caller' && !first) {
        yield* this.#reader.rest();
        return;
      }
      const object = await this.#reader.next();
      if (!object) return;
      if (this.#receives) yield decodeMsgpack(this.#receives, object.bytes, { origin: object.origin });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.discard();
    if (this.#side === 'callee') finish(this.#stream, this.#clock, this.#gone);
    else {
      this.#stream.end();
      this.#stream.destroy();
    }
  }

  #encode(frame: unknown): Buffer {
    if (!this.#sends) throw new Error('this side of the stream sends no frames');
    return encodeMsgpack(this.#sends, frame);
  }
}
