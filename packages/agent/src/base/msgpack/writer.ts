// SPDX-License-Identifier: MPL-2.0
// Msgpack bytes as Go's codec writes them: strings never in str8, bytes in string containers, signed and unsigned
// integers in their own families.

import { timeBytes, writeGoTime } from './go-time.ts';

const initialBytes = 512;
const two32 = 2 ** 32;
const two63 = 2 ** 63;
const two64 = 2 ** 64;
/** Strings up to this many characters are tried as ASCII first. */
const shortText = 64;
/** Nesting that `any` accepts, against cycles. */
const maxAnyDepth = 100;

/** The value in memory does not fit its declaration: a bug of the caller, not bad input. */
export class MsgpackEncodeError extends Error {
  override readonly name = 'MsgpackEncodeError';
}

export class MsgpackWriter {
  #buffer = Buffer.allocUnsafe(initialBytes);
  #at = 0;

  /** What was written. The writer must not be used afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  nil(): void {
    this.#room(1);
    this.#buffer[this.#at++] = 0xc0;
  }

  bool(value: boolean): void {
    this.#room(1);
    this.#buffer[this.#at++] = value ? 0xc3 : 0xc2;
  }

  /** int* of Go. Above 2^53 only the doubles are exact. */
  int(value: number): void {
    if (!Number.isInteger(value) || value < -two63 || value >= two63) throw misfit(value, 'int64');
    this.#room(9);
    const b = this.#buffer;
    const at = this.#at;
    if (value >= -32 && value <= 127) {
      b[at] = value & 0xff;
      this.#at = at + 1;
    } else if (value >= -128 && value < 0) {
      b[at] = 0xd0;
      b[at + 1] = value & 0xff;
      this.#at = at + 2;
    } else if (value >= -0x8000 && value < 0x8000) {
      b[at] = 0xd1;
      this.#at = b.writeInt16BE(value, at + 1);
    } else if (value >= -0x8000_0000 && value < 0x8000_0000) {
      b[at] = 0xd2;
      this.#at = b.writeInt32BE(value, at + 1);
    } else {
      b[at] = 0xd3;
      const high = Math.floor(value / two32);
      b.writeInt32BE(high, at + 1);
      this.#at = b.writeUInt32BE(value - high * two32, at + 5);
    }
  }

  /** uint* of Go. */
  uint(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= two64) throw misfit(value, 'uint64');
    this.#room(9);
    const b = this.#buffer;
    const at = this.#at;
    if (value <= 127) {
      b[at] = value;
      this.#at = at + 1;
    } else if (value <= 0xff) {
      b[at] = 0xcc;
      b[at + 1] = value;
      this.#at = at + 2;
    } else if (value <= 0xffff) {
      b[at] = 0xcd;
      this.#at = b.writeUInt16BE(value, at + 1);
    } else if (value < two32) {
      b[at] = 0xce;
      this.#at = b.writeUInt32BE(value, at + 1);
    } else {
      b[at] = 0xcf;
      const high = Math.floor(value / two32);
      b.writeUInt32BE(high, at + 1);
      this.#at = b.writeUInt32BE(value - high * two32, at + 5);
    }
  }

  /** For values that a double can't hold. */
  bigInt(value: bigint, signed: boolean): void {
    if (BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))) {
      if (signed) this.int(Number(value));
      else this.uint(Number(value));
      return;
    }
    this.#room(9);
    this.#buffer[this.#at] = signed ? 0xd3 : 0xcf;
    this.#at = signed
      ? this.#buffer.writeBigInt64BE(value, this.#at + 1)
      : this.#buffer.writeBigUInt64BE(value, this.#at + 1);
  }

  float(value: number): void {
    if (typeof value !== 'number') throw misfit(value, 'float64');
    this.#room(9);
    this.#buffer[this.#at] = 0xcb;
    this.#at = this.#buffer.writeDoubleBE(value, this.#at + 1);
  }

  float32(value: number): void {
    this.#room(5);
    this.#buffer[this.#at] = 0xca;
    this.#at = this.#buffer.writeFloatBE(value, this.#at + 1);
  }

  str(text: string): void {
    if (typeof text !== 'string') throw misfit(text, 'string');
    if (text.length <= shortText && this.#ascii(text)) return;
    const length = Buffer.byteLength(text);
    this.#rawHeader(length);
    this.#room(length);
    this.#at += this.#buffer.write(text, this.#at, length, 'utf8');
  }

  /** []byte, or a string that is no UTF-8. */
  raw(bytes: Uint8Array): void {
    this.#rawHeader(bytes.length);
    this.encoded(bytes);
  }

  /** Bytes that are msgpack already. */
  encoded(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** time.Time from RFC 3339. */
  time(text: string): void {
    this.#room(1 + timeBytes);
    if (typeof text !== 'string' || !writeGoTime(text, this.#buffer, this.#at + 1))
      throw misfit(text, 'time');
    this.#buffer[this.#at] = 0xa0 | timeBytes;
    this.#at += 1 + timeBytes;
  }

  ext(code: number, data: Uint8Array): void {
    this.#room(6);
    const power = Math.log2(data.length);
    if (Number.isInteger(power) && power >= 0 && power <= 4) this.#buffer[this.#at++] = 0xd4 + power;
    else if (data.length <= 0xff) {
      this.#buffer[this.#at++] = 0xc7;
      this.#buffer[this.#at++] = data.length;
    } else if (data.length <= 0xffff) {
      this.#buffer[this.#at] = 0xc8;
      this.#at = this.#buffer.writeUInt16BE(data.length, this.#at + 1);
    } else {
      this.#buffer[this.#at] = 0xc9;
      this.#at = this.#buffer.writeUInt32BE(data.length, this.#at + 1);
    }
    this.#at = this.#buffer.writeInt8(code, this.#at);
    this.encoded(data);
  }

  arrayHeader(count: number): void {
    this.#header(count, 0x90, 0xdc);
  }

  mapHeader(count: number): void {
    this.#header(count, 0x80, 0xde);
  }

  /** interface{}: whole numbers as signed integers, other numbers as float64, objects as maps. */
  any(value: unknown, depth = 0): void {
    if (depth > maxAnyDepth) throw new MsgpackEncodeError(`nested deeper than ${maxAnyDepth} levels`);
    if (value === null || value === undefined) this.nil();
    else if (typeof value === 'string') this.str(value);
    else if (typeof value === 'boolean') this.bool(value);
    else if (typeof value === 'bigint') this.bigInt(value, value < 2n ** 63n);
    else if (typeof value === 'number') {
      if (Number.isInteger(value) && Math.abs(value) < two63) this.int(value);
      else this.float(value);
    } else if (value instanceof Uint8Array) this.raw(value);
    else if (Array.isArray(value)) {
      this.arrayHeader(value.length);
      for (const item of value) this.any(item, depth + 1);
    } else if (typeof value === 'object') {
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      this.mapHeader(entries.length);
      for (const [key, item] of entries) {
        this.str(key);
        this.any(item, depth + 1);
      }
    } else throw misfit(value, 'interface{}');
  }

  #header(count: number, fix: number, wide: number): void {
    this.#room(5);
    if (count < 16) this.#buffer[this.#at++] = fix | count;
    else if (count <= 0xffff) {
      this.#buffer[this.#at] = wide;
      this.#at = this.#buffer.writeUInt16BE(count, this.#at + 1);
    } else {
      this.#buffer[this.#at] = wide + 1;
      this.#at = this.#buffer.writeUInt32BE(count, this.#at + 1);
    }
  }

  #rawHeader(length: number): void {
    this.#room(5);
    if (length < 32) this.#buffer[this.#at++] = 0xa0 | length;
    else if (length <= 0xffff) {
      this.#buffer[this.#at] = 0xda;
      this.#at = this.#buffer.writeUInt16BE(length, this.#at + 1);
    } else {
      this.#buffer[this.#at] = 0xdb;
      this.#at = this.#buffer.writeUInt32BE(length, this.#at + 1);
    }
  }

  /** Writes the text if it is ASCII; a short loop beats the call into the runtime. */
  #ascii(text: string): boolean {
    const length = text.length;
    this.#room(length + 5);
    const buffer = this.#buffer;
    const start = this.#at + (length < 32 ? 1 : 3);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      buffer[start + i] = code;
    }
    this.#rawHeader(length);
    this.#at = start + length;
    return true;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function misfit(value: unknown, wanted: string): MsgpackEncodeError {
  const shown = typeof value === 'object' && value !== null ? 'object' : String(value).slice(0, 40);
  return new MsgpackEncodeError(`cannot encode ${typeof value} ${shown} as ${wanted}`);
}
