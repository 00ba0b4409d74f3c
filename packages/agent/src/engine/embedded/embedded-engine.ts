// SPDX-License-Identifier: MPL-2.0
// The engine of a region with one server: a log of batches and now and then a checkpoint of all rows, in files.
// See docs/adr/0002-embedded-store.md for why it is not a database.

import { Readable } from 'node:stream';
import { AppError, type Logger, TaskSet } from '#base';
import { checkBatch } from '../batch-check.ts';
import { BatchFeed } from '../batch-feed.ts';
import type { Batch, CommitOutcome, CommittedBatch, Engine, Leadership, RowsAt } from '../contract.ts';
import { alwaysLeader } from '../leading.ts';
import { damagedSnapshot, decodeRowStream, encodeRowStream } from '../row-stream.ts';
import {
  checkFormat,
  checkpointName,
  corrupt,
  findDataFiles,
  formatFile,
  formatText,
  logName,
} from './data-directory.ts';
import { DirectoryLock } from './directory-lock.ts';
import { type Disk, type DiskFile, nodeDisk, replaceFile } from './disk.ts';
import { LogFile } from './log-file.ts';
import { type LogScan, scanLog } from './log-scan.ts';
import { openView, type ViewFiles, writeStream } from './state-view.ts';

export interface EmbeddedEngineOptions {
  /** Created with mode 0700. Used by nothing else. */
  readonly directory: string;
  /**
   * Log bytes after which all rows are written to a new checkpoint; the size of the last checkpoint if that is larger.
   * Larger: less writing, longer starts.
   */
  readonly checkpointBytes?: number;
}

export interface EmbeddedEngineDependencies {
  readonly log: Logger;
  readonly disk?: Disk;
}

const defaultCheckpointBytes = 64 * 1024 * 1024;

interface ClosedLog {
  readonly path: string;
  readonly from: number;
  readonly end: number;
}

/** Everything that exists while the engine is open. */
interface Opened {
  readonly lock: DirectoryLock;
  readonly feed: BatchFeed;
  /** index and size of the newest checkpoint */
  checkpoint: { readonly index: number; readonly bytes: number } | undefined;
  /** logs after the checkpoint that are complete */
  closedLogs: ClosedLog[];
  log: LogFile;
}

export class EmbeddedEngine implements Engine {
  readonly limits = { maxChanges: 10_000, maxBytes: 16 * 1024 * 1024 };
  readonly #directory: string;
  readonly #checkpointBytes: number;
  readonly #disk: Disk;
  readonly #log: Logger;
  readonly #tasks: TaskSet;
  readonly #ended = new AbortController();
  #opened: Opened | undefined;
  /** commits, rotations and restores, one after another */
  #queue: Promise<void> = Promise.resolve();
  #checkpointing = false;
  /** after a failed checkpoint: no new attempt before the log has grown to this */
  #checkpointNotBefore = 0;

  constructor(options: EmbeddedEngineOptions, dependencies: EmbeddedEngineDependencies) {
    this.#directory = options.directory;
    this.#checkpointBytes = options.checkpointBytes ?? defaultCheckpointBytes;
    this.#disk = dependencies.disk ?? nodeDisk;
    this.#log = dependencies.log;
    this.#tasks = new TaskSet(dependencies.log);
  }

  open(): Promise<RowsAt> {
    return this.#oneByOne(async () => {
      if (this.#ended.signal.aborted) throw closedError();
      this.#opened ??= await this.#openFiles();
      return openView(this.#disk, this.#files(this.#opened));
    });
  }

  commit(batch: Batch): Promise<CommitOutcome> {
    return this.#oneByOne(async () => {
      const opened = this.#mustBeOpen();
      checkBatch(batch, this.limits);
      if (batch.expect !== opened.log.index) return 'fenced';
      await opened.log.append(batch);
      opened.feed.push({ index: batch.index, changes: batch.changes });
      if (this.#wantsCheckpoint(opened)) this.#startCheckpoint();
      return 'committed';
    });
  }

  async *follow(from: number, signal?: AbortSignal): AsyncGenerator<CommittedBatch> {
    yield* this.#mustBeOpen().feed.follow(from, signal);
  }

  async committedIndex(): Promise<number> {
    return this.#mustBeOpen().log.index;
  }

  leadership(_candidate: string, signal?: AbortSignal): AsyncIterable<Leadership> {
    return alwaysLeader(this.#ended.signal, signal);
  }

  snapshot(): Readable {
    const { disk, files } = { disk: this.#disk, files: (): ViewFiles => this.#files(this.#mustBeOpen()) };
    const view = this.#oneByOne(() => openView(disk, files()));
    async function* bytes(): AsyncGenerator<Buffer> {
      const rowsAt = await view;
      try {
        yield* encodeRowStream(rowsAt);
      } finally {
        await rowsAt.discard();
      }
    }
    // An error before anybody reads is reported by the read.
    view.catch(() => {});
    const stream = Readable.from(bytes(), { objectMode: false });
    // A generator that never started has no finally.
    stream.once('close', () => {
      view.then((opened) => opened.discard()).catch(() => {});
    });
    return stream;
  }

  readSnapshot(from: Readable): Promise<RowsAt> {
    return decodeRowStream(from, damagedSnapshot);
  }

  restore(from: Readable): Promise<void> {
    return this.#oneByOne(async () => {
      const opened = this.#mustBeOpen();
      const source = await this.readSnapshot(from);
      const index = Math.max(opened.log.index, source.index) + 1;
      const path = this.#path(checkpointName(index));
      await writeStream(this.#disk, `${path}.tmp`, encodeRowStream({ index, rows: source.rows }));
      // The log first: a checkpoint without one would look like a lost file.
      const log = await this.#createLog(index);
      try {
        await this.#disk.rename(`${path}.tmp`, path);
      } catch (error) {
        await log.close({ mark: false });
        await this.#disk.remove(this.#path(logName(index)));
        throw error;
      }
      await this.#disk.syncDirectory(this.#directory);
      await this.#replaceBy(opened, { index, log });
      opened.feed.push({ index, changes: [], reset: true });
    });
  }

  async close(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#tasks.stop();
    await this.#oneByOne(async () => {
      const opened = this.#opened;
      this.#opened = undefined;
      if (!opened) return;
      opened.feed.close();
      try {
        await opened.log.close({ mark: true });
      } finally {
        opened.lock.release();
      }
    });
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  #mustBeOpen(): Opened {
    if (!this.#opened || this.#ended.signal.aborted) throw closedError();
    return this.#opened;
  }

  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  async #openFiles(): Promise<Opened> {
    let lock: DirectoryLock | undefined;
    try {
      await this.#disk.makeDirectory(this.#directory);
      lock = await DirectoryLock.acquire(this.#disk, this.#directory);
      return await this.#openLocked(lock);
    } catch (error) {
      lock?.release();
      throw error instanceof AppError ? error : unusable(this.#directory, error as Error);
    }
  }

  async #openLocked(lock: DirectoryLock): Promise<Opened> {
    await checkFormat(this.#disk, this.#directory);
    const files = await findDataFiles(this.#disk, this.#directory);
    if (files.isNew) {
      const log = await this.#createLog(0);
      await replaceFile(this.#disk, this.#directory, formatFile, formatText);
      return { lock, feed: new BatchFeed(0), checkpoint: undefined, closedLogs: [], log };
    }
    const { closedLogs, log } = await this.#openLogs(files.logs);
    for (const name of files.leftovers) await this.#disk.remove(this.#path(name));
    const checkpoint = files.checkpoint === undefined ? undefined : await this.#sizeOf(files.checkpoint);
    return { lock, feed: new BatchFeed(log.index), checkpoint, closedLogs, log };
  }

  async #sizeOf(index: number): Promise<{ index: number; bytes: number }> {
    const file = await this.#disk.open(this.#path(checkpointName(index)), 'read');
    try {
      return { index, bytes: await file.size() };
    } finally {
      await file.close();
    }
  }

  /** Every log must go on where the one before it ended. */
  async #openLogs(starts: readonly number[]): Promise<{ closedLogs: ClosedLog[]; log: LogFile }> {
    const closedLogs: ClosedLog[] = [];
    for (const [at, from] of starts.entries()) {
      const path = this.#path(logName(from));
      const file = await this.#disk.open(path, 'write');
      try {
        const scan = await scanLog(file, { path, from });
        const next = starts[at + 1];
        if (next === undefined || (await this.#isUnfinishedRestore(next, scan.index))) {
          return { closedLogs, log: await this.#goOn(file, { path, from }, scan) };
        }
        if (scan.index !== next || scan.cutBytes > 0) {
          throw corrupt(path, `it ends at index ${scan.index}, not ${next}`);
        }
        closedLogs.push({ path, from, end: scan.end });
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
    }
    throw new AppError('internal', `no log in state directory "${this.#directory}"`);
  }

  /** Opens the newest log for writing, without what a crash left at its end. */
  async #goOn(file: DiskFile, log: { path: string; from: number }, scan: LogScan): Promise<LogFile> {
    const { index, end, cutBytes } = scan;
    if (cutBytes === 0) return new LogFile(file, { ...log, index, end, size: scan.size });
    this.#log.warn('dropped a write that was cut short before it was acknowledged', {
      path: log.path,
      bytes: cutBytes,
    });
    await file.truncate(end);
    await file.sync();
    return new LogFile(file, { ...log, index, end, size: end });
  }

  /** A restore that did not come to its end left an empty log behind. */
  async #isUnfinishedRestore(next: number, index: number): Promise<boolean> {
    if (next <= index) return false;
    const file = await this.#disk.open(this.#path(logName(next)), 'read');
    const size = await file.size();
    await file.close();
    if (size > 0) return false;
    await this.#disk.remove(this.#path(logName(next)));
    return true;
  }

  async #createLog(from: number): Promise<LogFile> {
    const path = this.#path(logName(from));
    await this.#disk.remove(path);
    const file = await this.#disk.open(path, 'create');
    await file.sync();
    await this.#disk.syncDirectory(this.#directory);
    return new LogFile(file, { path, from, index: from, end: 0, size: 0 });
  }

  #files(opened: Opened): ViewFiles {
    const { checkpoint, closedLogs, log } = opened;
    return {
      index: log.index,
      checkpoint: checkpoint && this.#path(checkpointName(checkpoint.index)),
      logs: [...closedLogs, { path: log.path, end: log.end }],
    };
  }

  #wantsCheckpoint({ checkpoint, log }: Opened): boolean {
    const threshold = Math.max(this.#checkpointBytes, checkpoint?.bytes ?? 0, this.#checkpointNotBefore);
    return !this.#checkpointing && log.end >= threshold;
  }

  #startCheckpoint(): void {
    this.#checkpointing = true;
    this.#tasks.run('checkpoint', async (signal) => {
      try {
        await this.#checkpoint(signal);
        this.#checkpointNotBefore = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#log.error('writing a checkpoint failed; the log grows meanwhile', { error });
        this.#checkpointNotBefore = (this.#opened?.log.end ?? 0) + this.#checkpointBytes;
      } finally {
        this.#checkpointing = false;
      }
    });
  }

  /** Commits go to a new log at once; the checkpoint is written beside them. */
  async #checkpoint(signal: AbortSignal): Promise<void> {
    const view = await this.#oneByOne(async () => {
      const opened = this.#mustBeOpen();
      const next = await this.#createLog(opened.log.index);
      const { log } = opened;
      opened.closedLogs = [...opened.closedLogs, { path: log.path, from: log.from, end: log.end }];
      opened.log = next;
      await log.close({ mark: true });
      return openView(this.#disk, { ...this.#files(opened), logs: opened.closedLogs });
    });
    const path = this.#path(checkpointName(view.index));
    try {
      await writeStream(this.#disk, `${path}.tmp`, untilAborted(encodeRowStream(view), signal));
    } finally {
      await view.discard();
    }
    await this.#oneByOne(async () => {
      const opened = this.#mustBeOpen();
      // A restore meanwhile made it worthless.
      if (opened.log.from !== view.index) {
        await this.#disk.remove(`${path}.tmp`);
        return;
      }
      await this.#disk.rename(`${path}.tmp`, path);
      await this.#disk.syncDirectory(this.#directory);
      await this.#dropOlder(opened, await this.#sizeOf(view.index));
    });
  }

  async #dropOlder(opened: Opened, checkpoint: { index: number; bytes: number }): Promise<void> {
    const old = opened.checkpoint;
    const logs = opened.closedLogs;
    opened.checkpoint = checkpoint;
    opened.closedLogs = [];
    for (const { path } of logs) await this.#disk.remove(path);
    if (old) await this.#disk.remove(this.#path(checkpointName(old.index)));
  }

  async #replaceBy(opened: Opened, next: { index: number; log: LogFile }): Promise<void> {
    const before = opened.log;
    opened.log = next.log;
    opened.closedLogs = [...opened.closedLogs, { path: before.path, from: before.from, end: before.end }];
    await before.close({ mark: false });
    await this.#dropOlder(opened, await this.#sizeOf(next.index));
  }
}

async function* untilAborted(chunks: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}

function unusable(directory: string, error: Error): AppError {
  return new AppError(
    'invalid',
    `state directory "${directory}" can't be used (${error.message}): check that it is a directory this user may write to`,
    { cause: error },
  );
}

function closedError(): AppError {
  return new AppError('unavailable', 'the state engine is not open');
}
