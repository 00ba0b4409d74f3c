// SPDX-License-Identifier: MPL-2.0
// Cuts a stream into msgpack objects. Keeps the stream flowing, so that its end is noticed while a handler runs, but
// holds it back when the peer sends ahead.

import type { Duplex } from 'node:stream';
import { AppError, MsgpackScanner } from '#base';
import type { MessageLimits } from '../limits.ts';
import type { ByteBudget } from './byte-budget.ts';

/** Bytes nobody asked for yet that are taken before the stream is held back. */
const readAheadBytes = 64 * 1024;

export interface WireObject {
  readonly bytes: Buffer;
  /** Position of the first byte in the stream. */
  readonly origin: number;
}

export class ObjectReader {
  readonly #stream: Duplex;
  readonly #scanner: MsgpackScanner;
  readonly #budget: ByteBudget | undefined;
  /** Not looked at yet. */
  readonly #inbox: Buffer[] = [];
  #inboxBytes = 0;
  #taken = 0;
  #position = 0;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #failure: AppError | undefined;
  #wake: (() => void) | undefined;
  #onEnd: (() => void) | undefined;
  #discarding = false;

  constructor(stream: Duplex, limits: MessageLimits, budget?: ByteBudget) {
    this.#stream = stream;
    this.#budget = budget;
    this.#scanner = new MsgpackScanner({ maxBytes: limits.maxMessageBytes, maxDepth: limits.maxDepth });
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('end', () => this.#finish('ended', undefined));
    stream.on('error', (error: Error) => this.#finish('failed', error));
    stream.on('close', () => this.#finish('failed', undefined));
    stream.resume();
  }

  /** Calls once when the peer has closed its half or the stream broke; at once when that has happened. */
  whenEnded(callback: () => void): void {
    if (this.#state === 'open') this.#onEnd = callback;
    else callback();
  }

  /** The next object; undefined when the stream ended before it began. */
  async next(): Promise<WireObject | undefined> {
    const origin = this.#position;
    const pieces: Buffer[] = [];
    for (;;) {
      const chunk = this.#inbox[0] ?? (await this.#arrival());
      if (!chunk) {
        if (pieces.length === 0) return undefined;
        throw new AppError('unavailable', 'EOF', { context: { connection: 'lost' } });
      }
      const end = this.#scanner.scan(chunk, 0);
      const piece = end < 0 ? chunk : chunk.subarray(0, end);
      this.#consume(chunk, piece.length);
      pieces.push(piece);
      if (end < 0) continue;
      const bytes = pieces.length === 1 ? piece : Buffer.concat(pieces);
      this.#release(bytes.length);
      return { bytes, origin };
    }
  }

  /** One byte that is no msgpack, and does not count in positions. */
  async byte(): Promise<number | undefined> {
    const chunk = this.#inbox[0] ?? (await this.#arrival());
    if (!chunk) return undefined;
    this.#consume(chunk, 1);
    this.#release(1);
    this.#position -= 1;
    return chunk[0];
  }

  /** Everything from here to the end of the stream, as it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#inbox[0] ?? (await this.#arrival());
      if (!chunk) return;
      this.#consume(chunk, chunk.length);
      this.#release(chunk.length);
      yield chunk;
    }
  }

  /** Nobody will read any more: what still comes is dropped. */
  discard(): void {
    this.#discarding = true;
    this.#inbox.length = 0;
    this.#inboxBytes = 0;
    this.#release(this.#taken);
    this.#stream.resume();
  }

  /** Waits for bytes; undefined at the end. Throws when the stream broke. */
  async #arrival(): Promise<Buffer | undefined> {
    while (this.#state === 'open' && this.#inbox.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const chunk = this.#inbox[0];
    if (chunk) return chunk;
    if (this.#failure) throw this.#failure;
    return undefined;
  }

  #take(chunk: Buffer): void {
    if (this.#discarding || chunk.length === 0) return;
    if (this.#budget && !this.#budget.take(chunk.length)) {
      this.#stream.destroy(new AppError('limit', 'too many bytes of incomplete messages on this connection'));
      return;
    }
    this.#taken += chunk.length;
    this.#inbox.push(chunk);
    this.#inboxBytes += chunk.length;
    if (this.#inboxBytes > readAheadBytes && !this.#wake) this.#stream.pause();
    this.#awake();
  }

  #consume(chunk: Buffer, bytes: number): void {
    this.#position += bytes;
    this.#inboxBytes -= bytes;
    if (bytes === chunk.length) this.#inbox.shift();
    else this.#inbox[0] = chunk.subarray(bytes);
    if (this.#inboxBytes <= readAheadBytes && this.#stream.isPaused()) this.#stream.resume();
  }

  #release(bytes: number): void {
    this.#taken -= bytes;
    this.#budget?.give(bytes);
  }

  #finish(state: 'ended' | 'failed', error: Error | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    if (state === 'failed') this.#failure = lost(error);
    this.#awake();
    this.#onEnd?.();
    if (this.#inbox.length === 0) this.#release(this.#taken);
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function lost(error: Error | undefined): AppError {
  if (error instanceof AppError && error.code === 'limit') return error;
  return new AppError('unavailable', error?.message ?? 'EOF', {
    context: { connection: 'lost' },
    cause: error,
  });
}
