// SPDX-License-Identifier: MPL-2.0
// yamux frames as bytes. A header is 12 bytes, big endian: version, type, flags, stream id, length.

import { AppError } from '#base';

export const headerBytes = 12;

export const frameType = {
  /** length: bytes that follow */
  data: 0,
  /** length: bytes added to the receiver's send window */
  windowUpdate: 1,
  /** length: opaque id; stream 0 */
  ping: 2,
  /** length: reason; stream 0 */
  goAway: 3,
} as const;
export type FrameType = (typeof frameType)[keyof typeof frameType];

export const flag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

export const goAwayCode = { normal: 0, protocolError: 1, internalError: 2 } as const;

export interface FrameHeader {
  readonly type: FrameType;
  readonly flags: number;
  readonly streamId: number;
  readonly length: number;
}

/** The bytes of a header, with room for a body behind it. */
export function encodeHeader(header: FrameHeader, bodyBytes = 0): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + bodyBytes);
  bytes[0] = 0;
  bytes[1] = header.type;
  bytes.writeUInt16BE(header.flags, 2);
  bytes.writeUInt32BE(header.streamId, 4);
  bytes.writeUInt32BE(header.length, 8);
  return bytes;
}

export interface FrameSink {
  /** A header; for data frames the body follows through `body`, then `bodyEnd`. */
  header(header: FrameHeader): void;
  body(piece: Buffer): void;
  /** The frame is complete; called for every frame. */
  frameEnd(header: FrameHeader): void;
}

/** Cuts a byte stream into frames. Bodies are handed on piece by piece, never collected. */
export class FrameParser {
  readonly #sink: FrameSink;
  readonly #partial = Buffer.alloc(headerBytes);
  #partialBytes = 0;
  #current: FrameHeader | undefined;
  #bodyLeft = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** True between two frames. */
  get idle(): boolean {
    return this.#current === undefined && this.#partialBytes === 0;
  }

  /** Throws an AppError when the bytes are no yamux. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#current) at = this.#takeBody(this.#current, chunk, at);
      else at = this.#takeHeader(chunk, at);
    }
  }

  #takeHeader(chunk: Buffer, at: number): number {
    let source = chunk;
    let from = at;
    let next = at + headerBytes;
    if (this.#partialBytes > 0 || chunk.length - at < headerBytes) {
      const copied = chunk.copy(this.#partial, this.#partialBytes, at, at + headerBytes - this.#partialBytes);
      this.#partialBytes += copied;
      next = at + copied;
      if (this.#partialBytes < headerBytes) return next;
      source = this.#partial;
      from = 0;
    }
    this.#partialBytes = 0;
    const header = parseHeader(source, from);
    this.#sink.header(header);
    if (header.type === frameType.data && header.length > 0) {
      this.#current = header;
      this.#bodyLeft = header.length;
    } else this.#sink.frameEnd(header);
    return next;
  }

  #takeBody(header: FrameHeader, chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#bodyLeft);
    this.#bodyLeft -= end - at;
    this.#sink.body(chunk.subarray(at, end));
    if (this.#bodyLeft === 0) {
      this.#current = undefined;
      this.#sink.frameEnd(header);
    }
    return end;
  }
}

function parseHeader(bytes: Buffer, at: number): FrameHeader {
  const version = bytes.readUInt8(at);
  if (version !== 0) throw new AppError('invalid', `yamux version ${version} is not supported`);
  const type = bytes.readUInt8(at + 1);
  if (type > 3) throw new AppError('invalid', `yamux frame type ${type} is not known`);
  return {
    type: type as FrameType,
    flags: bytes.readUInt16BE(at + 2),
    streamId: bytes.readUInt32BE(at + 4),
    length: bytes.readUInt32BE(at + 8),
  };
}
