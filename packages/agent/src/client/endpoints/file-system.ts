// SPDX-License-Identifier: MPL-2.0
// FileSystem.*: files and logs of the allocations on this node.

import {
  FileSystem_List,
  FileSystem_Logs,
  FileSystem_Stat,
  FileSystem_Stream,
  make,
  type RequestOf,
} from '@serai/api';
import { AppError, type Clock } from '#base';
import type { Router, RpcContext, RpcStream } from '#rpc';
import type { AllocRunner } from '../alloc-runner/alloc-runner.ts';
import { AllocFiles } from '../files/alloc-files.ts';
import { FileFollower } from '../files/file-follower.ts';
import { FrameWriter } from '../files/frame-writer.ts';
import { readLog } from '../files/log-reader.ts';
import type { Timed } from './timed.ts';

/** A quiet stream says so this often. */
export const heartbeatMs = 1_000;
/** Streams served at the same time; each holds a file and up to 64 KiB. */
export const maxFileStreams = 256;

export interface FileSystemDependencies {
  readonly clock: Clock;
  readonly timed: Timed;
  readonly runner: (allocId: string) => AllocRunner;
}

export class FileSystemEndpoint {
  readonly #clock: Clock;
  readonly #runner: (allocId: string) => AllocRunner;
  readonly #timed: Timed;
  #streams = 0;

  constructor(dependencies: FileSystemDependencies) {
    this.#clock = dependencies.clock;
    this.#runner = dependencies.runner;
    this.#timed = dependencies.timed;
  }

  register(router: Router): void {
    const timed = this.#timed;
    router
      .handle(FileSystem_List, ({ AllocID, Path }) =>
        timed('file_system.list', async () =>
          make(FileSystem_List.reply, { Files: await this.#files(AllocID).list(Path) }),
        ),
      )
      .handle(FileSystem_Stat, ({ AllocID, Path }) =>
        timed('file_system.stat', async () =>
          make(FileSystem_Stat.reply, { Info: await this.#files(AllocID).stat(Path) }),
        ),
      )
      .handleStream(FileSystem_Logs, (request, stream, context) =>
        timed('file_system.logs', () =>
          this.#limited(context, (signal) => this.#logs(request, stream, signal)),
        ),
      )
      .handleStream(FileSystem_Stream, (request, stream, context) =>
        timed('file_system.stream', () =>
          this.#limited(context, (signal) => this.#stream(request, stream, signal)),
        ),
      );
  }

  #files(allocId: string): AllocFiles {
    return new AllocFiles(this.#find(allocId).dir.path);
  }

  #find(allocId: string): AllocRunner {
    if (allocId === '') throw new AppError('invalid', 'must provide a valid alloc id');
    return this.#runner(allocId);
  }

  async #limited(context: RpcContext, serve: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#streams >= maxFileStreams)
      throw new AppError(
        'limit',
        `this client already serves ${maxFileStreams} file streams; try again later`,
      );
    this.#streams += 1;
    const { signal } = context;
    try {
      await serve(signal);
    } catch (error) {
      // the reader went away: nobody is left to tell
      if (!signal.aborted) throw error;
    } finally {
      this.#streams -= 1;
    }
  }

  async #logs(
    request: RequestOf<typeof FileSystem_Logs>,
    stream: RpcStream,
    signal: AbortSignal,
  ): Promise<void> {
    const runner = this.#find(request.AllocID);
    if (request.Task === '') throw new AppError('invalid', 'must provide task name');
    const type = request.LogType;
    if (type !== 'stdout' && type !== 'stderr')
      throw new AppError('invalid', 'must provide log type (stdout/stderr)');
    const task = runner.tasks.get(request.Task);
    if (!task) throw new AppError('invalid', `unknown task name "${request.Task}"`);
    if (!task.hasStarted)
      throw new AppError('not-found', `task "${request.Task}" not started yet. No logs available`);
    const options = {
      root: runner.dir.path,
      task: request.Task,
      type,
      origin: originOf(request.Origin),
      offset: request.Offset,
      follow: request.Follow,
    } as const;
    const writer = new FrameWriter(stream, request.PlainText);
    const beat = this.#heartbeat(writer);
    for await (const piece of readLog(options, this.#clock, signal)) {
      if (piece) await writer.write(piece);
      else await beat();
    }
  }

  async #stream(
    request: RequestOf<typeof FileSystem_Stream>,
    stream: RpcStream,
    signal: AbortSignal,
  ): Promise<void> {
    const files = this.#files(request.AllocID);
    if (request.Path === '') throw new AppError('invalid', 'must provide a file path');
    const origin = originOf(request.Origin);
    const file = await files.open(request.Path);
    const { size } = await file.stat();
    const from =
      origin === 'start' ? Math.max(0, request.Offset) : Math.max(0, size - Math.max(0, request.Offset));
    const follower = new FileFollower(file, from, this.#clock);
    const writer = new FrameWriter(stream, request.PlainText);
    const beat = this.#heartbeat(writer);
    let left = request.Limit > 0 ? request.Limit : Number.POSITIVE_INFINITY;
    try {
      while (!signal.aborted && left > 0) {
        const piece = await follower.next(left);
        if (piece.kind === 'data') {
          left -= piece.data.length;
          await writer.write({ data: piece.data, file: request.Path, offset: piece.offset });
        } else if (!request.Follow) return;
        else if (piece.kind === 'truncated')
          await writer.write({ file: request.Path, event: 'file truncated' });
        else if (piece.kind === 'deleted') {
          await writer.write({ file: request.Path, offset: follower.offset, event: 'file deleted' });
          return;
        } else {
          await beat();
          await follower.wait(signal);
        }
      }
    } finally {
      await follower.close();
    }
  }

  /** Called while there is nothing to send. */
  #heartbeat(writer: FrameWriter): () => Promise<void> {
    let lastMs = this.#clock.monotonicMs();
    return async () => {
      const nowMs = this.#clock.monotonicMs();
      if (nowMs - lastMs < heartbeatMs) return;
      lastMs = nowMs;
      await writer.heartbeat();
    };
  }
}

function originOf(text: string): 'start' | 'end' {
  if (text === '' || text === 'start') return 'start';
  if (text === 'end') return 'end';
  throw new AppError('invalid', 'origin must be start or end');
}
