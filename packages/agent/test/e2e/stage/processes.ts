// SPDX-License-Identifier: MPL-2.0
// Which processes belong to a directory: agents, supervisors and tasks name it in their arguments, environment or
// working directory. So a test finds what it left behind, and nothing else.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Found {
  readonly pid: number;
  readonly command: string;
}

export function processesOf(directory: string): readonly Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => facts(name).includes(directory))
    .map((name) => ({
      pid: Number(name),
      command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(),
    }));
}

function facts(pid: string): string {
  // A zombie has nothing left to end.
  if (/^State:\s+Z/m.test(read(`/proc/${pid}/status`))) return '';
  return [
    read(`/proc/${pid}/cmdline`),
    read(`/proc/${pid}/environ`),
    link(`/proc/${pid}/cwd`),
    link(`/proc/${pid}/exe`),
  ].join('\n');
}

/** '' when the process ended meanwhile, or is somebody else's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Identity of a process that survives: number and start time. */
export function processIdentity(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? '' : `${pid}@${fields[19]}`;
}

/** Ends what is left of a directory; resolves with what had to be ended by force. */
export async function endProcessesOf(directory: string): Promise<readonly Found[]> {
  const ended: Found[] = [];
  for (let round = 0; round < 50; round++) {
    const left = processesOf(directory);
    if (left.length === 0) return ended;
    for (const found of left) {
      ended.push(found);
      try {
        process.kill(found.pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    await sleep(100);
  }
  throw new Error(`processes that do not end: ${JSON.stringify(processesOf(directory))}`);
}
