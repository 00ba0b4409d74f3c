// SPDX-License-Identifier: MPL-2.0
// Payloads of frames: a batch (index and changes) or a block of rows.
//
//   batch: index u64 | changes        rows: changes without deletions
//   changes: count u32 | count × (key length u32 | value length u32, or 0xffffffff for a deletion | key | value)

import { AppError } from '#base';
import type { Change, Row } from './contract.ts';

const deletion = 0xffff_ffff;
const entryBytes = 8;

export function encodeBatch(index: number, changes: readonly Change[]): Buffer {
  return encodeChanges(changes, 8, (bytes) => bytes.writeBigUInt64LE(BigInt(index), 0));
}

export function encodeRows(rows: readonly Row[]): Buffer {
  return encodeChanges(rows, 0, () => {});
}

function encodeChanges(changes: readonly Change[], start: number, head: (bytes: Buffer) => void): Buffer {
  let size = start + 4;
  for (const { key, value } of changes)
    size += entryBytes + Buffer.byteLength(key, 'utf8') + (value?.length ?? 0);
  const bytes = Buffer.allocUnsafe(size);
  head(bytes);
  let at = bytes.writeUInt32LE(changes.length, start);
  for (const { key, value } of changes) {
    const keyBytes = bytes.write(key, at + entryBytes, 'utf8');
    bytes.writeUInt32LE(keyBytes, at);
    bytes.writeUInt32LE(value === null ? deletion : value.length, at + 4);
    at += entryBytes + keyBytes;
    if (value === null) continue;
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

export function batchIndexOf(payload: Buffer): number {
  return payload.length < 8 ? -1 : Number(payload.readBigUInt64LE(0));
}

export function decodeBatch(payload: Buffer): { index: number; changes: Change[] } {
  return { index: batchIndexOf(payload), changes: decodeChanges(payload, 8) };
}

export function decodeRows(payload: Buffer): Row[] {
  return decodeChanges(payload, 0).map(({ key, value }) => {
    if (value === null) throw malformed();
    return { key, value };
  });
}

/** Values are views on the payload. */
function decodeChanges(payload: Buffer, start: number): Change[] {
  if (payload.length < start + 4) throw malformed();
  const count = payload.readUInt32LE(start);
  if (count * entryBytes > payload.length) throw malformed();
  const changes: Change[] = [];
  let at = start + 4;
  for (let i = 0; i < count; i++) {
    if (at + entryBytes > payload.length) throw malformed();
    const keyEnd = at + entryBytes + payload.readUInt32LE(at);
    const length = payload.readUInt32LE(at + 4);
    const end = length === deletion ? keyEnd : keyEnd + length;
    if (end > payload.length) throw malformed();
    const key = payload.toString('utf8', at + entryBytes, keyEnd);
    changes.push({ key, value: length === deletion ? null : payload.subarray(keyEnd, end) });
    at = end;
  }
  if (at !== payload.length) throw malformed();
  return changes;
}

function malformed(): AppError {
  return new AppError('invalid', 'a frame holds lengths that do not fit: it was not written by this program');
}
