// SPDX-License-Identifier: MPL-2.0
// Saving, inspecting and restoring the whole state.

import type { Readable } from 'node:stream';
import { AppError } from '#base';
import { loadTables } from '../load.ts';
import type { StateEngine, StoredRows } from '../state-engine.ts';
import type { StateStore } from '../store.ts';
import { isTableName } from '../tables/rows.ts';
import type { WriteLoop } from '../write-loop.ts';
import {
  type OpenedArchive,
  openArchive,
  packArchive,
  type SnapshotMeta,
  type SpooledFile,
  spool,
} from './archive.ts';

/** Decodes an engine's snapshot stream; every engine has it as `readSnapshot`. */
export type ReadRows = (from: Readable) => Promise<StoredRows>;

export interface SavedSnapshot extends SpooledFile {
  readonly index: number;
  /** `sha-256=<base64>`, for the Digest header */
  readonly digest: string;
}

/** Writes a snapshot to a temporary file. Read it with `read()`, then call `discard()`. */
export async function saveSnapshot(
  engine: Pick<StateEngine, 'snapshot' | 'readSnapshot'>,
  options: { readonly directory: string },
): Promise<SavedSnapshot> {
  const state = await spool(engine.snapshot(), options.directory);
  try {
    const { index } = await closing(await engine.readSnapshot(state.read()));
    const archive = await packArchive(state, { index }, options.directory);
    const digest = `sha-256=${Buffer.from(archive.sha256, 'hex').toString('base64')}`;
    return { ...archive, index, digest };
  } finally {
    await state.discard();
  }
}

/** Only the index is wanted. */
async function closing(rows: StoredRows): Promise<StoredRows> {
  for await (const _row of rows.rows) break;
  return rows;
}

export interface TableSize {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface SnapshotInspection extends SnapshotMeta {
  readonly tables: readonly TableSize[];
}

/** Checks a snapshot file wholly and counts what is in it. */
export async function inspectSnapshot(
  source: Readable,
  options: { readonly directory: string; readonly readRows: ReadRows },
): Promise<SnapshotInspection> {
  return withArchive(source, options.directory, async ({ meta, state }) => {
    const sizes = new Map<string, { rows: number; bytes: number }>();
    const { index, rows } = await options.readRows(state.read());
    checkIndex(meta, index);
    for await (const { key, value } of rows) {
      const name = key.slice(0, Math.max(0, key.indexOf('/')));
      const size = sizes.get(name) ?? { rows: 0, bytes: 0 };
      size.rows += 1;
      size.bytes += key.length + value.length;
      sizes.set(name, size);
    }
    const tables = [...sizes]
      .map(([name, size]) => ({ name, ...size }))
      .filter(({ name }) => isTableName(name));
    return { ...meta, tables: tables.toSorted((a, b) => b.bytes - a.bytes) };
  });
}

export interface RestoreDependencies {
  readonly engine: Pick<StateEngine, 'open' | 'readSnapshot' | 'restore'>;
  readonly store: StateStore;
  readonly writes: Pick<WriteLoop, 'pauseWhile'>;
}

/**
 * Replaces everything by a snapshot file and wakes everybody who waits. The whole file is checked first: one that is
 * damaged throws `invalid` and changes nothing. Returns the index after it.
 */
export async function restoreSnapshot(
  source: Readable,
  options: { readonly directory: string },
  dependencies: RestoreDependencies,
): Promise<number> {
  const { engine, store, writes } = dependencies;
  return withArchive(source, options.directory, async ({ meta, state }) => {
    const { index, rows } = await engine.readSnapshot(state.read());
    checkIndex(meta, index);
    await loadTables(rows, { freezeRows: false });
    return writes.pauseWhile(async () => {
      await engine.restore(state.read());
      await store.load(await engine.open());
      return store.index;
    });
  });
}

function checkIndex(meta: SnapshotMeta, index: number): void {
  if (meta.Index === index) return;
  throw new AppError(
    'invalid',
    `this is not a snapshot that can be used: its description says index ${meta.Index}, its state index ${index}`,
  );
}

async function withArchive<T>(
  source: Readable,
  directory: string,
  work: (archive: OpenedArchive) => Promise<T>,
): Promise<T> {
  const archive = await openArchive(source, directory);
  try {
    return await work(archive);
  } finally {
    await archive.state.discard();
  }
}
