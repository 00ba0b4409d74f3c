// SPDX-License-Identifier: MPL-2.0
// One cgroup (version 2) per task, for knowing and killing all of its processes at once, however they fork, change
// session or lose their parents. It sets no limits. Without the right to make cgroups, the supervisor walks its
// descendants instead.

import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

  /** `root`: directory in a cgroup2 mount; undefined: no cgroups, every call does nothing. */
  constructor(options: { root: string | undefined }, { clock }: { clock: Clock }) {
    this.#root = options.root;
    this.#clock = clock;
  }

  path(name: string): string | undefined {
    checkCgroupName(name);
    return this.#root === undefined ? undefined : join(this.#root, name);
  }

  /** Makes an empty cgroup. Undefined when this agent can't: not root, read-only, kernel before 5.14. */
  async create(name: string): Promise<string | undefined> {
    const path = this.path(name);
    if (path === undefined) return undefined;
    try {
      // not `recursive`: that never ends in file systems that answer ENOENT to every mkdir
      for (const directory of [dirname(path), path])
        await mkdir(directory).catch((error: unknown) => {
          if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
        });
      await access(join(path, 'cgroup.kill'));
      return path;
    } catch {
      await rmdir(path).catch(() => {});
      return undefined;
    }
  }

  /** Sends SIGKILL to everything in it, at once: no fork escapes. */
  async kill(name: string): Promise<void> {
    const path = this.path(name);
    if (path !== undefined) await writeFile(join(path, 'cgroup.kill'), '1', { flag: 'r+' }).catch(() => {});
  }

  async pids(name: string): Promise<number[]> {
    const text = await this.#read(name, 'cgroup.procs');
    return text.split('\n').filter(Boolean).map(Number);
  }

  /** CPU time used since it was made, also by processes that are gone. Undefined without a cgroup. */
  async cpuTime(name: string): Promise<{ userMs: number; systemMs: number } | undefined> {
    const text = await this.#read(name, 'cpu.stat');
    const user = /^user_usec (\d+)$/m.exec(text)?.[1];
    const system = /^system_usec (\d+)$/m.exec(text)?.[1];
    if (user === undefined || system === undefined) return undefined;
    return { userMs: Number(user) / 1000, systemMs: Number(system) / 1000 };
  }

  /** Removes it; what still runs in it must have been killed before. */
  async remove(name: string): Promise<void> {
    const path = this.path(name);
    if (path === undefined) return;
    for (let attempt = 0; attempt < removeAttempts; attempt++) {
      try {
        await rmdir(path);
        return;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EBUSY')) return;
        await this.#clock.sleep(removePauseMs);
      }
    }
  }

  async #read(name: string, file: string): Promise<string> {
    const path = this.path(name);
    return path === undefined ? '' : await readFile(join(path, file), 'utf8').catch(() => '');
  }
}

/** mountinfo writes space, tab, newline and backslash as octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
