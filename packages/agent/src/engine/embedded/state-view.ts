// SPDX-License-Identifier: MPL-2.0
// All rows at one index, read from the newest checkpoint and the logs after it. The files are opened at once, so that
// a later checkpoint may delete them while they are read.

import { decodeBatch } from '../change-codec.ts';
import type { Change, Row, RowsAt } from '../contract.ts';
import { FrameReader, frameKind } from '../frame.ts';
import { decodeRowStream } from '../row-stream.ts';
import { corrupt } from './data-directory.ts';
import { chunksOf, type Disk, type DiskFile } from './disk.ts';

export interface ViewFiles {
  readonly index: number;
  readonly checkpoint: string | undefined;
  readonly logs: readonly { readonly path: string; readonly end: number }[];
}

interface OpenLog {
  readonly path: string;
  readonly file: DiskFile;
  readonly end: number;
}

/** The files are closed when the rows were read or given up; call `discard` when they are never read. */
export async function openView(
  disk: Disk,
  files: ViewFiles,
): Promise<RowsAt & { discard: () => Promise<void> }> {
  const opened: DiskFile[] = [];
  const openFile = async (path: string): Promise<DiskFile> => {
    const file = await disk.open(path, 'read');
    opened.push(file);
    return file;
  };
  const discard = async (): Promise<void> => {
    for (const file of opened.splice(0)) await file.close();
  };
  try {
    const checkpoint = files.checkpoint === undefined ? undefined : await openFile(files.checkpoint);
    const logs: OpenLog[] = [];
    for (const { path, end } of files.logs) logs.push({ path, end, file: await openFile(path) });
    return {
      index: files.index,
      rows: rowsOf({ ...files, file: checkpoint, opened: logs }, discard),
      discard,
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

interface Opened extends ViewFiles {
  readonly file: DiskFile | undefined;
  readonly opened: readonly OpenLog[];
}

async function* rowsOf(view: Opened, discard: () => Promise<void>): AsyncGenerator<Row> {
  try {
    const newest = await newestIndexes(view.opened);
    if (view.file && view.checkpoint !== undefined) {
      for await (const row of checkpointRows(view.file, view.checkpoint)) {
        if (!newest.has(row.key)) yield row;
      }
    }
    for (const log of view.opened) {
      for await (const { index, changes } of batchesOf(log)) {
        for (const change of newestChanges(changes)) {
          const { key, value } = change;
          if (value !== null && newest.get(key) === index) yield { key, value };
        }
      }
    }
  } finally {
    await discard();
  }
}

/** For each key in the logs the index of its last change. */
async function newestIndexes(logs: readonly OpenLog[]): Promise<Map<string, number>> {
  const newest = new Map<string, number>();
  for (const log of logs) {
    for await (const { index, changes } of batchesOf(log)) {
      for (const { key } of changes) newest.set(key, index);
    }
  }
  return newest;
}

/** A key may be written twice in a batch: the last one counts. */
function newestChanges(changes: readonly Change[]): Iterable<Change> {
  return new Map(changes.map((change) => [change.key, change])).values();
}

async function* checkpointRows(file: DiskFile, path: string): AsyncGenerator<Row> {
  const to = await file.size();
  const { rows } = await decodeRowStream(chunksOf(file, { from: 0, to }), (why) => corrupt(path, why));
  yield* rows;
}

async function* batchesOf(log: OpenLog): AsyncGenerator<{ index: number; changes: Change[] }> {
  const reader = new FrameReader(chunksOf(log.file, { from: 0, to: log.end }));
  for (;;) {
    const frame = await reader.next();
    if (frame === 'end') return;
    if (typeof frame === 'string' || frame.kind !== frameKind.batch) {
      throw corrupt(log.path, `a checksum does not match at byte ${reader.offset}`);
    }
    yield decodeBatch(frame.payload);
  }
}

/** Writes a stream of frames to a new file, durably; deletes it when that fails. */
export async function writeStream(disk: Disk, path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  await disk.remove(path);
  const file = await disk.open(path, 'create');
  try {
    let at = 0;
    for await (const chunk of chunks) {
      await file.write(chunk, at);
      at += chunk.length;
    }
    await file.sync();
  } catch (error) {
    await file.close();
    await disk.remove(path);
    throw error;
  }
  await file.close();
}
