// SPDX-License-Identifier: MPL-2.0
// A log of batches, appended to. Space is written ahead with zeros, so that a flush does not have to change the file's
// size: that makes an fdatasync about twice as fast on ext4.

import { AppError } from '#base';
import { encodeBatch } from '../change-codec.ts';
import type { Batch } from '../contract.ts';
import { encodeFrame, frameKind } from '../frame.ts';
import type { DiskFile } from './disk.ts';

/** Zeros written ahead at once. Larger: fewer pauses, more disk for an idle agent. */
const aheadBytes = 4 * 1024 * 1024;
/** Written again when less than this is left. */
const lowBytes = 1024 * 1024;

const zeros = Buffer.alloc(256 * 1024);

export interface LogFileOptions {
  readonly path: string;
  readonly from: number;
  readonly index: number;
  readonly end: number;
  readonly size: number;
}

export class LogFile {
  readonly path: string;
  /** the log holds the batches after this index */
  readonly from: number;
  readonly #file: DiskFile;
  #index: number;
  #end: number;
  #allocated: number;
  #extending: Promise<void> | undefined;
  /** after a failure: no new attempt before the log has grown to this */
  #extendNotBefore = 0;
  #broken: Error | undefined;

  constructor(file: DiskFile, options: LogFileOptions) {
    this.#file = file;
    this.path = options.path;
    this.from = options.from;
    this.#index = options.index;
    this.#end = options.end;
    this.#allocated = options.size;
  }

  /** Newest index in it. */
  get index(): number {
    return this.#index;
  }

  /** Bytes in use. */
  get end(): number {
    return this.#end;
  }

  /** Durable when it resolves. When it throws, the batch is not in the log. */
  async append(batch: Batch): Promise<void> {
    if (this.#broken) throw this.#refusal(this.#broken);
    const frame = encodeFrame(frameKind.batch, encodeBatch(batch.index, batch.changes));
    // What lies beyond #allocated belongs to the zeros while they are being written.
    if (this.#end + frame.length > this.#allocated) await this.#extending;
    try {
      await this.#file.write(frame, this.#end);
      await this.#file.sync();
    } catch (error) {
      await this.#rollBack(error as Error);
      throw writeError(this.path, error as NodeJS.ErrnoException);
    }
    this.#end += frame.length;
    this.#index = batch.index;
    this.#allocated = Math.max(this.#allocated, this.#end);
    if (this.#allocated - this.#end < lowBytes) this.#extend();
  }

  /** Marks the log as closed in order, and closes the file. */
  async close(options: { mark: boolean }): Promise<void> {
    await this.#extending;
    try {
      if (options.mark && !this.#broken) {
        await this.#file.write(encodeFrame(frameKind.closed, Buffer.alloc(0)), this.#end);
        await this.#file.sync();
      }
    } finally {
      await this.#file.close();
    }
  }

  /** Takes the failed batch out again: it was refused, so it must not come back at the next start. */
  async #rollBack(cause: Error): Promise<void> {
    try {
      await this.#extending;
      await this.#file.truncate(this.#end);
      await this.#file.sync();
      this.#allocated = this.#end;
    } catch {
      this.#broken = cause;
    }
  }

  #refusal(cause: Error): AppError {
    return new AppError(
      'unavailable',
      `state log "${this.path}" could not be repaired after a failed write (${cause.message}): no more writes are taken; fix the disk and restart the agent`,
      { cause },
    );
  }

  /** In the background; a full disk is found out by the next append that needs the space. */
  #extend(): void {
    if (this.#extending || this.#end < this.#extendNotBefore) return;
    const from = this.#allocated;
    this.#extending = this.#writeZeros(from, from + aheadBytes)
      .then(() => {
        this.#allocated = from + aheadBytes;
      })
      .catch(async () => {
        this.#extendNotBefore = this.#end + aheadBytes;
        await this.#file.truncate(from).catch(() => {});
      })
      .finally(() => {
        this.#extending = undefined;
      });
  }

  async #writeZeros(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += zeros.length) await this.#file.write(zeros, at);
  }
}

function writeError(path: string, error: NodeJS.ErrnoException): AppError {
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const why = full ? 'the disk is full: make room and try again' : error.message;
  return new AppError(
    'unavailable',
    `the write was refused, since state log "${path}" could not be written: ${why}`,
    {
      cause: error,
      context: { path, errno: error.code },
    },
  );
}
