// SPDX-License-Identifier: MPL-2.0
// Reads a task's log across its rotated files, and follows it into those that come.

import { AppError, type Clock, SafeDir } from '#base';
import { FileFollower, type FilePiece } from './file-follower.ts';
import { findPosition, type LogFile, logFilesOf } from './log-files.ts';

export interface LogReaderOptions {
  /** directory of an allocation */
  readonly root: string;
  readonly task: string;
  readonly type: 'stdout' | 'stderr';
  readonly origin: 'start' | 'end';
  readonly offset: number;
  readonly follow: boolean;
}

export interface LogPiece {
  readonly data: Buffer;
  /** relative to the allocation's directory */
  readonly file: string;
  readonly offset: number;
}

const logDir = 'alloc/logs';

/** Yields undefined when there is nothing new for now, at most every poll: time for a heartbeat. */
export async function* readLog(
  options: LogReaderOptions,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<LogPiece | undefined> {
  const dir = new SafeDir(options.root);
  let position = findPosition(await listLogs(dir, options), options.origin, options.offset);
  while (!position && options.follow) {
    yield undefined;
    await clock.sleep(200, signal);
    position = findPosition(await listLogs(dir, options), options.origin, options.offset);
  }
  for (let at = position; at; ) {
    const { file } = at;
    yield* readOne({ dir, options, file, offset: at.offset, clock, signal });
    const next = (await listLogs(dir, options)).find((entry) => entry.index > file.index);
    at = next && { file: next, offset: 0 };
  }
}

interface OneFile {
  readonly dir: SafeDir;
  readonly options: LogReaderOptions;
  readonly file: LogFile;
  readonly offset: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Until its end, and when following until there is a newer file. */
async function* readOne(one: OneFile): AsyncGenerator<LogPiece | undefined> {
  const path = `${logDir}/${one.file.name}`;
  const handle = await one.dir.openRead(path).catch((error: unknown) => {
    // rotated away between listing and opening: go on with the next
    if (error instanceof AppError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (!handle) return;
  const follower = new FileFollower(handle, one.offset, one.clock);
  try {
    let rotated = false;
    while (!one.signal.aborted) {
      const piece: FilePiece = await follower.next();
      if (piece.kind === 'data') yield { data: piece.data, file: path, offset: piece.offset };
      else if (piece.kind === 'truncated') continue;
      // what was written between our last read and the rotation has been read now
      else if (rotated || piece.kind === 'deleted' || !one.options.follow) return;
      else {
        const files = await listLogs(one.dir, one.options);
        rotated = files.some((entry) => entry.index > one.file.index);
        if (rotated) continue;
        yield undefined;
        await follower.wait(one.signal);
      }
    }
  } finally {
    await follower.close();
  }
}

async function listLogs(dir: SafeDir, options: LogReaderOptions): Promise<LogFile[]> {
  return logFilesOf(await dir.list(logDir), options.task, options.type);
}
