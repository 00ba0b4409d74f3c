// SPDX-License-Identifier: MPL-2.0
// What every engine asks of a batch before it looks at its own state.

import { AppError } from '#base';
import type { Batch, BatchLimits } from './contract.ts';

/** Size of a batch as the limits count it. */
export function batchBytes(batch: Batch): number {
  let bytes = 0;
  for (const { key, value } of batch.changes) bytes += key.length + (value?.length ?? 0);
  return bytes;
}

export function checkBatch(batch: Batch, limits: BatchLimits): void {
  if (batch.index !== batch.expect + 1) {
    throw new AppError('internal', `a batch after index ${batch.expect} can't have index ${batch.index}`);
  }
  const bytes = batchBytes(batch);
  if (batch.changes.length > limits.maxChanges || bytes > limits.maxBytes) {
    throw new AppError(
      'limit',
      `a batch of ${batch.changes.length} changes and ${bytes} bytes is larger than the engine takes (${limits.maxChanges} changes, ${limits.maxBytes} bytes)`,
    );
  }
}
