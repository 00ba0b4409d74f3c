// SPDX-License-Identifier: MPL-2.0
// Reads a log: checks every batch, finds where it ends, and tells a write that was cut short by a crash from damage.

import { batchIndexOf, decodeBatch } from '../change-codec.ts';
import type { CommittedBatch } from '../contract.ts';
import { FrameReader, frameHeaderBytes, frameKind, magicBytes, parseFrameHeader } from '../frame.ts';
import { corrupt } from './data-directory.ts';
import { chunksOf, type DiskFile } from './disk.ts';

export interface LogScan {
  /** newest index in the log */
  readonly index: number;
  /** bytes up to the end of the newest batch */
  readonly end: number;
  readonly size: number;
  /** bytes after `end` that belong to no batch: a write that never was acknowledged */
  readonly cutBytes: number;
}

/**
 * Reads through a log that starts after `from`. Throws `invalid` where batches are damaged or missing. Only the log
 * that was being written may end in a cut batch.
 */
export async function scanLog(
  file: DiskFile,
  log: { readonly path: string; readonly from: number; readonly visit?: (batch: CommittedBatch) => void },
): Promise<LogScan> {
  const size = await file.size();
  const reader = new FrameReader(chunksOf(file, { from: 0, to: size }));
  let index = log.from;
  for (;;) {
    const frame = await reader.next();
    const end = reader.offset;
    if (frame === 'end') return { index, end, size, cutBytes: 0 };
    if (frame === 'cut' || frame === 'damaged') {
      if (await somethingFollows(file, { from: end + 1, to: size })) {
        throw corrupt(log.path, `a checksum does not match at byte ${end}`);
      }
      return { index, end, size, cutBytes: size - end };
    }
    if (frame.kind === frameKind.closed) return { index, end: frame.offset, size, cutBytes: 0 };
    const found = frame.kind === frameKind.batch ? batchIndexOf(frame.payload) : -1;
    if (found !== index + 1) {
      throw corrupt(log.path, `expected the batch of index ${index + 1} at byte ${frame.offset}`);
    }
    log.visit?.(decodeBatch(frame.payload));
    index = found;
  }
}

/** Is there the header of another frame? Then what is before it was complete once. */
async function somethingFollows(file: DiskFile, range: { from: number; to: number }): Promise<boolean> {
  let carried = Buffer.alloc(0);
  for await (const chunk of chunksOf(file, range)) {
    const bytes = carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk;
    for (let at = bytes.indexOf(magicBytes); at >= 0; at = bytes.indexOf(magicBytes, at + 1)) {
      if (at + frameHeaderBytes > bytes.length) break;
      if (parseFrameHeader(bytes.subarray(at, at + frameHeaderBytes))) return true;
    }
    carried = Buffer.from(bytes.subarray(Math.max(0, bytes.length - frameHeaderBytes + 1)));
  }
  return false;
}
