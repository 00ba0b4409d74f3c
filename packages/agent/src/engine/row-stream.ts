// SPDX-License-Identifier: MPL-2.0
// All rows at one index as a stream of frames: header, blocks of rows, trailer. Checkpoint files and snapshots look so.

import { crc32 } from 'node:zlib';
import { AppError } from '#base';
import { decodeRows, encodeRows } from './change-codec.ts';
import type { Row, RowsAt } from './contract.ts';
import { encodeFrame, type Frame, FrameReader, frameKind } from './frame.ts';

/** Rows are gathered into blocks of about this size. Larger: fewer checksums and reads, more memory. */
const blockBytes = 256 * 1024;

const format = 'serai-rows';
const formatVersion = 1;

interface Trailer {
  readonly rows: number;
  /** CRC-32 over the checksums of all blocks: finds blocks that are missing or in another order */
  readonly crc: number;
}

/** Encodes rows. The rows are read while the stream is. */
export async function* encodeRowStream(rowsAt: RowsAt): AsyncGenerator<Buffer> {
  yield encodeFrame(frameKind.header, json({ format, version: formatVersion, index: rowsAt.index }));
  let block: Row[] = [];
  let bytes = 0;
  let rows = 0;
  let crc = 0;
  const flush = (): Buffer => {
    const payload = encodeRows(block);
    rows += block.length;
    crc = crc32(crcBytes(payload), crc);
    block = [];
    bytes = 0;
    return encodeFrame(frameKind.rows, payload);
  };
  for await (const row of rowsAt.rows) {
    block.push(row);
    bytes += row.key.length + row.value.length;
    if (bytes >= blockBytes) yield flush();
  }
  if (block.length > 0) yield flush();
  yield encodeFrame(frameKind.trailer, json({ rows, crc } satisfies Trailer));
}

function crcBytes(payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(crc32(payload));
  return bytes;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

/** Makes the error that says what is wrong with this stream. */
export type Damaged = (why: string) => AppError;

export const damagedSnapshot: Damaged = (why) =>
  new AppError('invalid', `the snapshot is damaged: ${why}. Nothing was changed; use another copy of it`);

/**
 * Reads the header at once and the rows while they are asked for. Anything wrong throws what `damaged` makes; the rows
 * end without an error only after the trailer was checked.
 */
export async function decodeRowStream(chunks: AsyncIterable<Buffer>, damaged: Damaged): Promise<RowsAt> {
  const reader = new FrameReader(chunks);
  const first = await reader.next();
  if (typeof first === 'string' || first.kind !== frameKind.header) {
    await reader.close();
    throw damaged(first === 'end' ? 'it is empty' : 'it does not start with a header');
  }
  const header = parseHeader(first, damaged);
  return { index: header.index, rows: rowsOf(reader, damaged) };
}

function parseHeader(frame: Frame, damaged: Damaged): { index: number } {
  const header = parseJson(frame.payload);
  if (header?.['format'] !== format) throw damaged('it is something else');
  if (header['version'] !== formatVersion) {
    throw damaged(`it has format version ${String(header['version'])}, this program reads ${formatVersion}`);
  }
  const { index } = header;
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw damaged('its index is not a number');
  }
  return { index };
}

async function* rowsOf(reader: FrameReader, damaged: Damaged): AsyncGenerator<Row> {
  let rows = 0;
  let crc = 0;
  try {
    for (;;) {
      const frame = await reader.next();
      if (frame === 'damaged') throw damaged(`a checksum does not match at byte ${reader.offset}`);
      if (frame === 'cut' || frame === 'end') throw damaged(`it is cut off at byte ${reader.offset}`);
      if (frame.kind === frameKind.trailer) {
        checkTrailer(frame, { rows, crc }, damaged);
        break;
      }
      if (frame.kind !== frameKind.rows) throw damaged(`unexpected frame at byte ${frame.offset}`);
      crc = crc32(crcBytes(frame.payload), crc);
      for (const row of decodeRows(frame.payload)) {
        rows += 1;
        yield row;
      }
    }
    if ((await reader.next()) !== 'end') throw damaged('something follows its end');
  } finally {
    await reader.close();
  }
}

function checkTrailer(frame: Frame, seen: Trailer, damaged: Damaged): void {
  const trailer = parseJson(frame.payload);
  if (trailer?.['rows'] !== seen.rows || trailer['crc'] !== seen.crc) {
    throw damaged('blocks are missing or in another order');
  }
}

function parseJson(payload: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
