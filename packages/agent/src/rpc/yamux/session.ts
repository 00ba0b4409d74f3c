// SPDX-License-Identifier: MPL-2.0
// Many streams over one connection. The dialler's streams have odd ids, the acceptor's even ones.

import type { Duplex } from 'node:stream';
import { AppError, type Clock, type Logger, type Timer } from '#base';
import { type FrameHeader, FrameParser, flag, frameType, goAwayCode } from './frame.ts';
import { KeepAlive } from './keep-alive.ts';
import { defaultYamuxLimits, type YamuxLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { type StreamHost, YamuxStream } from './stream.ts';

export interface YamuxOptions {
  /** client: we dialled. */
  readonly role: 'client' | 'server';
  readonly limits?: Partial<YamuxLimits>;
}

export interface YamuxDependencies {
  readonly transport: Duplex;
  readonly clock: Clock;
  readonly log: Logger;
  /** A stream the peer opened. */
  readonly onStream: (stream: YamuxStream) => void;
}

/** Streams are numbered in 32 bits and never reused; a session that ran out is replaced by a new one. */
const maxStreamId = 2 ** 32 - 1;
/** Time for a closing transport to take what was written. */
const closeGraceMs = 1_000;

export class YamuxSession {
  readonly #limits: YamuxLimits;
  readonly #dependencies: YamuxDependencies;
  readonly #parser: FrameParser;
  readonly #outbox: Outbox;
  readonly #keepAlive: KeepAlive;
  readonly #host: StreamHost;
  readonly #streams = new Map<number, YamuxStream>();
  /** Streams with a time limit on them: opened without acknowledgement, or half closed. */
  readonly #timers = new Map<number, Timer>();
  readonly #unacked = new Set<number>();
  #waitingOpens: (() => void)[] = [];
  readonly #peerParity: number;
  #nextId: number;
  #incoming = 0;
  #bufferedBytes = 0;
  /** Stream the body that is being read belongs to. */
  #bodyOf: YamuxStream | undefined;
  #weLeave = false;
  #peerLeaves = false;
  #ended: AppError | undefined;
  readonly #onEnd: ((reason: AppError) => void)[] = [];

  constructor(options: YamuxOptions, dependencies: YamuxDependencies) {
    this.#limits = { ...defaultYamuxLimits, ...options.limits };
    this.#dependencies = dependencies;
    this.#nextId = options.role === 'client' ? 1 : 2;
    this.#peerParity = options.role === 'client' ? 0 : 1;
    this.#parser = new FrameParser({
      header: (header) => this.#onHeader(header),
      body: (piece) => this.#bodyOf?.receive(piece),
      frameEnd: (header) => this.#onFrameEnd(header),
    });
    const { transport, clock } = dependencies;
    this.#outbox = new Outbox({
      transport,
      clock,
      writeTimeoutMs: this.#limits.writeTimeoutMs,
      stalled: () => this.#end('connection write timeout'),
    });
    this.#keepAlive = new KeepAlive(this.#limits, {
      clock,
      send: (id) => this.#control({ type: frameType.ping, flags: flag.syn, streamId: 0, length: id }),
      dead: () => this.#end('keepalive timeout'),
    });
    this.#host = this.#createHost();
    transport.on('data', (chunk: Buffer) => this.#onBytes(chunk));
    transport.resume();
    transport.on('end', () => this.#end('EOF'));
    transport.on('close', () => this.#end('EOF'));
    transport.on('error', (error: Error) => this.#end(error.message));
  }

  /** Calls once, with the reason, when the session is over; at once when it is. */
  whenClosed(callback: (reason: AppError) => void): void {
    if (this.#ended) callback(this.#ended);
    else this.#onEnd.push(callback);
  }

  /** False once either side has said that it takes no new streams. */
  get usable(): boolean {
    return !this.#ended && !this.#peerLeaves && !this.#weLeave;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** A new stream; waits while too many are unacknowledged. */
  async open(): Promise<YamuxStream> {
    while (this.usable && this.#unacked.size >= this.#limits.maxUnackedOpens) {
      await new Promise<void>((resolve) => this.#waitingOpens.push(resolve));
    }
    if (this.#ended) throw this.#ended;
    if (!this.usable) throw new AppError('unavailable', 'session shutdown');
    if (this.#nextId > maxStreamId) throw new AppError('unavailable', 'streams exhausted');
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new YamuxStream(id, this.#host);
    this.#streams.set(id, stream);
    this.#unacked.add(id);
    this.#setTimer(id, this.#limits.openTimeoutMs, () => this.#end('stream open timeout'));
    this.#send({ type: frameType.windowUpdate, flags: flag.syn, streamId: id, length: 0 });
    return stream;
  }

  /** Tells the peer to open nothing new; what is open goes on. */
  goAway(): void {
    if (this.#weLeave || this.#ended) return;
    this.#weLeave = true;
    this.#control({ type: frameType.goAway, flags: 0, streamId: 0, length: goAwayCode.normal });
  }

  /** Ends everything now. */
  close(): void {
    this.#end('session shutdown');
  }

  #createHost(): StreamHost {
    return {
      windowBytes: this.#limits.windowBytes,
      maxFrameBytes: this.#limits.maxFrameBytes,
      send: (header, body) => this.#send(header, body),
      writable: () => this.#outbox.writable,
      waitForDrain: (callback) => this.#outbox.waitForDrain(callback),
      buffered: (change) => {
        this.#bufferedBytes += change;
        return change <= 0 || this.#bufferedBytes <= this.#limits.maxBufferedBytes;
      },
      startClosing: (stream) => {
        const timedOut = new AppError('timeout', 'stream close timeout');
        this.#acknowledged(stream.id);
        this.#setTimer(stream.id, this.#limits.closeTimeoutMs, () => stream.reset(timedOut));
      },
      forget: (stream) => this.#forget(stream.id),
    };
  }

  #onBytes(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      this.#parser.push(chunk);
    } catch (error) {
      this.#protocolError(AppError.from(error).message);
    }
  }

  #onHeader(header: FrameHeader): void {
    this.#bodyOf = undefined;
    if (this.#ended) return;
    if (header.type === frameType.ping) this.#onPing(header);
    else if (header.type === frameType.goAway) this.#onGoAway(header.length);
    else this.#onStreamHeader(header);
  }

  #onStreamHeader(header: FrameHeader): void {
    const id = header.streamId;
    if (header.flags & flag.syn && !this.#onSyn(id)) return;
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (header.flags & flag.ack) this.#acknowledged(id);
    if (header.type === frameType.windowUpdate) {
      if (header.length > 0) stream.grow(header.length);
      return;
    }
    if (stream.reserve(header.length)) this.#bodyOf = stream;
    else this.#protocolError('receive window exceeded', { stream: id });
  }

  #onFrameEnd(header: FrameHeader): void {
    this.#bodyOf = undefined;
    if (header.type > frameType.windowUpdate || this.#ended) return;
    const stream = this.#streams.get(header.streamId);
    if (header.flags & flag.rst) stream?.remoteReset();
    else if (header.flags & flag.fin) stream?.remoteFin();
  }

  /** True when the stream exists afterwards. */
  #onSyn(id: number): boolean {
    if (id === 0 || id % 2 !== this.#peerParity || this.#streams.has(id)) {
      this.#protocolError('stream id not valid or in use', { stream: id });
      return false;
    }
    if (this.#weLeave || this.#incoming >= this.#limits.maxIncomingStreams) {
      if (!this.#weLeave) this.#dependencies.log.warn('stream limit reached', { limit: this.#incoming });
      this.#control({ type: frameType.windowUpdate, flags: flag.rst, streamId: id, length: 0 });
      return false;
    }
    const stream = new YamuxStream(id, this.#host);
    this.#streams.set(id, stream);
    this.#incoming += 1;
    this.#control({ type: frameType.windowUpdate, flags: flag.ack, streamId: id, length: 0 });
    this.#dependencies.onStream(stream);
    return true;
  }

  #onPing(header: FrameHeader): void {
    if (header.flags & flag.syn) this.#control({ ...header, flags: flag.ack, streamId: 0 });
    else if (header.flags & flag.ack) this.#keepAlive.answered(header.length);
  }

  #onGoAway(code: number): void {
    this.#peerLeaves = true;
    this.#wakeOpens();
    if (code === goAwayCode.protocolError) this.#end('yamux protocol error');
    else if (code === goAwayCode.internalError) this.#end('remote yamux internal error');
  }

  #acknowledged(id: number): void {
    if (!this.#unacked.delete(id)) return;
    this.#clearTimer(id);
    this.#wakeOpens();
  }

  #forget(id: number): void {
    this.#acknowledged(id);
    this.#clearTimer(id);
    if (this.#streams.delete(id) && id % 2 === this.#peerParity) this.#incoming -= 1;
  }

  #wakeOpens(): void {
    const waiting = this.#waitingOpens;
    this.#waitingOpens = [];
    for (const wake of waiting) wake();
  }

  #setTimer(id: number, delayMs: number, callback: () => void): void {
    this.#clearTimer(id);
    this.#timers.set(id, this.#dependencies.clock.after(delayMs, callback, { unref: true }));
  }

  #clearTimer(id: number): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }

  /** A frame of the session's own making: a peer that makes us write them must also read them. */
  #control(header: FrameHeader): void {
    if (this.#outbox.unsentBytes > this.#limits.maxUnsentBytes && !this.#outbox.writable) {
      this.#end('peer does not read');
      return;
    }
    this.#send(header);
  }

  #send(header: FrameHeader, body?: Buffer): void {
    if (!this.#ended) this.#outbox.send(header, body);
  }

  #protocolError(message: string, fields: Record<string, unknown> = {}): void {
    if (this.#ended) return;
    this.#dependencies.log.warn('yamux protocol error', { reason: message, ...fields });
    this.#send({ type: frameType.goAway, flags: 0, streamId: 0, length: goAwayCode.protocolError });
    this.#end(message);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    const error = new AppError('unavailable', reason);
    this.#ended = error;
    this.#keepAlive.stop();
    this.#outbox.stop();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#unacked.clear();
    this.#wakeOpens();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.abandon(error);
    this.#closeTransport();
    for (const callback of this.#onEnd) callback(error);
  }

  /** Lets the last frame (a go away) leave, but does not wait for long. */
  #closeTransport(): void {
    const { transport, clock } = this.#dependencies;
    if (transport.destroyed) return;
    const timer = clock.after(closeGraceMs, () => transport.destroy(), { unref: true });
    transport.once('close', () => timer.cancel());
    transport.end(() => transport.destroy());
  }
}
