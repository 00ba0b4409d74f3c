// SPDX-License-Identifier: MPL-2.0
// Removes a tree that hostile tasks built: links are removed, not followed; mounts are not entered; a tree may be
// deeper than any path can be long.

import type { Dir } from 'node:fs';
import { chmod, type FileHandle, opendir, readFile, rename, rmdir, unlink } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import type { Random } from '../random.ts';
import { childPath, errorCode, openChildDirectory, selfPath } from './walk.ts';

/** Levels held open at once; a directory that lies deeper is moved up to the tree's top first. */
const maxOpenLevels = 64;
/** Rounds over a directory that something keeps filling while it is emptied, before giving up. */
const maxRounds = 100;
/** Rounds in which something was moved up, before giving up: trees deeper than about a million levels stay. */
const maxMovingRounds = 20_000;

/** Names stay bytes: a task may use names that are no UTF-8, and they must go, too. */
type Name = Buffer;

interface Removal {
  /** as the caller named it, for messages */
  readonly path: string;
  readonly random: Random;
  /** mount that the tree is on */
  readonly mountId: string;
  /** directories were moved here from too far down */
  readonly top: FileHandle;
  moved: boolean;
}

export interface RemoveOptions {
  readonly path: string;
  readonly recursive: boolean;
  readonly random: Random;
}

/** Removes the entry `name` of an open directory. Nothing there is an error only when not `recursive`. */
export async function removeTree(directory: FileHandle, name: string, options: RemoveOptions): Promise<void> {
  const bytes = Buffer.from(name);
  if (!options.recursive) {
    if (!(await removeLeaf(directory, bytes))) await rmdir(childPath(directory, name));
    return;
  }
  let movingRounds = 0;
  for (let round = 0; round < maxRounds && movingRounds < maxMovingRounds; ) {
    try {
      if (await removeLeaf(directory, bytes)) return;
      await using top = await openChildDirectory(directory, name);
      const removal = { ...options, mountId: await mountIdOf(directory), top, moved: false };
      await checkMount(top, removal);
      await empty(top, removal, 0);
      if (removal.moved) movingRounds++;
      else round++;
      await rmdir(childPath(directory, name));
      return;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT') return;
      // filled again, or swapped for something else
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
      if (code !== 'ENOTEMPTY') round++;
    }
  }
  throw keepsChanging(options.path);
}

/** Removes everything in a directory that it finds in one pass. */
async function empty(directory: FileHandle, removal: Removal, depth: number): Promise<void> {
  await makeAccessible(directory);
  // the type of @types/node knows only strings here
  const entries = (await opendir(`${selfPath(directory)}/`, { encoding: 'buffer' as BufferEncoding })) as Dir;
  for await (const entry of entries) {
    const name = entry.name as unknown as Name;
    if (await removeLeaf(directory, name)) continue;
    if (depth + 1 >= maxOpenLevels) {
      const shelf = `.serai-${Buffer.from(removal.random.bytes(8)).toString('hex')}`;
      await rename(childPath(directory, name), childPath(removal.top, shelf));
      removal.moved = true;
      continue;
    }
    await removeDirectory(directory, name, { removal, depth: depth + 1 });
  }
}

async function removeDirectory(
  parent: FileHandle,
  name: Name,
  { removal, depth }: { removal: Removal; depth: number },
): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    try {
      await using directory = await openChildDirectory(parent, name);
      await checkMount(directory, removal);
      await empty(directory, removal, depth);
      await rmdir(childPath(parent, name));
      return;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT') return;
      if (code === 'ENOTDIR' || code === 'ELOOP') {
        if (await removeLeaf(parent, name)) return;
      } else if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }
  throw keepsChanging(removal.path);
}

/** Removes anything but a directory; false when it is one. */
async function removeLeaf(directory: FileHandle, name: Name): Promise<boolean> {
  try {
    await unlink(childPath(directory, name));
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EISDIR') return false;
    throw error;
  }
}

/** An agent that is not root can't empty a directory whose owner took its own rights away; it may give them back. */
async function makeAccessible(directory: FileHandle): Promise<void> {
  if (process.getuid?.() === 0) return;
  const { mode } = await directory.stat();
  if ((mode & 0o700) !== 0o700) await chmod(selfPath(directory), 0o700);
}

async function checkMount(directory: FileHandle, removal: Pick<Removal, 'mountId' | 'path'>): Promise<void> {
  if ((await mountIdOf(directory)) !== removal.mountId)
    throw new AppError(
      'conflict',
      `${JSON.stringify(removal.path)} is or contains a mount point: unmount it before removing`,
    );
}

/** Tells two mounts of one file system apart (a bind mount), which the device number does not. */
async function mountIdOf(handle: FileHandle): Promise<string> {
  const info = await readFile(`/proc/self/fdinfo/${handle.fd}`, 'latin1');
  return /^mnt_id:\s*(\d+)/m.exec(info)?.[1] ?? '';
}

function keepsChanging(path: string): AppError {
  return new AppError(
    'conflict',
    `${JSON.stringify(path)} keeps being filled while it is removed: stop what writes there`,
  );
}
