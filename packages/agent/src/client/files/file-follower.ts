// SPDX-License-Identifier: MPL-2.0
// Reads an open file piece by piece, and goes on as it grows.

import { type FSWatcher, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '#base';
import { Notifier } from '../alloc-runner/notifier.ts';

/** Most bytes in one piece, and so in memory per reader. */
export const maxPieceBytes = 64 * 1024;
/** How often a quiet file is looked at, for file systems that don't tell of changes. */
export const pollMs = 200;

export type FilePiece =
  /** `offset`: position after these bytes */
  | { readonly kind: 'data'; readonly data: Buffer; readonly offset: number }
  /** nothing new: `wait` before asking again */
  | { readonly kind: 'end' }
  /** shorter than what was read: goes on from its start */
  | { readonly kind: 'truncated' }
  /** has no name any more and was read to its end */
  | { readonly kind: 'deleted' };

export class FileFollower {
  readonly #file: FileHandle;
  readonly #clock: Clock;
  readonly #changed = new Notifier();
  #watcher: FSWatcher | undefined;
  #unwatchable = false;
  #offset: number;
  /** something changed since the last read */
  #dirty = false;

  constructor(file: FileHandle, offset: number, clock: Clock) {
    this.#file = file;
    this.#offset = offset;
    this.#clock = clock;
  }

  get offset(): number {
    return this.#offset;
  }

  async next(maxBytes = maxPieceBytes): Promise<FilePiece> {
    this.#dirty = false;
    const data = Buffer.allocUnsafe(Math.min(maxBytes, maxPieceBytes));
    const { bytesRead } = await this.#file.read(data, 0, data.length, this.#offset);
    if (bytesRead > 0) {
      this.#offset += bytesRead;
      return { kind: 'data', data: data.subarray(0, bytesRead), offset: this.#offset };
    }
    const { size, nlink } = await this.#file.stat();
    if (size < this.#offset) {
      this.#offset = 0;
      return { kind: 'truncated' };
    }
    return { kind: nlink === 0 ? 'deleted' : 'end' };
  }

  /** Resolves when there may be something new; rejects when aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#watcher && !this.#unwatchable) {
      // what was written before the watch stood is found by reading once more
      this.#watch();
      return;
    }
    if (this.#dirty) return;
    const end = new AbortController();
    const either = AbortSignal.any([signal, end.signal]);
    try {
      await Promise.race([this.#clock.sleep(pollMs, either), this.#changed.next(either)]);
    } finally {
      end.abort();
    }
  }

  async close(): Promise<void> {
    this.#watcher?.close();
    await this.#file.close();
  }

  /** Watches the open file itself, so that nothing put in its place is looked at. */
  #watch(): void {
    const changed = (): void => {
      this.#dirty = true;
      this.#changed.notify();
    };
    try {
      this.#watcher = watch(`/proc/self/fd/${this.#file.fd}`, { persistent: false }, changed);
      // out of watches, or the file went: the poll goes on
      this.#watcher.on('error', () => {});
    } catch {
      this.#watcher = undefined;
      this.#unwatchable = true;
    }
  }
}
