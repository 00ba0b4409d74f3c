// SPDX-License-Identifier: MPL-2.0
// Writes frames to the transport: several of one turn in one system call, and a clock on a transport that takes nothing.

import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '#base';
import { encodeHeader, type FrameHeader, headerBytes } from './frame.ts';

/** Bodies up to this size are copied behind their header: cheaper than a second buffer. */
const copyBytes = 4096;

export class Outbox {
  readonly #transport: Duplex;
  readonly #clock: Clock;
  readonly #writeTimeoutMs: number;
  readonly #stalled: () => void;
  #corked = false;
  #full = false;
  #stallTimer: Timer | undefined;
  #waiting: (() => void)[] = [];

  constructor(dependencies: {
    transport: Duplex;
    clock: Clock;
    writeTimeoutMs: number;
    /** The transport took nothing for `writeTimeoutMs`. */
    stalled: () => void;
  }) {
    this.#transport = dependencies.transport;
    this.#clock = dependencies.clock;
    this.#writeTimeoutMs = dependencies.writeTimeoutMs;
    this.#stalled = dependencies.stalled;
    this.#transport.on('drain', () => this.#drained());
  }

  get writable(): boolean {
    return !this.#full;
  }

  /** Bytes handed to the transport that the system has not taken. */
  get unsentBytes(): number {
    return this.#transport.writableLength;
  }

  waitForDrain(callback: () => void): void {
    this.#waiting.push(callback);
  }

  send(header: FrameHeader, body?: Buffer): void {
    if (this.#transport.destroyed || this.#transport.writableEnded) return;
    this.#cork();
    if (!body) this.#write(encodeHeader(header));
    else if (body.length <= copyBytes) {
      const bytes = encodeHeader(header, body.length);
      body.copy(bytes, headerBytes);
      this.#write(bytes);
    } else {
      this.#write(encodeHeader(header));
      this.#write(body);
    }
  }

  stop(): void {
    this.#stallTimer?.cancel();
    this.#stallTimer = undefined;
    this.#waiting = [];
  }

  #write(bytes: Buffer): void {
    if (this.#transport.write(bytes) || this.#full) return;
    this.#full = true;
    this.#stallTimer = this.#clock.after(this.#writeTimeoutMs, this.#stalled, { unref: true });
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#transport.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#transport.uncork();
    });
  }

  #drained(): void {
    this.#full = false;
    this.#stallTimer?.cancel();
    this.#stallTimer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }
}
