// SPDX-License-Identifier: MPL-2.0
// Work on untrusted text that may exceed what the main thread may spend (50 ms) runs in a worker thread.
//
// Why a thread and not slices: parser and evaluator are plain recursive functions, three to five times as fast as ones
// that can pause; and a thread also has a real limit of time and memory. Files below `inlineLimits`, that is nearly all,
// never see it: they are parsed at once, and only when a limit is reached is the work done again in a thread.

import { Worker } from 'node:worker_threads';
import { AppError, type Clock } from '#base';

export interface WorkerTask {
  /** A module that calls `answerParent`. */
  readonly entry: URL;
  /** Must be cloneable. */
  readonly input: unknown;
}

export interface WorkerOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Heap of the thread. */
  readonly memoryMb?: number;
}

/** Enough for `defaultLimits` on a slow machine, and short for whoever waits. */
const defaultTimeoutMs = 10_000;
const defaultMemoryMb = 256;

/** Messages of a worker thread. */
export type WorkerReply =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly code: AppError['code']; readonly message: string };

export function runInWorker(task: WorkerTask, options: WorkerOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(AppError.from(options.signal.reason));
      return;
    }
    const worker = new Worker(task.entry, {
      workerData: task.input,
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb ?? defaultMemoryMb },
    });
    const finish = (settle: () => void): void => {
      timer.cancel();
      options.signal?.removeEventListener('abort', onAbort);
      void worker.terminate();
      settle();
    };
    const fail = (error: AppError): void => finish(() => reject(error));
    const onAbort = (): void => fail(new AppError('canceled', 'reading the file was canceled'));
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const timer = options.clock.after(timeoutMs, () =>
      fail(
        new AppError('limit', `reading the file took more than ${timeoutMs / 1000} seconds`, { status: 400 }),
      ),
    );
    options.signal?.addEventListener('abort', onAbort, { once: true });
    worker.once('message', (reply: WorkerReply) => {
      if (reply.kind === 'result') finish(() => resolve(reply.value));
      else fail(new AppError(reply.code, reply.message));
    });
    worker.once('error', (error: Error & { code?: string }) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      fail(
        memory
          ? new AppError('limit', 'reading the file took too much memory', { status: 400 })
          : new AppError('internal', `the worker thread failed: ${error.message}`, { cause: error }),
      );
    });
    worker.once('exit', () => fail(new AppError('internal', 'the worker thread ended without an answer')));
  });
}
