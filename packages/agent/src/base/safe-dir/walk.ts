// SPDX-License-Identifier: MPL-2.0
// Opens what a relative path names, one component at a time, each relative to the open directory before it.
//
// Node has no openat(). `/proc/self/fd/<n>/<name>` is one: the kernel goes to the very directory that is open as <n>,
// wherever that was moved meanwhile, and O_NOFOLLOW covers the one component after it. O_PATH opens the entry without
// touching it (no FIFO blocks, no device wakes), so its kind is checked on what is open, not on what was there before.

import type { BigIntStats, Stats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import { maxSafeDepth } from './path.ts';

/** O_PATH: not in Node's table; the same number on every Linux architecture that Node runs on. */
const oPath = 0o10000000;

const entryFlags = oPath | constants.O_NOFOLLOW;
const directoryFlags = oPath | constants.O_NOFOLLOW | constants.O_DIRECTORY;

/** Symbolic links followed in one path before it counts as a loop; the kernel's own bound. */
const maxLinks = 40;

/**
 * `refuse`: a symbolic link anywhere in the path is an error.
 * `inside`: links are followed as long as they stay below the root; absolute ones count from the root.
 */
export type LinkPolicy = 'refuse' | 'inside';

export type EntryKind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'device';

export function kindOf(stats: Stats | BigIntStats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  return 'device';
}

/** Path under which the kernel reaches a name in an open directory. */
export function childPath(directory: FileHandle, name: string): string;
export function childPath(directory: FileHandle, name: string | Buffer): string | Buffer;
export function childPath(directory: FileHandle, name: string | Buffer): string | Buffer {
  const prefix = `/proc/self/fd/${directory.fd}/`;
  return typeof name === 'string' ? prefix + name : Buffer.concat([Buffer.from(prefix), name]);
}

/** Path under which the kernel reaches what is open, itself. */
export function selfPath(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

export async function openRoot(root: string): Promise<FileHandle> {
  try {
    return await open(root, oPath | constants.O_DIRECTORY);
  } catch (error) {
    throw fsError(error, root);
  }
}

/** Opens a directory in an open directory; a symbolic link is an error. */
export function openChildDirectory(directory: FileHandle, name: string | Buffer): Promise<FileHandle> {
  return open(childPath(directory, name), directoryFlags);
}

/** Opens an entry of any kind without touching it; a symbolic link is opened itself. */
export function openChildEntry(directory: FileHandle, name: string): Promise<FileHandle> {
  return open(childPath(directory, name), entryFlags);
}

/** An entry's parent, open, and its name there. `name` is undefined for the root itself. */
export interface Place {
  readonly directory: FileHandle;
  readonly name: string | undefined;
}

/**
 * Calls `use` with the parent directory of what `names` leads to, and closes everything afterwards.
 * The last name is not looked at, except that with `inside` a link there is followed when `followLast` is set.
 */
export async function withPlace<T>(
  options: { root: string; names: readonly string[]; links: LinkPolicy; followLast: boolean },
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const walk = new Walk(options.root, options.links);
  try {
    return await use(await walk.to(options.names, options.followLast));
  } finally {
    await walk.close();
  }
}

type Step =
  | { readonly kind: 'entered' }
  | { readonly kind: 'entry' }
  | { readonly kind: 'link'; readonly target: string };

class Walk {
  readonly #root: string;
  readonly #links: LinkPolicy;
  /** open directories from the root down to where we are */
  readonly #stack: FileHandle[] = [];
  #linksLeft = maxLinks;

  constructor(root: string, links: LinkPolicy) {
    this.#root = root;
    this.#links = links;
  }

  async to(names: readonly string[], followLast: boolean): Promise<Place> {
    this.#stack.push(await openRoot(this.#root));
    const left = [...names];
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (name === '..') {
        await this.#up(names);
        continue;
      }
      const last = left.length === 0;
      if (last && !(followLast && this.#links === 'inside')) return { directory: this.#top(), name };
      const step = await this.#enter(name, names, last);
      if (step.kind === 'entry') return { directory: this.#top(), name };
      if (step.kind === 'entered') continue;
      if (step.target.startsWith('/')) await this.#closeTo(1);
      left.unshift(...step.target.split('/').filter((part) => part !== '' && part !== '.'));
    }
    return { directory: this.#top(), name: undefined };
  }

  async close(): Promise<void> {
    await this.#closeTo(0);
  }

  /** Goes into a directory, or reads a link, or leaves anything else in the last place to the caller. */
  async #enter(name: string, names: readonly string[], last: boolean): Promise<Step> {
    const directory = this.#top();
    if (this.#stack.length > maxSafeDepth)
      throw new AppError('invalid', `${JSON.stringify(names.join('/'))} is nested too deeply`);
    try {
      const child = await openChildDirectory(directory, name);
      this.#stack.push(child);
      return { kind: 'entered' };
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOTDIR' && code !== 'ELOOP') {
        if (last && code === 'ENOENT') return { kind: 'entry' };
        throw fsError(error, names.join('/'));
      }
      const target = await readlink(childPath(directory, name)).catch(() => undefined);
      if (target === undefined) {
        if (last) return { kind: 'entry' };
        throw new AppError(
          'not-found',
          `${JSON.stringify(name)} in ${JSON.stringify(names.join('/'))} is not a directory`,
        );
      }
      if (this.#links === 'refuse') throw linkError(names.join('/'));
      this.#linksLeft -= 1;
      if (this.#linksLeft < 0)
        throw new AppError('denied', `too many symbolic links in ${JSON.stringify(names.join('/'))}`);
      return { kind: 'link', target };
    }
  }

  async #up(names: readonly string[]): Promise<void> {
    if (this.#stack.length <= 1)
      throw new AppError(
        'denied',
        `a symbolic link in ${JSON.stringify(names.join('/'))} leads out of its directory`,
      );
    await this.#closeTo(this.#stack.length - 1);
  }

  #top(): FileHandle {
    const top = this.#stack.at(-1);
    if (!top) throw new Error('walk was not started');
    return top;
  }

  async #closeTo(length: number): Promise<void> {
    while (this.#stack.length > length) await this.#stack.pop()?.close();
  }
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function linkError(path: string): AppError {
  return new AppError(
    'denied',
    `${JSON.stringify(path)} is or goes through a symbolic link, which is not followed`,
  );
}

/** The error of a system call as one that says which path of the caller it is about, without our own prefix. */
export function fsError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const quoted = JSON.stringify(path === '' ? '/' : path);
  const cause = { cause: error };
  switch (errorCode(error)) {
    case 'ENOENT':
      return new AppError('not-found', `${quoted} does not exist`, cause);
    case 'ENOTDIR':
      return new AppError(
        'not-found',
        `${quoted} is not a directory or goes through something that is none`,
        cause,
      );
    case 'ELOOP':
      return linkError(path);
    case 'EEXIST':
      return new AppError('conflict', `${quoted} exists already`, cause);
    case 'ENOTEMPTY':
      return new AppError('conflict', `directory ${quoted} is not empty`, cause);
    case 'EBUSY':
      return new AppError('conflict', `${quoted} is in use or a mount point`, cause);
    case 'EISDIR':
      return new AppError('invalid', `${quoted} is a directory`, cause);
    case 'EACCES':
    case 'EPERM':
      return new AppError('denied', `no permission for ${quoted}`, cause);
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('limit', `no space left for ${quoted}`, cause);
    case 'EMFILE':
    case 'ENFILE':
      return new AppError('limit', `too many open files while using ${quoted}`, cause);
    case 'ENAMETOOLONG':
      return new AppError('invalid', `${quoted} is too long`, cause);
    default:
      return new AppError('internal', `${quoted}: ${errorCode(error) || String(error)}`, cause);
  }
}
