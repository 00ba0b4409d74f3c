// SPDX-License-Identifier: MPL-2.0
// A task's rotated log: `<task>.stdout.0`, `.1`, …, read as one long file. Pure.

export interface LogFile {
  readonly name: string;
  readonly index: number;
  readonly sizeBytes: number;
}

/** The log files of a task among the entries of its log directory, oldest first. */
export function logFilesOf(
  entries: readonly { readonly name: string; readonly sizeBytes: number }[],
  task: string,
  type: 'stdout' | 'stderr',
): LogFile[] {
  const prefix = `${task}.${type}.`;
  return entries
    .filter(({ name }) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map(({ name, sizeBytes }) => ({ name, sizeBytes, index: Number(name.slice(prefix.length)) }))
    .sort((a, b) => a.index - b.index);
}

export interface LogPosition {
  readonly file: LogFile;
  readonly offset: number;
}

/** Where to begin: `offset` bytes from the start of the oldest file, or back from the end of the newest. */
export function findPosition(
  files: readonly LogFile[],
  origin: 'start' | 'end',
  offset: number,
): LogPosition | undefined {
  let left = Math.max(0, offset);
  const ordered = origin === 'start' ? files : files.toReversed();
  for (const [i, file] of ordered.entries()) {
    const last = i === ordered.length - 1;
    if (left <= file.sizeBytes || last) {
      const inside = Math.min(left, file.sizeBytes);
      return { file, offset: origin === 'start' ? inside : file.sizeBytes - inside };
    }
    left -= file.sizeBytes;
  }
  return undefined;
}
