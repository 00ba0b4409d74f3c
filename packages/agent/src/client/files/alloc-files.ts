// SPDX-License-Identifier: MPL-2.0
// An allocation's files as users may see them: everything but the tasks' secrets.

import { type FileHandle, readlink } from 'node:fs/promises';
import type { AllocFileInfo } from '@serai/api';
import { AppError, SafeDir, type SafeStat, splitSafePath } from '#base';
import { sniffBytes, sniffContentType } from './content-type.ts';
import { formatFileMode } from './file-mode.ts';

/** Most entries in one listing. */
export const maxFilesListed = 10_000;

/** Directories of a task that are not for reading. */
const hiddenNames: readonly string[] = ['secrets', 'private'];

export class AllocFiles {
  readonly #root: string;
  /** listing and stat don't follow links; reading does, as long as they stay inside */
  readonly #strict: SafeDir;
  readonly #inside: SafeDir;

  constructor(root: string) {
    this.#root = root;
    this.#strict = new SafeDir(root);
    this.#inside = new SafeDir(root, { links: 'inside' });
  }

  async list(path: string): Promise<AllocFileInfo[]> {
    refuseSecrets(path);
    const entries = await this.#strict.list(path, { maxEntries: maxFilesListed });
    return entries.map((entry) => infoOf(entry, ''));
  }

  async stat(path: string): Promise<AllocFileInfo> {
    refuseSecrets(path);
    const entry = await this.#strict.stat(path);
    return infoOf(entry, entry.kind === 'file' ? await this.#contentType(path) : '');
  }

  /** Opens a regular file for reading. The caller closes it. */
  async open(path: string): Promise<FileHandle> {
    refuseSecrets(path);
    const file = await this.#inside.openRead(path);
    try {
      // a link may lead into a task's secrets: look at what was opened, not at what was asked for
      const real = await readlink(`/proc/self/fd/${file.fd}`);
      if (real.startsWith(`${this.#root}/`)) refuseSecrets(real.slice(this.#root.length));
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #contentType(path: string): Promise<string> {
    await using file = await this.open(path);
    const head = Buffer.alloc(sniffBytes);
    const { bytesRead } = await file.read(head, 0, sniffBytes, 0);
    return sniffContentType(head.subarray(0, bytesRead));
  }
}

function refuseSecrets(path: string): void {
  const second = splitSafePath(path)[1];
  if (second !== undefined && hiddenNames.includes(second))
    throw new AppError('denied', `Reading secret file prohibited: ${path}`);
}

function infoOf(entry: SafeStat, contentType: string): AllocFileInfo {
  return {
    Name: entry.name === '' ? '/' : entry.name,
    IsDir: entry.kind === 'directory',
    Size: entry.sizeBytes,
    FileMode: formatFileMode(entry.kind, entry.mode),
    ModTime: new Date(entry.modifiedMs).toISOString(),
    ...(contentType === '' ? {} : { ContentType: contentType }),
  };
}
