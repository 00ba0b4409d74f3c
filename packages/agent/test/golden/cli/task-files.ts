// SPDX-License-Identifier: MPL-2.0
// The files of an allocation as a pretended client serves them.

import {
  type AllocFileInfo,
  AllocFileInfo as AllocFileInfoSchema,
  AllocResourceUsage,
  CpuStats,
  HostDiskStats,
  HostStats,
  MemoryStats,
  make,
  ResourceUsage,
} from '@serai/api';
import { AppError } from '#base';

const texts: Readonly<Record<string, string>> = {
  '/alloc/logs/app.stdout.0': 'line 1\nline 2\nline 3\n',
  '/app/local/note.txt': 'a note\n',
};

function info(name: string, size: number, isDir: boolean): AllocFileInfo {
  return make(AllocFileInfoSchema, {
    Name: name,
    Size: size,
    IsDir: isDir,
    FileMode: isDir ? 'drwxr-xr-x' : '-rw-r--r--',
    ModTime: '2026-01-02T03:03:05Z',
    ContentType: isDir ? '' : 'text/plain; charset=utf-8',
  });
}

const normal = (path: string): string => `/${path.split('/').filter(Boolean).join('/')}`;

function stat(path: string): AllocFileInfo {
  const at = normal(path);
  const name = at.split('/').at(-1) ?? '';
  const text = texts[at];
  if (text !== undefined) return info(name, text.length, false);
  if (Object.keys(texts).some((file) => at === '/' || file.startsWith(`${at}/`)))
    return info(name, 4096, true);
  throw new AppError('not-found', `stat ${at}: no such file or directory`, { status: 404 });
}

function list(path: string): AllocFileInfo[] {
  const at = normal(path) === '/' ? '' : normal(path);
  const names = Object.keys(texts)
    .filter((file) => file.startsWith(`${at}/`))
    .map((file) => file.slice(at.length + 1).split('/')[0] ?? '');
  return [...new Set(names)].map((name) => stat(`${at}/${name}`));
}

function pieces(text: string, args: Record<string, unknown>): string {
  const offset = Number(args['Offset'] ?? 0);
  const from = args['Origin'] === 'end' ? Math.max(0, text.length - offset) : offset;
  const limit = Number(args['Limit'] ?? 0);
  return text.slice(from, limit > 0 ? from + limit : undefined);
}

async function* frames(text: string, plain: boolean): AsyncGenerator<unknown> {
  const payload = plain ? text : JSON.stringify({ Data: Buffer.from(text).toString('base64') });
  if (text !== '') yield { Error: null, Payload: Buffer.from(payload) };
}

export interface TaskFiles {
  readonly list: (path: string) => AllocFileInfo[];
  readonly stat: (path: string) => AllocFileInfo;
  readonly stream: (args: Record<string, unknown>) => AsyncIterable<unknown>;
  readonly logs: (args: Record<string, unknown>) => AsyncIterable<unknown>;
  readonly hostStats: HostStats;
  readonly allocStats: AllocResourceUsage;
}

const usage = make(ResourceUsage, {
  CpuStats: make(CpuStats, { TotalTicks: 12, Percent: 1.5, SystemMode: 0.5, UserMode: 1 }),
  MemoryStats: make(MemoryStats, { RSS: 3 * 2 ** 20, Measured: ['RSS'] }),
});

export function taskFiles(): TaskFiles {
  return {
    list,
    stat,
    stream: (args) =>
      frames(pieces(texts[normal(String(args['Path']))] ?? '', args), args['PlainText'] === true),
    logs: (args) => {
      const text = args['LogType'] === 'stdout' ? 'line 1\nline 2\nline 3\n' : 'a warning\n';
      return frames(pieces(text, args), args['PlainText'] === true);
    },
    hostStats: make(HostStats, {
      Memory: { Total: 8 * 2 ** 30, Available: 6 * 2 ** 30, Used: 2 * 2 ** 30, Free: 5 * 2 ** 30 },
      CPU: [{ CPU: 'cpu0', User: 10, System: 5, Idle: 85, TotalPercent: 15, TotalTicks: 600 }],
      AllocDirStats: make(HostDiskStats, { Device: '/dev/sda1', Size: 2 ** 37, Used: 2 ** 36 }),
      Uptime: 7_380,
      CPUTicksConsumed: 600,
    }),
    allocStats: make(AllocResourceUsage, {
      ResourceUsage: usage,
      Tasks: { app: { ResourceUsage: usage, Timestamp: 0, Pids: null } },
    }),
  };
}
