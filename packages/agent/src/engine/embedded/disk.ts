// SPDX-License-Identifier: MPL-2.0
// The file operations the embedded engine needs, as an interface, so that tests can fill the disk or break a flush.

import { chmod, type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';

export interface DiskFile {
  /** Reads into the buffer; returns the bytes read, fewer only at the end of the file. */
  read(into: Buffer, position: number): Promise<number>;
  /** Writes all of it. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** fdatasync: what was written is on the disk. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface Disk {
  /** `create` fails when the file exists. New files are 0600. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>;
  /** Names in the directory. */
  list(directory: string): Promise<string[]>;
  /** Creates it with its parents; 0700 whatever it was before. */
  makeDirectory(path: string): Promise<void>;
  /** fsync of a directory: its entries are on the disk. */
  syncDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** No error when it is gone already. */
  remove(path: string): Promise<void>;
  /** undefined when there is none */
  readText(path: string): Promise<string | undefined>;
}

const fileMode = 0o600;
const directoryMode = 0o700;

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(into: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }
  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }
  sync(): Promise<void> {
    return this.#handle.datasync();
  }
  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }
  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }
  close(): Promise<void> {
    return this.#handle.close();
  }
}

const flags = { read: 'r', write: 'r+', create: 'wx+' } as const;

export const nodeDisk: Disk = {
  open: async (path, mode) => new NodeFile(await open(path, flags[mode], fileMode)),
  list: (directory) => readdir(directory),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: directoryMode });
    await chmod(path, directoryMode);
  },
  syncDirectory: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  readText: async (path) => {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
};

/** Reads a file from one position to another in chunks. */
export async function* chunksOf(
  file: DiskFile,
  range: { readonly from: number; readonly to: number },
): AsyncGenerator<Buffer> {
  for (let at = range.from; at < range.to; ) {
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, range.to - at));
    const count = await file.read(buffer, at);
    if (count === 0) return;
    yield count === buffer.length ? buffer : buffer.subarray(0, count);
    at += count;
  }
}

/** Bytes per read. Larger: fewer calls, more memory. */
const readBytes = 1024 * 1024;

/** Writes a small file so that it is there whole or not at all. */
export async function replaceFile(disk: Disk, directory: string, name: string, text: string): Promise<void> {
  const path = `${directory}/${name}`;
  await disk.remove(`${path}.tmp`);
  const file = await disk.open(`${path}.tmp`, 'create');
  try {
    await file.write(Buffer.from(text, 'utf8'), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.tmp`, path);
  await disk.syncDirectory(directory);
}
