// SPDX-License-Identifier: MPL-2.0
// Files and logs of an allocation.

import {
  FileSystem_List,
  FileSystem_Logs,
  FileSystem_Stat,
  FileSystem_Stream,
  type QueryOptions,
  type routes,
  type StreamMethod,
} from '@serai/api';
import { AppError } from '#base';
import { payloads } from '#rpc';
import type { Services } from '../doors.ts';
import type { HandlersOf } from '../request/call.ts';
import { jsonType, textType, untrustedHeaders } from '../response/headers.ts';
import { json, type Outcome } from '../response/outcome.ts';

export const fsHandlers: HandlersOf<typeof routes.fs> = {
  list: async (call) => {
    const args = { ...call.read(), AllocID: call.params.id, Path: call.query.path };
    return json((await call.services.rpc.call(FileSystem_List, args, call)).Files ?? []);
  },

  stat: async (call) => {
    const args = { ...call.read(), AllocID: call.params.id, Path: fileName(call.query.path) };
    return json((await call.services.rpc.call(FileSystem_Stat, args, call)).Info);
  },

  cat: (call) => readFile(call, { Path: fileName(call.query.path), Offset: 0, Limit: 0 }),

  readAt: (call) => {
    const { path, offset = 0, limit = 0 } = call.query;
    if (offset < 0) throw new AppError('invalid', 'offset must not be negative');
    if (limit < 0) throw new AppError('invalid', 'limit must not be negative');
    return readFile(call, { Path: fileName(path), Offset: offset, Limit: limit });
  },

  stream: (call) => {
    const { path, follow, offset = 0, origin } = call.query;
    const args = {
      ...common(call),
      Path: fileName(path),
      Offset: offset,
      Origin: checkOrigin(origin),
      PlainText: false,
      Limit: 0,
      Follow: follow,
    };
    return streamed(call, FileSystem_Stream, args);
  },

  logs: (call) => {
    const { task, type, follow, plain, offset = 0, origin } = call.query;
    if (task === undefined) throw new AppError('invalid', 'must provide task name');
    if (type !== 'stdout' && type !== 'stderr')
      throw new AppError('invalid', 'must provide log type (stdout/stderr)');
    const args = {
      ...common(call),
      Task: task,
      LogType: type,
      Offset: offset,
      Origin: checkOrigin(origin),
      PlainText: plain,
      Follow: follow,
    };
    return streamed(call, FileSystem_Logs, args);
  },
};

interface StreamCall {
  readonly params: { readonly id: string };
  readonly services: Services;
  readonly signal: AbortSignal;
  read(): QueryOptions;
}

function common(call: StreamCall): QueryOptions & { readonly AllocID: string } {
  return { ...call.read(), AllocID: call.params.id };
}

function readFile(
  call: StreamCall,
  part: { readonly Path: string; readonly Offset: number; readonly Limit: number },
): Promise<Outcome> {
  const args = { ...common(call), ...part, Origin: 'start', PlainText: true, Follow: false };
  return streamed(call, FileSystem_Stream, args);
}

async function streamed(
  call: StreamCall,
  method: StreamMethod,
  args: Readonly<Record<string, unknown>> & { readonly PlainText: boolean },
): Promise<Outcome> {
  const stream = await call.services.rpc.stream(method, args, { signal: call.signal });
  call.signal.addEventListener('abort', () => stream.close(), { once: true });
  // Tasks write these bytes: never let a browser take them for a page.
  return {
    kind: 'stream',
    source: closing(payloads(stream), () => stream.close()),
    contentType: args.PlainText ? textType : jsonType,
    headers: untrustedHeaders,
  };
}

async function* closing<T>(source: AsyncIterable<T>, close: () => void): AsyncGenerator<T> {
  try {
    yield* source;
  } finally {
    close();
  }
}

function fileName(path: string | undefined): string {
  if (path === undefined) throw new AppError('invalid', 'must provide a file name');
  return path;
}

function checkOrigin(origin: string): string {
  if (origin !== 'start' && origin !== 'end') throw new AppError('invalid', 'origin must be start or end');
  return origin;
}
