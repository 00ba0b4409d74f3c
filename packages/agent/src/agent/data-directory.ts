// SPDX-License-Identifier: MPL-2.0
// The agent's directory: who owns it, and the identity of the server that lives in it.

import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type Random } from '#base';

/**
 * Makes the directory. Others may pass through it (tasks of other users live below it) but not look around; what is
 * secret lies in directories of mode 0700. @throws AppError when that can't be.
 */
export async function prepareDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o711 });
    await chmod(path, 0o711);
  } catch (error) {
    throw new AppError('invalid', `can't use the data directory "${path}": ${AppError.from(error).message}`, {
      cause: error,
    });
  }
}

const idPattern = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The server's id, made at its first start. */
export async function loadServerId(serverDir: string, random: Random): Promise<string> {
  await mkdir(serverDir, { recursive: true, mode: 0o700 });
  const path = join(serverDir, 'node-id');
  const stored = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AppError('internal', `can't read "${path}": ${error.message}`, { cause: error });
  });
  if (stored !== undefined) {
    const id = stored.trim();
    if (idPattern.test(id)) return id;
    throw new AppError(
      'invalid',
      `"${path}" does not hold a server id: restore the file or remove it to get a new id`,
    );
  }
  const id = random.uuid();
  await writeFile(`${path}.tmp`, `${id}\n`, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
  return id;
}
