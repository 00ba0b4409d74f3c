// SPDX-License-Identifier: MPL-2.0
// Processes of tasks that nothing here leads to any more: the client was killed between a start and the note of it, or
// the note was destroyed. Each task's private directory tells of the process that was started from it.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type Logger } from '#base';
import type { Supervisor } from '#supervisor';

export class Orphans {
  readonly #supervisor: Pick<Supervisor, 'attach'> | undefined;
  readonly #log: Logger;

  constructor(dependencies: {
    readonly supervisor: Pick<Supervisor, 'attach'> | undefined;
    readonly log: Logger;
  }) {
    this.#supervisor = dependencies.supervisor;
    this.#log = dependencies.log;
  }

  /** Ends what runs from a task's private directory. */
  async reap(taskStateDir: string): Promise<void> {
    if (!this.#supervisor) return;
    const process = await this.#supervisor.attach(taskStateDir).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not-found') return undefined;
      throw error;
    });
    if (!process) return;
    if (process.isRunning()) {
      this.#log.warn('ending a process that no allocation knows', { pid: process.pid, dir: taskStateDir });
      await process.kill();
    }
    process.release();
  }

  /** The same for all allocations that are not known; their private directories go, too. */
  async sweep(root: string, isKnown: (allocId: string) => boolean): Promise<void> {
    for (const allocId of await readdir(root)) {
      // asked for each anew: allocations arrive meanwhile
      if (isKnown(allocId)) continue;
      for (const task of await readdir(join(root, allocId)).catch(() => []))
        await this.reap(join(root, allocId, task));
      await rm(join(root, allocId), { recursive: true, force: true });
    }
  }
}
