// SPDX-License-Identifier: MPL-2.0
// A real disk on which chosen operations fail, for tests of the embedded engine.

import type { Disk, DiskFile } from '#engine';

export type DiskOperation = 'open' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove';

export class FaultyDisk implements Disk {
  readonly #disk: Disk;
  readonly #faults: {
    operation: DiskOperation;
    path: RegExp;
    code: string;
    left: number;
    partial: number;
  }[] = [];

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** The next `times` operations of this kind on matching paths fail. A failing write first writes `partial` bytes. */
  fail(
    operation: DiskOperation,
    options: { path?: RegExp; code?: string; times?: number; partial?: number } = {},
  ): void {
    const { path = /./, code = 'EIO', times = 1, partial = 0 } = options;
    this.#faults.push({ operation, path, code, left: times, partial });
  }

  heal(): void {
    this.#faults.length = 0;
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    this.#check('open', path);
    const file = await this.#disk.open(path, mode);
    return {
      read: (into, position) => file.read(into, position),
      write: async (bytes, position) => {
        const fault = this.#take('write', path);
        if (!fault) return file.write(bytes, position);
        if (fault.partial > 0) await file.write(bytes.subarray(0, fault.partial), position);
        throw failure(fault.code, 'write', path);
      },
      sync: async () => {
        this.#check('sync', path);
        await file.sync();
      },
      truncate: async (length) => {
        this.#check('truncate', path);
        await file.truncate(length);
      },
      size: () => file.size(),
      close: () => file.close(),
    };
  }
  list(directory: string): Promise<string[]> {
    return this.#disk.list(directory);
  }
  makeDirectory(path: string): Promise<void> {
    return this.#disk.makeDirectory(path);
  }
  syncDirectory(path: string): Promise<void> {
    return this.#disk.syncDirectory(path);
  }
  async rename(from: string, to: string): Promise<void> {
    this.#check('rename', to);
    await this.#disk.rename(from, to);
  }
  async remove(path: string): Promise<void> {
    this.#check('remove', path);
    await this.#disk.remove(path);
  }
  readText(path: string): Promise<string | undefined> {
    return this.#disk.readText(path);
  }

  #check(operation: DiskOperation, path: string): void {
    const fault = this.#take(operation, path);
    if (fault) throw failure(fault.code, operation, path);
  }

  #take(operation: DiskOperation, path: string): { code: string; partial: number } | undefined {
    const fault = this.#faults.find(
      (each) => each.operation === operation && each.left > 0 && each.path.test(path),
    );
    if (fault) fault.left -= 1;
    return fault;
  }
}

function failure(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code });
}
