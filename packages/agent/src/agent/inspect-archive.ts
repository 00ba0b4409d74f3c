// SPDX-License-Identifier: MPL-2.0
// Looks into a saved state file, without a server.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { readSnapshot } from '#engine';
import { inspectArchive, type TableSize } from '#state';

export interface ArchiveFacts {
  readonly id: string;
  /** of the file, in bytes */
  readonly size: number;
  readonly index: number;
  readonly version: number;
  readonly tables: readonly TableSize[];
}

/** @throws AppError `invalid` that says what is wrong with the file. */
export async function inspectArchiveFile(path: string): Promise<ArchiveFacts> {
  const { size } = await stat(path);
  const found = await inspectArchive({ readRows: readSnapshot }, createReadStream(path));
  return { id: found.ID, size, index: found.Index, version: found.Version, tables: found.tables };
}
