// SPDX-License-Identifier: MPL-2.0
// Values by declaration: to bytes and back.

import { decoderFor } from './decode.ts';
import { encoderFor } from './encode.ts';
import { type MsgpackLimits, MsgpackReader } from './reader.ts';
import type { MsgpackShape } from './shape.ts';
import { MsgpackWriter } from './writer.ts';

export interface MsgpackDecodeOptions {
  /** Position of the first byte in its stream, for error texts. */
  readonly origin?: number;
  readonly limits?: MsgpackLimits;
}

export function encodeMsgpack<T>(shape: MsgpackShape<T>, value: T): Buffer {
  const writer = new MsgpackWriter();
  encoderFor(shape)(writer, value);
  return writer.finish();
}

/** One object at the start of the bytes; what stands behind it is not looked at. */
export function decodeMsgpack<T>(
  shape: MsgpackShape<T>,
  bytes: Uint8Array,
  options?: MsgpackDecodeOptions,
): T {
  return decoderFor(shape)(new MsgpackReader(bytes, options)) as T;
}

export function writeMsgpack<T>(writer: MsgpackWriter, shape: MsgpackShape<T>, value: T): void {
  encoderFor(shape)(writer, value);
}

export function readMsgpack<T>(reader: MsgpackReader, shape: MsgpackShape<T>): T {
  return decoderFor(shape)(reader) as T;
}
