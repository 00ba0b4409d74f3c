// SPDX-License-Identifier: MPL-2.0

import { type AllocFileInfo, routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import type { Flags } from '../../flags.ts';
import { formatAge, formatBytes, formatTime } from '../../output/format.ts';
import { formatList } from '../../output/ui.ts';
import { cutToLines } from '../../tail.ts';
import { jobFlag, targetAlloc } from './target.ts';

const defaultTailBytes = 10_000;
const bytesPerLine = 120;
const defaultTailLines = 10;

export const command: Command = {
  usage: 'alloc fs [options] <allocation> [path]',
  help: 'Lists a directory of an allocation, or prints a file of it. Without a path it lists the top.',
  flags: {
    ...verboseFlag,
    ...jobFlag,
    H: { kind: 'bool', help: 'Exact times and sizes in bytes instead of rounded ones.' },
    stat: { kind: 'bool', help: 'Facts about the file instead of its contents.' },
    f: { kind: 'bool', help: 'Follow: go on with what is appended, until interrupted.' },
    tail: { kind: 'bool', help: 'Start near the end of the file.' },
    n: { kind: 'int', default: -1, help: 'With -tail: the number of lines.' },
    c: { kind: 'int', default: -1, help: 'With -tail: the number of bytes.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length < 1 || args.length > 2) {
      throw new UsageError('this command takes one or two arguments: the allocation and a path in it');
    }
    const api = connect(context, flags);
    const alloc = await targetAlloc(api, flags, args[0] ?? '');
    const path = args[1] ?? '/';
    const of = { params: { id: alloc.ID }, query: { path } };
    const info = await api.client.value(routes.fs.stat, of);
    const shown = { flags, nowMs: context.clock.nowMs() };
    if (flags.bool('stat')) {
      context.ui.output(statText(info, shown));
    } else if (info.IsDir) {
      const files = (await api.client.value(routes.fs.list, of)) ?? [];
      context.ui.output(listText(files, shown));
    } else {
      await printFile({ api, context, flags, allocId: alloc.ID, path, size: info.Size });
    }
    return 0;
  },
};

interface Shown {
  readonly flags: Flags;
  readonly nowMs: number;
}

function size(file: AllocFileInfo, { flags }: Shown): string {
  return flags.bool('H') ? String(file.Size) : formatBytes(file.Size);
}

function modified(file: AllocFileInfo, { flags, nowMs }: Shown): string {
  const ms = Date.parse(file.ModTime);
  return flags.bool('H') ? formatTime(ms) : formatAge(ms, nowMs);
}

function statText(file: AllocFileInfo, shown: Shown): string {
  return formatList([
    ['Mode', 'Size', 'Modified Time', 'Content Type', 'Name'],
    [file.FileMode, size(file, shown), modified(file, shown), file.ContentType ?? '', file.Name],
  ]);
}

function listText(files: readonly AllocFileInfo[], shown: Shown): string {
  const rows = files
    .toSorted((a, b) => (a.Name < b.Name ? -1 : 1))
    .map((file) => [
      file.FileMode,
      size(file, shown),
      modified(file, shown),
      file.IsDir ? `${file.Name}/` : file.Name,
    ]);
  return formatList([['Mode', 'Size', 'Modified Time', 'Name'], ...rows]);
}

interface FileTarget {
  readonly api: Api;
  readonly context: CommandContext;
  readonly flags: Flags;
  readonly allocId: string;
  readonly path: string;
  /** bytes */
  readonly size: number;
}

async function printFile(target: FileTarget): Promise<void> {
  const { api, context, flags, path } = target;
  const params = { id: target.allocId };
  const start = await tailStart(target);
  const follow = flags.bool('f');
  if (follow) {
    const frames = api.client.frames(routes.fs.stream, {
      params,
      query: { path, follow: true, origin: 'start', offset: start },
      signal: context.signal,
    });
    try {
      for await (const frame of frames)
        if (frame.Data) await context.ui.write(Buffer.from(frame.Data, 'base64'));
    } catch (error) {
      if (!context.signal.aborted) throw error;
    }
    return;
  }
  const response =
    start === 0
      ? await api.client.open(routes.fs.cat, { params, query: { path }, signal: context.signal })
      : await api.client.open(routes.fs.readAt, {
          params,
          query: { path, offset: start, limit: target.size - start },
          signal: context.signal,
        });
  for await (const piece of response.chunks()) await context.ui.write(piece);
}

/** Position in the file at which the wanted tail begins. */
async function tailStart({ api, flags, allocId, path, size: total }: FileTarget): Promise<number> {
  if (!flags.bool('tail') && !flags.has('n') && !flags.has('c')) return 0;
  if (flags.int('c') >= 0) return Math.max(0, total - flags.int('c'));
  const lines = flags.int('n') >= 0 ? flags.int('n') : defaultTailLines;
  const offset = Math.max(0, total - Math.max(defaultTailBytes, lines * bytesPerLine));
  const response = await api.client.open(routes.fs.readAt, {
    params: { id: allocId },
    query: { path, offset, limit: total - offset },
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of response.chunks()) pieces.push(piece);
  const text = Buffer.concat(pieces);
  return offset + text.length - cutToLines(text, lines).length;
}
