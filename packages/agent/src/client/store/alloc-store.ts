// SPDX-License-Identifier: MPL-2.0
// The client's memory over restarts: one file per allocation, each replaced as a whole. An allocation's writes happen
// one after another; while one runs, only the newest of those that wait is kept.

import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type Logger } from '#base';
import { type AllocRecord, decodeRecord, encodeRecord } from './alloc-record.ts';
import { writeFileAtomic } from './atomic-file.ts';

/** Largest file read back, in bytes; a record has some 10 KiB. */
const maxRecordBytes = 64 * 1024 * 1024;
const fileName = /^([0-9a-f-]{36})\.json$/;

export interface LoadedRecords {
  readonly records: readonly AllocRecord[];
  /** allocations whose file could not be used, with the reason */
  readonly corrupt: readonly { readonly allocId: string; readonly error: AppError }[];
}

interface Writer {
  /** what waits to be written; undefined: nothing */
  next: AllocRecord | undefined;
  running: Promise<void>;
  removed: boolean;
}

export class AllocStore {
  readonly #dir: string;
  readonly #log: Logger;
  readonly #writers = new Map<string, Writer>();

  constructor(options: { readonly stateDir: string }, dependencies: { readonly log: Logger }) {
    this.#dir = join(options.stateDir, 'allocs');
    this.#log = dependencies.log;
  }

  /** Reads everything. A file that can't be used is put aside as `*.corrupt`; the others are not touched by that. */
  async load(): Promise<LoadedRecords> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const records: AllocRecord[] = [];
    const corrupt: { allocId: string; error: AppError }[] = [];
    for (const name of (await readdir(this.#dir)).sort()) {
      const path = join(this.#dir, name);
      if (name.endsWith('.tmp')) await rm(path, { force: true });
      const allocId = fileName.exec(name)?.[1];
      if (allocId === undefined) continue;
      try {
        const record = decodeRecord(await readBounded(path));
        if (record.alloc.ID !== allocId)
          throw new AppError('invalid', `it holds allocation "${record.alloc.ID}"`);
        records.push(record);
      } catch (cause) {
        const aside = `${path}.corrupt`;
        await rename(path, aside);
        const error = new AppError(
          'invalid',
          `state of allocation ${allocId} can't be used: ${AppError.from(cause).message}; the file is now ${aside}`,
          { cause },
        );
        this.#log.error('allocation state is corrupt', { alloc_id: allocId, error });
        corrupt.push({ allocId, error });
      }
    }
    return { records, corrupt };
  }

  /** Resolves when this record, or a newer one of the same allocation, is on disk. */
  async save(record: AllocRecord): Promise<void> {
    const id = record.alloc.ID;
    const known = this.#writers.get(id);
    if (known?.removed) return;
    if (known) {
      known.next = record;
      await known.running;
      return;
    }
    const writer: Writer = { next: record, running: Promise.resolve(), removed: false };
    this.#writers.set(id, writer);
    writer.running = this.#write(id, writer);
    await writer.running;
  }

  async #write(id: string, writer: Writer): Promise<void> {
    try {
      for (let record = writer.next; record && !writer.removed; record = writer.next) {
        writer.next = undefined;
        await writeFileAtomic(join(this.#dir, `${id}.json`), encodeRecord(record), 0o600);
      }
    } finally {
      if (!writer.removed) this.#writers.delete(id);
    }
  }

  /** Forgets an allocation; saves that still wait are dropped. */
  async remove(allocId: string): Promise<void> {
    const known = this.#writers.get(allocId);
    const writer: Writer = known ?? { next: undefined, running: Promise.resolve(), removed: true };
    writer.removed = true;
    this.#writers.set(allocId, writer);
    try {
      await writer.running.catch(() => {});
      await rm(join(this.#dir, `${allocId}.json`), { force: true });
    } finally {
      this.#writers.delete(allocId);
    }
  }
}

async function readBounded(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size > maxRecordBytes) throw new AppError('limit', `it has ${size} bytes, more than ${maxRecordBytes}`);
  return await file.readFile('utf8');
}
