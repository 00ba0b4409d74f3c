// SPDX-License-Identifier: MPL-2.0

import { type Allocation, routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { verboseFlag } from '../../common-flags.ts';
import { type Api, connect } from '../../connection/api.ts';
import type { Flags } from '../../flags.ts';
import { lastLines, type Window } from '../../tail.ts';
import { jobFlag, targetAlloc, targetTask, taskFlag } from './target.ts';

/** Bytes shown by -tail when nothing else is said, and bytes assumed per line for -n. */
const defaultTailBytes = 10_000;
const bytesPerLine = 120;
const defaultTailLines = 10;

export const command: Command = {
  usage: 'alloc logs [options] <allocation> [task]',
  help: `
Prints what a task wrote to its standard output, or with -stderr to its standard error. -f goes on with what it writes
from now on; when neither -stdout nor -stderr is given it then shows both.`,
  flags: {
    ...verboseFlag,
    ...taskFlag,
    ...jobFlag,
    f: { kind: 'bool', help: 'Follow: print new lines as they are written, until interrupted.' },
    tail: { kind: 'bool', help: 'Start near the end.' },
    n: { kind: 'int', default: -1, help: 'With -tail: the number of lines.' },
    c: { kind: 'int', default: -1, help: 'With -tail: the number of bytes.' },
    stderr: { kind: 'bool', help: 'Standard error.' },
    stdout: { kind: 'bool', help: 'Standard output.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length < 1 || args.length > 2) {
      throw new UsageError('this command takes one or two arguments: the allocation and its task');
    }
    const api = connect(context, flags);
    const alloc = await targetAlloc(api, flags, args[0] ?? '');
    const task = targetTask(alloc, args[1] ?? flags.text('task'));
    const shown = types(flags);
    // One of them is the result, whichever it is; both keep apart.
    const apart = shown.length > 1;
    await Promise.all(shown.map((type) => print({ api, context, flags, alloc, task, type, apart })));
    return 0;
  },
};

type LogType = 'stdout' | 'stderr';

function types(flags: Flags): LogType[] {
  const both = flags.bool('stdout') === flags.bool('stderr');
  if (both) return flags.bool('f') || flags.bool('stderr') ? ['stdout', 'stderr'] : ['stdout'];
  return [flags.bool('stderr') ? 'stderr' : 'stdout'];
}

interface Target {
  readonly api: Api;
  readonly context: CommandContext;
  readonly flags: Flags;
  readonly alloc: Allocation;
  readonly task: string;
  readonly type: LogType;
  readonly apart: boolean;
}

async function print(target: Target): Promise<void> {
  try {
    await copyLog(target);
  } catch (error) {
    // Ctrl-C ends a follow.
    if (!target.context.signal.aborted) throw error;
  }
}

async function copyLog({ api, context, flags, alloc, task, type, apart }: Target): Promise<void> {
  const window = tailWindow(flags);
  const response = await api.client.open(routes.fs.logs, {
    params: { id: alloc.ID },
    query: {
      task,
      type,
      follow: flags.bool('f'),
      plain: true,
      ...(window ? { origin: 'end', offset: window.bytes } : {}),
    },
    signal: context.signal,
  });
  const write = (piece: Uint8Array): Promise<void> =>
    type === 'stderr' && apart ? context.ui.writeError(piece) : context.ui.write(piece);
  for await (const piece of lastLines(response.chunks(), window, flags.bool('f'))) await write(piece);
}

function tailWindow(flags: Flags): Window | undefined {
  if (!flags.bool('tail') && !flags.has('n') && !flags.has('c')) return undefined;
  if (flags.int('c') >= 0) return { bytes: flags.int('c'), lines: undefined };
  const lines = flags.int('n') >= 0 ? flags.int('n') : defaultTailLines;
  return { bytes: Math.max(defaultTailBytes, lines * bytesPerLine), lines };
}
