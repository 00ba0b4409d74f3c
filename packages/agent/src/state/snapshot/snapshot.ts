// SPDX-License-Identifier: MPL-2.0
// Saving, inspecting and restoring the whole state.

import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { AppError } from '#base';
import { loadTables } from '../load.ts';
import type { StateEngine, StoredRows } from '../state-engine.ts';
import type { StateStore } from '../store.ts';
import { isTableName } from '../tables/rows.ts';
import type { WriteLoop } from '../write-loop.ts';
import { type OpenedArchive, openArchive, packArchive, type SnapshotMeta, spool } from './archive.ts';

/** Decodes an engine's snapshot stream; every engine has it as `readSnapshot`. */
export type ReadRows = (from: Readable) => Promise<StoredRows>;

export interface ArchiveOptions {
  /** where the temporary files go (0600, in a directory of their own); default: the system's */
  readonly directory?: string;
}

export interface WrittenArchive {
  readonly index: number;
  readonly sizeBytes: number;
  /** `sha-256=<base64>` of the body, for the Digest header */
  readonly checksum: string;
  /** Read it or destroy it: then the temporary file goes. */
  readonly body: Readable;
}

/** Packs the whole state at one index. Writes go on meanwhile. */
export async function writeArchive(
  dependencies: { readonly engine: Pick<StateEngine, 'snapshot' | 'readSnapshot'> },
  options: ArchiveOptions = {},
): Promise<WrittenArchive> {
  const { engine } = dependencies;
  const directory = options.directory ?? tmpdir();
  const state = await spool(engine.snapshot(), directory);
  try {
    const index = await indexOf(await engine.readSnapshot(state.read()));
    const archive = await packArchive(state, { index }, directory);
    const body = archive.read();
    // Nothing else can be done about a temporary file that does not go.
    body.once('close', () => void archive.discard().catch(() => {}));
    const checksum = `sha-256=${Buffer.from(archive.sha256, 'hex').toString('base64')}`;
    return { index, sizeBytes: archive.size, checksum, body };
  } finally {
    await state.discard();
  }
}

/** Gives the rows up, so that their file is closed. */
async function indexOf({ index, rows }: StoredRows): Promise<number> {
  for await (const _row of rows) break;
  return index;
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
export async function inspectArchive(
  dependencies: { readonly readRows: ReadRows },
  source: Readable,
  options: ArchiveOptions = {},
): Promise<SnapshotInspection> {
  return withArchive(source, options, async ({ meta, state }) => {
    const sizes = new Map<string, { rows: number; bytes: number }>();
    const { index, rows } = await dependencies.readRows(state.read());
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
export async function readArchive(
  dependencies: RestoreDependencies,
  source: Readable,
  options: ArchiveOptions = {},
): Promise<number> {
  const { engine, store, writes } = dependencies;
  return withArchive(source, options, async ({ meta, state }) => {
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
  options: ArchiveOptions,
  work: (archive: OpenedArchive) => Promise<T>,
): Promise<T> {
  const archive = await openArchive(source, options.directory ?? tmpdir());
  try {
    return await work(archive);
  } finally {
    await archive.state.discard();
  }
}
