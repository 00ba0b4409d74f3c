// SPDX-License-Identifier: MPL-2.0
// Frames: how bytes are framed in log files, checkpoints and snapshot streams. Each carries two CRC-32: one of its
// header, so that a length is believed only when it is right, and one of its payload.
//
//   magic u32 | kind u32 | payload length u32 | payload crc u32 | header crc u32 | payload      (little endian)

import { crc32 } from 'node:zlib';

export const frameKind = {
  /** JSON: what the file or stream is */
  header: 1,
  /** one committed batch */
  batch: 2,
  /** rows of a checkpoint or snapshot */
  rows: 3,
  /** JSON: how many rows there were; a stream without it is cut off */
  trailer: 4,
  /** the log was closed in order: damage before it is damage, not a write that was cut short */
  closed: 5,
} as const;
export type FrameKind = (typeof frameKind)[keyof typeof frameKind];

export const frameHeaderBytes = 20;
/** Largest payload believed when reading. A batch is at most 16 MiB. */
export const maxFrameBytes = 64 * 1024 * 1024;

const magic = 0x31465253; // "SRF1"
export const magicBytes: Buffer = Buffer.from('SRF1', 'latin1');

export interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
  /** where it starts and where the next one would */
  readonly offset: number;
  readonly end: number;
}

export function encodeFrame(kind: FrameKind, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + payload.length);
  frame.writeUInt32LE(magic, 0);
  frame.writeUInt32LE(kind, 4);
  frame.writeUInt32LE(payload.length, 8);
  frame.writeUInt32LE(crc32(payload), 12);
  frame.writeUInt32LE(crc32(frame.subarray(0, 16)), 16);
  frame.set(payload, frameHeaderBytes);
  return frame;
}

export interface FrameHeader {
  readonly kind: number;
  readonly length: number;
  readonly crc: number;
}

/** undefined: not a header, or a damaged one. */
export function parseFrameHeader(bytes: Buffer): FrameHeader | undefined {
  if (bytes.readUInt32LE(0) !== magic || bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16))) {
    return undefined;
  }
  const length = bytes.readUInt32LE(8);
  if (length > maxFrameBytes) return undefined;
  return { kind: bytes.readUInt32LE(4), length, crc: bytes.readUInt32LE(12) };
}

/** Why no further frame could be read. */
export type FrameEnd =
  /** nothing more, or only zero bytes (space written ahead) */
  | 'end'
  /** the last bytes are part of a frame */
  | 'cut'
  /** a header or payload does not match its checksum */
  | 'damaged';

/** Reads frames from chunks of bytes. After an end it must not be asked again. */
export class FrameReader {
  readonly #source: AsyncIterator<Buffer>;
  #chunks: Buffer[] = [];
  #have = 0;
  #offset: number;

  constructor(source: AsyncIterable<Buffer>, offset = 0) {
    this.#source = source[Symbol.asyncIterator]();
    this.#offset = offset;
  }

  /** Where the next frame starts. */
  get offset(): number {
    return this.#offset;
  }

  async next(): Promise<Frame | FrameEnd> {
    if (!(await this.#fill(frameHeaderBytes))) return this.#have === 0 || this.#restIsZero() ? 'end' : 'cut';
    const bytes = this.#peek(frameHeaderBytes);
    const header = parseFrameHeader(bytes);
    if (!header) return isZero(bytes) ? 'end' : 'damaged';
    const size = frameHeaderBytes + header.length;
    if (!(await this.#fill(size))) return 'cut';
    const frame = this.#take(size);
    const payload = frame.subarray(frameHeaderBytes);
    if (crc32(payload) !== header.crc) return 'damaged';
    const offset = this.#offset;
    this.#offset += size;
    return { kind: header.kind, payload, offset, end: this.#offset };
  }

  /** Gives the source back, so that it can close what it reads from. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(size: number): Promise<boolean> {
    while (this.#have < size) {
      const chunk = await this.#source.next();
      if (chunk.done) return false;
      this.#chunks.push(chunk.value);
      this.#have += chunk.value.length;
    }
    return true;
  }

  #peek(size: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= size) return first.subarray(0, size);
    this.#chunks = [Buffer.concat(this.#chunks, this.#have)];
    return (this.#chunks[0] ?? Buffer.alloc(0)).subarray(0, size);
  }

  #take(size: number): Buffer {
    const bytes = this.#peek(size);
    const first = this.#chunks[0];
    this.#have -= size;
    if (!first || first.length === size) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(size);
    return bytes;
  }

  #restIsZero(): boolean {
    return this.#chunks.every(isZero);
  }
}

export function isZero(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
