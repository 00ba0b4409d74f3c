// SPDX-License-Identifier: MPL-2.0
// Log file of the agent with rotation by size and age: `serai.log` is written, closed ones are `serai-<unix ns>.log`.

import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { type Clock, formatJson, formatText, type LogEntry, type LogSink } from '#base';

export interface LogFileOptions {
  readonly path: string;
  readonly json: boolean;
  readonly rotateBytes: number;
  readonly rotateMs: number;
  readonly maxFiles: number;
}

export class LogFile {
  readonly #options: LogFileOptions;
  readonly #clock: Clock;
  #fd: number | undefined;
  #bytes = 0;
  #openedMs = 0;

  constructor(options: LogFileOptions, clock: Clock) {
    const isDirectory = options.path.endsWith('/');
    this.#options = isDirectory ? { ...options, path: join(options.path, 'serai.log') } : options;
    this.#clock = clock;
  }

  open(): void {
    const { path } = this.#options;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#fd = openSync(path, 'a', 0o600);
    this.#bytes = statSync(path).size;
    this.#openedMs = this.#clock.nowMs();
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** A full disk must not stop the agent: a line that can't be written is lost. */
  readonly sink: LogSink = (entry: LogEntry) => {
    const line = this.#options.json ? formatJson(entry) : formatText(entry).trimStart();
    try {
      this.#rotate(entry.timeMs);
      if (this.#fd !== undefined) this.#bytes += writeSync(this.#fd, line);
    } catch {
      this.close();
      this.#reopen();
    }
  };

  #reopen(): void {
    try {
      this.open();
    } catch {
      // Tried again with the next line.
    }
  }

  #rotate(nowMs: number): void {
    if (this.#fd === undefined) this.open();
    const { path, rotateBytes, rotateMs } = this.#options;
    const full = rotateBytes > 0 && this.#bytes >= rotateBytes;
    const old = rotateMs > 0 && nowMs - this.#openedMs >= rotateMs && this.#bytes > 0;
    if (!full && !old) return;
    this.close();
    const extension = extname(path);
    const stem = path.slice(0, path.length - extension.length);
    renameSync(path, `${stem}-${this.#clock.nowNs()}${extension}`);
    this.#removeOld();
    this.open();
  }

  #removeOld(): void {
    const { path, maxFiles } = this.#options;
    if (maxFiles === 0) return;
    const extension = extname(path);
    const stem = `${basename(path, extension)}-`;
    const closed = readdirSync(dirname(path))
      .filter((name) => name.startsWith(stem) && /^\d+$/.test(basename(name, extension).slice(stem.length)))
      .sort();
    const surplus = maxFiles < 0 ? closed.length : closed.length - maxFiles;
    for (const name of closed.slice(0, Math.max(0, surplus)))
      rmSync(join(dirname(path), name), { force: true });
  }
}
