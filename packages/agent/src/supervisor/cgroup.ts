// SPDX-License-Identifier: MPL-2.0
// One cgroup (version 2) per task, for knowing and killing all of its processes at once, however they fork, change
// session or lose their parents. It sets no limits. Without the right to make cgroups, the supervisor walks its
// descendants instead.

import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#base';
import { checkCgroupName } from './spec.ts';

/** Attempts to remove a cgroup whose last processes are still on their way out, and the pause between them. */
const removeAttempts = 20;
const removePauseMs = 25;

/** Where cgroups of version 2 are mounted, from /proc/self/mountinfo; also in a mixed set-up with version 1. */
export function findCgroup2(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const mountPoint = left.split(' ')[4];
    if (right.startsWith('cgroup2 ') && mountPoint?.startsWith('/')) return unescapeMount(mountPoint);
  }
  return undefined;
}

/** The directory of this machine in which task cgroups are made. */
export async function detectCgroupRoot(): Promise<string | undefined> {
  const mountPoint = findCgroup2(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
  return mountPoint === undefined ? undefined : join(mountPoint, 'serai.slice');
}

export class Cgroups {
  readonly #root: string | undefined;
  readonly #clock: Clock;

  /** `root`: directory in a cgroup2 mount; undefined: none are made. */
  constructor(options: { root: string | undefined }, { clock }: { clock: Clock }) {
    this.#root = options.root;
    this.#clock = clock;
  }

  /** Makes an empty cgroup, and gives its path. Undefined when this agent can't: not root, read-only, before Linux 5.14. */
  async create(name: string): Promise<string | undefined> {
    checkCgroupName(name);
    if (this.#root === undefined) return undefined;
    const path = join(this.#root, name);
    try {
      // not `recursive`: that never ends in file systems that answer ENOENT to every mkdir
      for (const directory of [this.#root, path])
        await mkdir(directory).catch((error: unknown) => {
          if (errorCode(error) !== 'EEXIST') throw error;
        });
      await access(join(path, 'cgroup.kill'));
      return path;
    } catch {
      await rmdir(path).catch(() => {});
      return undefined;
    }
  }

  /** Sends SIGKILL to everything in it, at once: no fork escapes. */
  async kill(path: string): Promise<void> {
    await writeFile(join(path, 'cgroup.kill'), '1', { flag: 'r+' }).catch(() => {});
  }

  async pids(path: string): Promise<number[]> {
    return (await readOrEmpty(join(path, 'cgroup.procs'))).split('\n').filter(Boolean).map(Number);
  }

  /** CPU time used since it was made, also by processes that are gone. Undefined without a cgroup. */
  async cpuTime(path: string): Promise<{ userMs: number; systemMs: number } | undefined> {
    const text = await readOrEmpty(join(path, 'cpu.stat'));
    const user = /^user_usec (\d+)$/m.exec(text)?.[1];
    const system = /^system_usec (\d+)$/m.exec(text)?.[1];
    if (user === undefined || system === undefined) return undefined;
    return { userMs: Number(user) / 1000, systemMs: Number(system) / 1000 };
  }

  /** Removes it; what still runs in it must have been killed before. */
  async remove(path: string): Promise<void> {
    for (let attempt = 0; attempt < removeAttempts; attempt++) {
      try {
        await rmdir(path);
        return;
      } catch (error) {
        if (errorCode(error) !== 'EBUSY') return;
        await this.#clock.sleep(removePauseMs);
      }
    }
  }
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** mountinfo writes space, tab, newline and backslash as octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
