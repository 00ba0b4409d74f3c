// SPDX-License-Identifier: MPL-2.0
// Reads what /proc tells about processes. Synchronous on purpose: these files are made by the kernel in memory, and a
// read costs some microseconds where the thread pool would cost a hundred.

import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: ticks per second in /proc, 100 on every Linux that Node runs on. */
export const ticksPerSecond = 100;

export interface ProcStat {
  readonly pid: number;
  /** R, S, D, Z, … */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** of children that have ended and were waited for */
  readonly childUserTicks: number;
  readonly childSystemTicks: number;
  readonly startTicks: number;
  readonly rssPages: number;
}

/** Undefined for text that is not /proc/<pid>/stat. */
export function parseStat(text: string): ProcStat | undefined {
  // the name in parentheses may contain anything, also ") "
  const at = text.lastIndexOf(')');
  if (at < 0) return undefined;
  const fields = text.slice(at + 2).split(' ');
  const numbers = fields.map(Number);
  const field = (number: number): number => numbers[number - 3] ?? 0;
  if (fields.length < 22) return undefined;
  return {
    pid: Number.parseInt(text, 10),
    state: fields[0] ?? '',
    parent: field(4),
    session: field(6),
    userTicks: field(14),
    systemTicks: field(15),
    childUserTicks: field(16),
    childSystemTicks: field(17),
    startTicks: field(22),
    rssPages: field(24),
  };
}

/** Undefined when there is no such process. */
export function readStat(pid: number): ProcStat | undefined {
  return parseStat(readOrEmpty(`/proc/${pid}/stat`));
}

/** Whether the very process with that start time still runs; a zombie does not. */
export function isRunning(pid: number, startTicks: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X';
}

/** The process's children, of all its threads. */
export function childrenOf(pid: number): number[] {
  return listOrEmpty(`/proc/${pid}/task`).flatMap((thread) =>
    readOrEmpty(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

/** All descendants, at most `limit`. */
export function descendantsOf(pid: number, limit: number): number[] {
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined && found.length < limit; next = queue.shift()) {
    const children = childrenOf(next);
    found.push(...children);
    queue.push(...children);
  }
  return found.slice(0, limit);
}

/** Processes of a session. Looks at every process of the machine: for emergencies only. */
export function processesOfSession(session: number): ProcStat[] {
  return listOrEmpty('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined)
    .filter((stat) => stat.session === session && stat.state !== 'Z');
}

/** Changes with each boot: pids and start times mean something only together with it. */
export function readBootId(): string {
  return readOrEmpty('/proc/sys/kernel/random/boot_id').trim();
}

/** Bytes of a memory page, from the auxiliary vector (AT_PAGESZ); Node does not tell it. */
export function readPageBytes(): number {
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16)
      if (vector.readUInt32LE(at) === 6) return vector.readUInt32LE(at + 8);
  } catch {
    // not readable: the usual size
  }
  return 4096;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function listOrEmpty(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
