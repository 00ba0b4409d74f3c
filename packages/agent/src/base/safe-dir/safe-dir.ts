// SPDX-License-Identifier: MPL-2.0
// Everything the agent does below a directory that tasks can write to goes through here.
//
// Promise: no call ever reads, writes, lists or removes anything outside the root through a symbolic link, `..`, an
// absolute path or a race with a task that swaps entries meanwhile; no call blocks on a FIFO or opens a device.
// Not covered: hard links (the kernel's protected_hardlinks is the guard) and what root has mounted below.

import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import {
  chmod,
  chown,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readlink,
  rename,
  symlink,
  unlink,
} from 'node:fs/promises';
import { AppError } from '../errors.ts';
import { type Random, systemRandom } from '../random.ts';
import { maxSafeDepth, splitSafePath } from './path.ts';
import { removeTree } from './remove.ts';
import {
  childPath,
  type EntryKind,
  errorCode,
  fsError,
  kindOf,
  type LinkPolicy,
  linkError,
  openChildDirectory,
  openChildEntry,
  type Place,
  selfPath,
  withPlace,
} from './walk.ts';

/** Most entries a listing returns; more is an error, since a task can make millions. */
export const maxListEntries = 100_000;
/** Most bytes `readFile` returns when the caller names no bound. */
export const defaultReadBytes = 1024 * 1024;
/** How often an entry may appear or vanish between two of our steps before the call gives up. */
const maxRaces = 16;

export interface SafeStat {
  readonly name: string;
  readonly kind: EntryKind;
  readonly sizeBytes: number;
  /** permission bits with setuid, setgid and sticky */
  readonly mode: number;
  readonly modifiedMs: number;
  readonly uid: number;
  readonly gid: number;
  /** changes when the name is given to another file: how a reader notices rotation */
  readonly inode: number;
}

export interface SafeOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface SafeWriteOptions {
  /**
   * replace: empties what is there; append: at its end; exclusive: must not exist; update: keeps the content, for
   * writes at positions. All but `exclusive` create the file when it is missing.
   */
  readonly how?: 'replace' | 'append' | 'exclusive' | 'update';
  /** of a file that is created; the umask does not apply */
  readonly mode?: number;
  /** of a file that is created */
  readonly owner?: SafeOwner;
}

const writeFlags = {
  replace: constants.O_WRONLY | constants.O_TRUNC,
  append: constants.O_WRONLY | constants.O_APPEND,
  exclusive: constants.O_WRONLY,
  update: constants.O_RDWR,
} as const;

export interface SafeDirOptions {
  /** what symbolic links inside do; `refuse` when not given */
  readonly links?: LinkPolicy;
  readonly random?: Random;
}

/** Holds no file open between calls. `root` itself and everything above it must not be writable for tasks. */
export class SafeDir {
  readonly root: string;
  readonly #links: LinkPolicy;
  readonly #random: Random;

  constructor(root: string, options: SafeDirOptions = {}) {
    this.root = root;
    this.#links = options.links ?? 'refuse';
    this.#random = options.random ?? systemRandom;
  }

  /** Opens a regular file for reading. The caller closes it. */
  async openRead(path: string): Promise<FileHandle> {
    return await this.#at(path, true, (place) => reopen(place, path, constants.O_RDONLY));
  }

  /** Opens a regular file for writing. The caller closes it. */
  async openWrite(path: string, options: SafeWriteOptions = {}): Promise<FileHandle> {
    const how = options.how ?? 'replace';
    return await this.#at(path, true, async (place) => {
      const name = nameOf(place, path);
      for (let race = 0; race < maxRaces; race++) {
        const created = await create(place.directory, name, { ...options, flags: writeFlags[how] });
        if (created) return created;
        if (how === 'exclusive') throw new AppError('conflict', `${JSON.stringify(path)} exists already`);
        try {
          return await reopen(place, path, writeFlags[how]);
        } catch (error) {
          if (!(error instanceof AppError && error.code === 'not-found')) throw error;
        }
      }
      throw new AppError('conflict', `${JSON.stringify(path)} keeps changing`);
    });
  }

  /** @throws AppError `limit` when the file is longer than `maxBytes` (1 MiB when not given). */
  async readFile(path: string, options: { maxBytes?: number } = {}): Promise<Buffer> {
    const maxBytes = options.maxBytes ?? defaultReadBytes;
    await using file = await this.openRead(path);
    // a file in /proc style tells size 0, a growing one lies: so read to the bound, not to the size
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.min(65_536, maxBytes + 1 - total));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, bytesRead));
      total += bytesRead;
      if (total > maxBytes)
        throw new AppError('limit', `${JSON.stringify(path)} is longer than ${maxBytes} bytes`);
    }
  }

  /** Replaces a file as a whole: readers see the old or the new content. A link in its place is replaced itself. */
  async writeFile(
    path: string,
    data: string | Uint8Array,
    options: { mode?: number; owner?: SafeOwner; sync?: boolean } = {},
  ): Promise<void> {
    await this.#at(path, false, async (place) => {
      const name = nameOf(place, path);
      const temporary = `.serai-${Buffer.from(this.#random.bytes(8)).toString('hex')}.tmp`;
      const file = await create(place.directory, temporary, { ...options, flags: constants.O_WRONLY });
      if (!file) throw new AppError('conflict', `${JSON.stringify(path)} keeps changing`);
      try {
        await file.writeFile(data);
        if (options.sync) await file.sync();
        await rename(childPath(place.directory, temporary), childPath(place.directory, name));
      } catch (error) {
        await unlink(childPath(place.directory, temporary)).catch(() => {});
        throw error;
      } finally {
        await file.close();
      }
    });
  }

  /** Entries of a directory, sorted by name. A link is listed as a link. */
  async list(path: string, options: { maxEntries?: number } = {}): Promise<SafeStat[]> {
    const maxEntries = options.maxEntries ?? maxListEntries;
    return await this.#inDirectory(path, async (directory) => {
      const entries: SafeStat[] = [];
      for await (const entry of await opendir(`${selfPath(directory)}/`)) {
        if (entries.length >= maxEntries)
          throw new AppError('limit', `${JSON.stringify(path)} has more than ${maxEntries} entries`);
        // gone meanwhile, or a name that is not UTF-8 and can't be told in JSON anyway
        const stats = await lstat(childPath(directory, entry.name)).catch(() => undefined);
        if (stats) entries.push(statOf(entry.name, stats));
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    });
  }

  /** Of the entry itself: a link is told as a link, unless links are followed inside. */
  async stat(path: string): Promise<SafeStat> {
    return await this.#at(path, true, async (place) => {
      if (place.name === undefined) return statOf('', await place.directory.stat());
      await using entry = await openChildEntry(place.directory, place.name);
      return statOf(place.name, await entry.stat());
    });
  }

  async exists(path: string): Promise<boolean> {
    try {
      await this.stat(path);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-found') return false;
      throw error;
    }
  }

  /**
   * Makes a directory; with `recursive` also what is missing above it, and one that exists is fine.
   * Mode and owner are given to directories that are made, not to those that were there.
   */
  async mkdir(
    path: string,
    options: { recursive?: boolean; mode?: number; owner?: SafeOwner } = {},
  ): Promise<void> {
    const names = splitSafePath(path);
    const from = options.recursive ? 1 : names.length;
    for (let length = from; length <= names.length; length++) {
      const part = names.slice(0, length).join('/');
      await this.#at(part, false, async (place) => {
        const name = nameOf(place, part);
        try {
          await mkdir(childPath(place.directory, name), { mode: 0o700 });
        } catch (error) {
          if (!(options.recursive && errorCode(error) === 'EEXIST')) throw error;
          // must be a directory already, or a link that the next step follows only if it may
          if (length === names.length) await this.#inDirectory(part, () => Promise.resolve());
          return;
        }
        await using made = await openChildDirectory(place.directory, name);
        if (options.owner) await chown(`${selfPath(made)}/.`, options.owner.uid, options.owner.gid);
        await chmod(`${selfPath(made)}/.`, options.mode ?? 0o755);
      });
    }
  }

  /** Removes a file, link or empty directory; with `recursive` a whole tree. What does not exist is no error then. */
  async remove(path: string, options: { recursive?: boolean } = {}): Promise<void> {
    await this.#at(path, false, async (place) => {
      await removeTree(place.directory, nameOf(place, path), {
        recursive: options.recursive === true,
        path,
        random: this.#random,
      });
    });
  }

  /** Moves an entry below the root; a file in the new place is replaced. */
  async rename(from: string, to: string): Promise<void> {
    await this.#at(from, false, async (source) => {
      await this.#at(to, false, async (target) => {
        await rename(
          childPath(source.directory, nameOf(source, from)),
          childPath(target.directory, nameOf(target, to)),
        );
      });
    });
  }

  /** Makes a symbolic link with this text. Nothing here will follow it unless links are followed inside. */
  async symlink(target: string, path: string): Promise<void> {
    await this.#at(path, false, (place) => symlink(target, childPath(place.directory, nameOf(place, path))));
  }

  async readlink(path: string): Promise<string> {
    return await this.#at(path, false, (place) => readlink(childPath(place.directory, nameOf(place, path))));
  }

  /** A second name for a regular file. */
  async link(from: string, to: string): Promise<void> {
    await this.#at(from, false, async (source) => {
      await this.#at(to, false, async (target) => {
        // link() does not follow a symbolic link in the last place of its first argument
        await link(
          childPath(source.directory, nameOf(source, from)),
          childPath(target.directory, nameOf(target, to)),
        );
      });
    });
  }

  /** Mode and owner of a file or directory (never of what a link points to). */
  async setAttributes(path: string, attributes: { mode?: number; owner?: SafeOwner }): Promise<void> {
    await this.#at(path, false, async (place) => {
      await using entry =
        place.name === undefined
          ? await open(`${selfPath(place.directory)}/.`, constants.O_RDONLY)
          : await openChildEntry(place.directory, place.name);
      const kind = kindOf(await entry.stat());
      if (kind === 'symlink') throw linkError(path);
      // owner first: chown clears setuid bits that the mode may ask for
      if (attributes.owner) await chown(selfPath(entry), attributes.owner.uid, attributes.owner.gid);
      if (attributes.mode !== undefined) await chmod(selfPath(entry), attributes.mode);
    });
  }

  /** Bytes used on disk by everything below, links not followed; stops counting at `maxEntries`. */
  async diskUsage(
    path: string,
    options: { maxEntries?: number } = {},
  ): Promise<{ bytes: number; complete: boolean }> {
    const budget = { entries: options.maxEntries ?? maxListEntries, bytes: 0 };
    await this.#inDirectory(path, (directory) => addUsage(directory, budget, 0));
    return { bytes: budget.bytes, complete: budget.entries >= 0 };
  }

  async #at<T>(path: string, followLast: boolean, use: (place: Place) => Promise<T>): Promise<T> {
    const names = splitSafePath(path);
    try {
      return await withPlace({ root: this.root, names, links: this.#links, followLast }, use);
    } catch (error) {
      throw fsError(error, path);
    }
  }

  async #inDirectory<T>(path: string, use: (directory: FileHandle) => Promise<T>): Promise<T> {
    return await this.#at(path, true, async (place) => {
      if (place.name === undefined) return await use(place.directory);
      await using directory = await openChildDirectory(place.directory, place.name).catch(
        (error: unknown) => {
          throw errorCode(error) === 'ENOTDIR'
            ? new AppError('invalid', `${JSON.stringify(path)} is not a directory`)
            : error;
        },
      );
      return await use(directory);
    });
  }
}

function nameOf(place: Place, path: string): string {
  if (place.name === undefined)
    throw new AppError('invalid', `${JSON.stringify(path)} is a directory and can't be used here`);
  return place.name;
}

function statOf(name: string, stats: Stats): SafeStat {
  return {
    name,
    kind: kindOf(stats),
    sizeBytes: stats.size,
    mode: stats.mode & 0o7777,
    modifiedMs: stats.mtimeMs,
    uid: stats.uid,
    gid: stats.gid,
    inode: stats.ino,
  };
}

/** Opens a regular file that exists: first untouched, to look at its kind, then that very file with `flags`. */
async function reopen(place: Place, path: string, flags: number): Promise<FileHandle> {
  await using entry = await openChildEntry(place.directory, nameOf(place, path));
  const kind = kindOf(await entry.stat());
  if (kind === 'symlink') throw linkError(path);
  if (kind !== 'file')
    throw new AppError('invalid', `${JSON.stringify(path)} is a ${kind}, not a regular file`);
  return await open(selfPath(entry), flags | constants.O_NONBLOCK);
}

/** Undefined when something has that name already. */
async function create(
  directory: FileHandle,
  name: string,
  options: { flags: number; mode?: number; owner?: SafeOwner },
): Promise<FileHandle | undefined> {
  const flags = options.flags | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let file: FileHandle;
  try {
    file = await open(childPath(directory, name), flags, 0o600);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
  try {
    if (options.owner) await file.chown(options.owner.uid, options.owner.gid);
    await file.chmod(options.mode ?? 0o644);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function addUsage(
  directory: FileHandle,
  budget: { entries: number; bytes: number },
  depth: number,
): Promise<void> {
  for await (const entry of await opendir(`${selfPath(directory)}/`)) {
    budget.entries -= 1;
    if (budget.entries < 0 || depth >= maxSafeDepth) {
      budget.entries = -1;
      return;
    }
    const stats = await lstat(childPath(directory, entry.name)).catch(() => undefined);
    if (!stats) continue;
    budget.bytes += stats.blocks * 512;
    if (!stats.isDirectory()) continue;
    const child = await openChildDirectory(directory, entry.name).catch(() => undefined);
    if (!child) continue;
    try {
      await addUsage(child, budget, depth + 1);
    } finally {
      await child.close();
    }
    if (budget.entries < 0) return;
  }
}
