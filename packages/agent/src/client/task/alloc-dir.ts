// SPDX-License-Identifier: MPL-2.0
// The directories of an allocation:
//
//   <alloc>/alloc/{data,logs,tmp}     shared between its tasks
//   <alloc>/<task>/{local,secrets,tmp}
//
// Tasks write here, so nothing below is touched except through SafeDir. What tasks must not see (pipes, exit files)
// is kept elsewhere, in the client's state directory.

import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, SafeDir, type SafeOwner } from '#base';
import type { TaskPaths } from '#drivers';

/** Names that a task can't have, since they mean something in an allocation's directory. */
export const reservedTaskNames: readonly string[] = ['alloc', 'tmp', 'secrets', 'local', 'private'];

/** May be entered but not listed by others: task users reach their own directory by its full path. */
const baseMode = 0o711;
/** Tasks of one group may run as different users and share these. */
const sharedMode = 0o777;
/** Only the agent writes logs. */
const logMode = 0o755;
const secretsMode = 0o700;

interface DirSpec {
  /** below the allocation's directory */
  readonly path: string;
  readonly mode: number;
}

/** Parents first. */
const sharedDirs: readonly DirSpec[] = [
  { path: 'alloc', mode: sharedMode },
  { path: 'alloc/data', mode: sharedMode },
  { path: 'alloc/tmp', mode: sharedMode },
  { path: 'alloc/logs', mode: logMode },
];

function taskDirs(name: string): DirSpec[] {
  return [
    { path: name, mode: sharedMode },
    { path: `${name}/local`, mode: sharedMode },
    { path: `${name}/tmp`, mode: sharedMode },
    { path: `${name}/secrets`, mode: secretsMode },
  ];
}

export interface AllocDirOptions {
  /** parent of all allocations' directories */
  readonly allocRoot: string;
  /** parent of what is kept beside them, out of the tasks' sight */
  readonly stateRoot: string;
  readonly allocId: string;
}

export class AllocDir {
  readonly path: string;
  readonly #options: AllocDirOptions;
  /** over all allocations: its root is never writable for tasks */
  readonly #all: SafeDir;
  /** tasks whose directories are as we made them */
  readonly #untouched = new Set<string>();

  constructor(options: AllocDirOptions) {
    if (!/^[0-9a-f-]{36}$/.test(options.allocId))
      throw new AppError('invalid', `allocation id ${JSON.stringify(options.allocId)} is not a UUID`);
    this.#options = options;
    this.path = join(options.allocRoot, options.allocId);
    this.#all = new SafeDir(options.allocRoot);
  }

  /** The allocation's files as users see them: links are followed as long as they stay inside. */
  files(): SafeDir {
    return new SafeDir(this.path, { links: 'inside' });
  }

  /** Makes what is missing of the allocation's and its tasks' directories. */
  async build(taskNames: readonly string[]): Promise<void> {
    for (const name of taskNames) checkTaskName(name);
    const id = this.#options.allocId;
    if (await this.#buildFresh(taskNames)) return;
    await this.#all.mkdir(id, { recursive: true, mode: baseMode });
    for (const { path, mode } of sharedDirs)
      await this.#all.mkdir(`${id}/${path}`, { recursive: true, mode });
    for (const name of taskNames) await this.buildTask(name);
  }

  /** Before each start: a task may have removed what it found the last time. */
  async buildTask(taskName: string): Promise<void> {
    checkTaskName(taskName);
    if (this.#untouched.delete(taskName)) return;
    const id = this.#options.allocId;
    for (const { path, mode } of [...sharedDirs, ...taskDirs(taskName)])
      await this.#all.mkdir(`${id}/${path}`, { recursive: true, mode });
    await mkdir(this.taskPaths(taskName).stateDir, { recursive: true, mode: 0o700 });
  }

  /** No task ever ran below a directory that we have just made: so there is nothing to beware of, and it can be quick. */
  async #buildFresh(taskNames: readonly string[]): Promise<boolean> {
    try {
      await mkdir(this.path, { mode: baseMode });
    } catch {
      return false;
    }
    const dirs = [{ path: '.', mode: baseMode }, ...sharedDirs, ...taskNames.flatMap(taskDirs)];
    const depthOf = (path: string): number => path.split('/').length;
    for (const depth of [1, 2]) {
      const level = dirs.filter(({ path }) => depthOf(path) === depth);
      await Promise.all(
        level.map(async ({ path, mode }) => {
          const full = join(this.path, path);
          if (path !== '.') await mkdir(full);
          // the umask does not apply
          await chmod(full, mode);
        }),
      );
    }
    await Promise.all(
      taskNames.map((name) => mkdir(this.taskPaths(name).stateDir, { recursive: true, mode: 0o700 })),
    );
    for (const name of taskNames) this.#untouched.add(name);
    return true;
  }

  /** For a task that runs as another user than the agent. */
  async giveSecrets(taskName: string, owner: SafeOwner): Promise<void> {
    checkTaskName(taskName);
    await this.#all.setAttributes(`${this.#options.allocId}/${taskName}/secrets`, {
      owner: { uid: owner.uid, gid: owner.gid },
      mode: secretsMode,
    });
  }

  taskPaths(taskName: string): TaskPaths {
    checkTaskName(taskName);
    const taskDir = join(this.path, taskName);
    return {
      sharedDir: join(this.path, 'alloc'),
      taskDir,
      localDir: join(taskDir, 'local'),
      secretsDir: join(taskDir, 'secrets'),
      logDir: join(this.path, 'alloc', 'logs'),
      stateDir: join(this.#options.stateRoot, this.#options.allocId, taskName),
    };
  }

  /** A task's own file, e.g. the payload of a dispatched job; the path is taken below `local`. */
  async writeLocalFile(taskName: string, path: string, data: Uint8Array): Promise<void> {
    const base = `${this.#options.allocId}/${taskName}/local`;
    const parent = path.split('/').slice(0, -1).join('/');
    if (parent !== '') await this.#all.mkdir(`${base}/${parent}`, { recursive: true, mode: 0o755 });
    await this.#all.writeFile(`${base}/${path}`, data, { mode: 0o644 });
  }

  /** Takes over the data of an allocation that ended on this machine (sticky ephemeral disk). */
  async takeOver(previousId: string, taskNames: readonly string[]): Promise<void> {
    const id = this.#options.allocId;
    await this.#move(`${previousId}/alloc/data`, `${id}/alloc/data`);
    for (const task of taskNames) await this.#move(`${previousId}/${task}/local`, `${id}/${task}/local`);
  }

  async #move(from: string, to: string): Promise<void> {
    if (!(await this.#all.exists(from))) return;
    if ((await this.#all.stat(from)).kind !== 'directory') return;
    await this.#all.mkdir(to.slice(0, to.lastIndexOf('/')), { recursive: true, mode: sharedMode });
    await this.#all.remove(to, { recursive: true });
    await this.#all.rename(from, to);
  }

  /** Bytes that the allocation's shared data and task directories take. */
  async usedBytes(): Promise<number> {
    return (await this.#all.diskUsage(this.#options.allocId)).bytes;
  }

  async destroy(): Promise<void> {
    await this.#all.remove(this.#options.allocId, { recursive: true });
    await new SafeDir(this.#options.stateRoot).remove(this.#options.allocId, { recursive: true });
  }
}

function checkTaskName(name: string): void {
  if (name === '' || name.includes('/') || name.startsWith('.') || reservedTaskNames.includes(name))
    throw new AppError('invalid', `task name ${JSON.stringify(name)} can't be used as a directory name`);
}
