// SPDX-License-Identifier: MPL-2.0
// The other side of run-in-worker.

import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '#base';
import type { WorkerReply } from './run-in-worker.ts';

/** To be called once by the entry module of a worker thread. Does nothing outside of one. */
export function answerParent(handle: (input: unknown) => unknown): void {
  const port = parentPort;
  if (!port) return;
  const reply = (message: WorkerReply): void => port.postMessage(message);
  try {
    reply({ kind: 'result', value: handle(workerData) });
  } catch (error) {
    const { code, message } = AppError.from(error);
    reply({ kind: 'error', code, message });
  }
}
