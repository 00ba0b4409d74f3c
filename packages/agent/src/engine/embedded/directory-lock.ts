// SPDX-License-Identifier: MPL-2.0
// One process per data directory. Node has no file locks of its own; SQLite, which comes with it, takes a real one
// (fcntl) on an empty file. The kernel gives it back when the process dies, however it dies.

import { open } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '#base';
import { type Disk, replaceFile } from './disk.ts';

const lockFile = 'lock';
const ownerFile = 'owner.json';

export class DirectoryLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Throws `conflict` that names the process that has it. */
  static async acquire(disk: Disk, directory: string): Promise<DirectoryLock> {
    const path = `${directory}/${lockFile}`;
    // SQLite would create it readable for all.
    await (await open(path, 'a', 0o600)).close();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if ((error as { errcode?: unknown }).errcode !== sqliteBusy) throw error;
      throw await inUse(disk, directory);
    }
    await writeOwner(disk, directory);
    return new DirectoryLock(database);
  }

  release(): void {
    this.#database.close();
  }
}

const sqliteBusy = 5;

/** Only for the error text of a second process: a full disk must not keep an agent from starting. */
async function writeOwner(disk: Disk, directory: string): Promise<void> {
  try {
    await replaceFile(disk, directory, ownerFile, `${JSON.stringify({ pid: process.pid })}\n`);
  } catch {
    await disk.remove(`${directory}/${ownerFile}`).catch(() => {});
  }
}

async function inUse(disk: Disk, directory: string): Promise<AppError> {
  const text = (await disk.readText(`${directory}/${ownerFile}`)) ?? '';
  const pid = /"pid":(\d+)/.exec(text)?.[1];
  const owner = pid === undefined ? 'another process' : `the process with pid ${pid}`;
  return new AppError(
    'conflict',
    `state directory "${directory}" is in use by ${owner}: stop that agent or give this one another data_dir`,
  );
}
