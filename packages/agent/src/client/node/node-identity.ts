// SPDX-License-Identifier: MPL-2.0
// Who this node is: an id that servers and users see, and a secret that proves it. Both live in the state directory and
// stay the same over restarts.

import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type Random } from '#base';
import { writeFileAtomic } from '../store/atomic-file.ts';

export interface NodeIdentity {
  readonly nodeId: string;
  readonly secretId: string;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads the identity, or makes a new one. @throws AppError when a file holds something else than an id. */
export async function loadNodeIdentity(stateDir: string, random: Random): Promise<NodeIdentity> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  // a directory that existed before may be open to others
  if (((await stat(stateDir)).mode & 0o077) !== 0) await chmod(stateDir, 0o700);
  return {
    nodeId: await loadId(join(stateDir, 'client-id'), random),
    secretId: await loadId(join(stateDir, 'secret-id'), random),
  };
}

async function loadId(path: string, random: Random): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AppError('internal', `can't read ${path}: ${error.message}`, { cause: error });
  });
  if (text === undefined) {
    const id = random.uuid();
    await writeFileAtomic(path, id, 0o600);
    return id;
  }
  const id = text.trim().toLowerCase();
  if (!uuid.test(id))
    throw new AppError(
      'invalid',
      `${path} holds no node id; remove the file and the node gets a new one (its allocations are then lost)`,
    );
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  return id;
}
