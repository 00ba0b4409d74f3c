// SPDX-License-Identifier: MPL-2.0
// One yamux stream as a Node duplex. Writing waits for the peer's window and for the socket; reading gives the peer new
// window.

import { Duplex } from 'node:stream';
import { AppError } from '#base';
import { type FrameHeader, flag, frameType } from './frame.ts';

/** What a stream needs of its session. */
export interface StreamHost {
  readonly windowBytes: number;
  readonly maxFrameBytes: number;
  send(header: FrameHeader, body?: Buffer): void;
  /** False while the socket takes no more; then `waitForDrain` calls back once. */
  writable(): boolean;
  waitForDrain(callback: () => void): void;
  /** Received bytes of all streams that nobody has read yet changed by so many; false: over the limit. */
  buffered(change: number): boolean;
  /** Our half is closed; the peer has some time to close its own. */
  startClosing(stream: YamuxStream): void;
  /** Both halves are closed, or it was reset. */
  forget(stream: YamuxStream): void;
}

type Half = 'open' | 'closed';

export class YamuxStream extends Duplex {
  readonly id: number;
  readonly #host: StreamHost;
  #sendWindow: number;
  #receiveWindow: number;
  #local: Half = 'open';
  #remote: Half = 'open';
  /** The session knows nothing of it any more: no frames may be sent for it. */
  #detached = false;
  #reported = 0;
  #waiting = false;
  #pending: { chunk: Buffer; sent: number; done: () => void } | undefined;

  constructor(id: number, host: StreamHost) {
    super({ highWaterMark: host.windowBytes, allowHalfOpen: true });
    this.id = id;
    this.#host = host;
    this.#sendWindow = host.windowBytes;
    this.#receiveWindow = host.windowBytes;
    // A stream that breaks while nobody uses it must not end the process.
    this.on('error', () => {});
  }

  /** The peer can't send on it any more. */
  get remoteClosed(): boolean {
    return this.#remote === 'closed';
  }

  // Frames from the peer, called by the session.

  /** A data frame of this size begins. False: it is larger than the window that the peer has. */
  reserve(bytes: number): boolean {
    if (bytes > this.#receiveWindow) return false;
    this.#receiveWindow -= bytes;
    return true;
  }

  receive(piece: Buffer): void {
    if (this.destroyed || this.#remote === 'closed') return;
    this.push(piece);
    this.#consumed();
  }

  grow(bytes: number): void {
    this.#sendWindow += bytes;
    this.#pump();
  }

  remoteFin(): void {
    if (this.#remote === 'closed') return;
    this.#remote = 'closed';
    if (!this.destroyed) this.push(null);
    if (this.#local === 'closed') this.#detach();
  }

  remoteReset(): void {
    this.#detach();
    this.destroy(new AppError('unavailable', 'connection reset'));
  }

  /** The session is over. */
  abandon(error: AppError): void {
    this.#detached = true;
    this.destroy(error);
  }

  /** Ends both directions at once and tells the peer. */
  reset(error: AppError): void {
    this.destroy(error);
    // Destroyed before, with its half closed in peace: then the reset still has to be said.
    if (!this.#detached) this.#sendReset();
  }

  // Node's side.

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    this.#consumed();
    return chunk;
  }

  override _read(): void {
    // Data comes when the peer sends it; window is given back in #consumed.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.#detached || this.#local === 'closed') {
      done(new AppError('unavailable', 'stream closed'));
      return;
    }
    this.#pending = { chunk, sent: 0, done };
    this.#pump();
  }

  override _final(done: (error?: Error) => void): void {
    this.#closeLocal();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#detached) {
      if (error || this.#pending) this.#sendReset();
      else this.#closeLocal();
    }
    this.#pending = undefined;
    this.#host.buffered(-this.#reported);
    this.#reported = 0;
    done(error);
  }

  #pump(): void {
    while (this.#pending && !this.destroyed) {
      if (!this.#host.writable()) {
        this.#waitForDrain();
        return;
      }
      const { chunk, sent, done } = this.#pending;
      const size = Math.min(chunk.length - sent, this.#sendWindow, this.#host.maxFrameBytes);
      if (size === 0 && sent < chunk.length) return;
      if (size > 0) {
        this.#sendWindow -= size;
        this.#pending.sent += size;
        const header = { type: frameType.data, flags: 0, streamId: this.id, length: size };
        this.#host.send(header, chunk.subarray(sent, sent + size));
      }
      if (sent + size < chunk.length) continue;
      this.#pending = undefined;
      done();
    }
  }

  #waitForDrain(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#host.waitForDrain(() => {
      this.#waiting = false;
      this.#pump();
    });
  }

  /** Someone may have read: gives the peer new window once half of it is free. */
  #consumed(): void {
    if (this.destroyed) return;
    const held = this.readableLength;
    if (held !== this.#reported) {
      const fits = this.#host.buffered(held - this.#reported);
      this.#reported = held;
      if (!fits) {
        this.reset(new AppError('limit', 'too many unread bytes on this connection'));
        return;
      }
    }
    if (this.#remote === 'closed' || this.#detached) return;
    const { windowBytes } = this.#host;
    const free = windowBytes - held - this.#receiveWindow;
    if (free < windowBytes / 2) return;
    this.#receiveWindow += free;
    this.#update(0, free);
  }

  #closeLocal(): void {
    if (this.#local === 'closed' || this.#detached) return;
    this.#local = 'closed';
    this.#update(flag.fin, 0);
    if (this.#remote === 'closed') this.#detach();
    else this.#host.startClosing(this);
  }

  #sendReset(): void {
    this.#update(flag.rst, 0);
    this.#detach();
  }

  #update(flags: number, length: number): void {
    this.#host.send({ type: frameType.windowUpdate, flags, streamId: this.id, length });
  }

  #detach(): void {
    if (this.#detached) return;
    this.#detached = true;
    this.#host.forget(this);
  }
}
