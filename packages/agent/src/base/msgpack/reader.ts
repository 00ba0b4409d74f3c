// SPDX-License-Identifier: MPL-2.0
// Reads msgpack with Go's tolerance, and never trusts a declared length: what is not there is an error before anything
// is allocated.

import { descriptor, MsgpackError } from './error.ts';
import { readGoTime, timeBytes, timeBytesLong } from './go-time.ts';
import { zeroTimeText } from './shape.ts';

export interface MsgpackLimits {
  /** Levels of arrays, maps and structs. Deeper is an error. */
  readonly maxDepth: number;
  /** Values made for a message of no size; `valuesPerByte` more for each of its bytes. Bounds what a small hostile
   * message (a list of nils that each become a whole struct) can make the reader allocate. */
  readonly baseValues: number;
  /** Values made for each byte of a message; see `baseValues`. */
  readonly valuesPerByte: number;
}
export const defaultMsgpackLimits: MsgpackLimits = { maxDepth: 100, baseValues: 65_536, valuesPerByte: 2 };

const two32 = 2 ** 32;

export class MsgpackReader {
  readonly #buffer: Buffer;
  readonly #maxDepth: number;
  /** Position of the buffer's first byte in its stream, for error texts. */
  readonly #origin: number;
  #at: number;
  #depth = 0;
  #valuesLeft: number;

  constructor(bytes: Uint8Array, options: { origin?: number; limits?: MsgpackLimits } = {}) {
    const limits = options.limits ?? defaultMsgpackLimits;
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#origin = options.origin ?? 0;
    this.#at = 0;
    this.#maxDepth = limits.maxDepth;
    this.#valuesLeft = limits.baseValues + limits.valuesPerByte * bytes.length;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at;
  }
  get remaining(): number {
    return this.#buffer.length - this.#at;
  }

  fail(reason: string, at = this.#at): never {
    throw new MsgpackError(this.#origin + at, reason);
  }

  peek(): number {
    const byte = this.#buffer[this.#at];
    return byte === undefined ? this.fail('unexpected EOF') : byte;
  }

  /** Steps over a nil, if one is next. */
  nil(): boolean {
    if (this.peek() !== 0xc0) return false;
    this.#at += 1;
    return true;
  }

  /** Says that so many values are about to be made. */
  spend(values: number): void {
    this.#valuesLeft -= values;
    if (this.#valuesLeft < 0) this.fail('message expands to too many values');
  }

  enter(): void {
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) this.fail(`nested deeper than ${this.#maxDepth} levels`);
  }
  leave(): void {
    this.#depth -= 1;
  }

  bool(): boolean {
    const byte = this.peek();
    if (byte === 0xc0 || byte === 0xc2 || byte === 0xc3) {
      this.#at += 1;
      return byte === 0xc3;
    }
    return this.fail(`cannot decode bool: unrecognized descriptor byte: ${descriptor(byte)}`);
  }

  /** Any integer container. Above 2^53 the nearest double: times in nanoseconds lose their last digits. */
  int(): number {
    return this.#integer(true);
  }
  uint(): number {
    return this.#integer(false);
  }

  /** Exact; `signed` tells the family of the container it came in. */
  bigInt(): { value: bigint; signed: boolean } {
    const byte = this.peek();
    if (byte === 0xcf || byte === 0xd3) {
      const at = this.#take(9) + 1;
      const signed = byte === 0xd3;
      return {
        value: signed ? this.#buffer.readBigInt64BE(at) : this.#buffer.readBigUInt64BE(at),
        signed,
      };
    }
    const signed = !(byte >= 0xcc && byte <= 0xcf);
    return { value: BigInt(this.int()), signed };
  }

  /** float32, float64, or an integer. */
  float(): number {
    const byte = this.peek();
    if (byte === 0xcb) return this.#buffer.readDoubleBE(this.#take(9) + 1);
    if (byte === 0xca) return this.#buffer.readFloatBE(this.#take(5) + 1);
    return this.#integer(true);
  }

  /** String in any string or binary container; nil is "". */
  str(): string {
    if (this.nil()) return '';
    const length = this.rawHeader('string');
    const start = this.#take(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  /** Steps over these bytes if they are next. */
  takes(expected: Buffer): boolean {
    const buffer = this.#buffer;
    const at = this.#at;
    const { length } = expected;
    if (length > buffer.length - at) return false;
    for (let i = 0; i < length; i++) if (buffer[at + i] !== expected[i]) return false;
    this.#at = at + length;
    return true;
  }

  /** A key of a struct: names are ASCII. */
  key(): string {
    if (this.nil()) return '';
    const length = this.rawHeader('string');
    const start = this.#take(length);
    return this.#buffer.toString('latin1', start, start + length);
  }

  /** A view of the message, not a copy. */
  raw(): Buffer {
    const length = this.rawHeader('bytes');
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  time(): string {
    if (this.nil()) return zeroTimeText;
    const at = this.#at;
    const length = this.rawHeader('time');
    if (length !== timeBytes && length !== timeBytesLong)
      this.fail('Time.UnmarshalBinary: invalid length', at);
    const text = readGoTime(this.#buffer, this.#take(length), length);
    return text ?? this.fail('Time.UnmarshalBinary: no time between the years 1 and 9999', at);
  }

  isArray(byte: number): boolean {
    return (byte & 0xf0) === 0x90 || byte === 0xdc || byte === 0xdd;
  }

  arrayHeader(): number {
    const byte = this.peek();
    if ((byte & 0xf0) === 0x90) return this.#count(byte & 0x0f, 1, 1);
    if (byte === 0xdc) return this.#count(this.#buffer.readUInt16BE(this.#need(3) + 1), 3, 1);
    if (byte === 0xdd) return this.#count(this.#buffer.readUInt32BE(this.#need(5) + 1), 5, 1);
    return this.fail(`cannot decode array: unrecognized descriptor byte: ${descriptor(byte)}`);
  }

  mapHeader(): number {
    const byte = this.peek();
    if ((byte & 0xf0) === 0x80) return this.#count(byte & 0x0f, 1, 2);
    if (byte === 0xde) return this.#count(this.#buffer.readUInt16BE(this.#need(3) + 1), 3, 2);
    if (byte === 0xdf) return this.#count(this.#buffer.readUInt32BE(this.#need(5) + 1), 5, 2);
    return this.fail(`cannot decode map: unrecognized descriptor byte: ${descriptor(byte)}`);
  }

  /** Length of a string or binary; the bytes come next and are there. */
  rawHeader(wanted: string): number {
    const byte = this.peek();
    if ((byte & 0xe0) === 0xa0) return this.#count(byte & 0x1f, 1, 1);
    if (byte === 0xd9 || byte === 0xc4) return this.#count(this.#buffer.readUInt8(this.#need(2) + 1), 2, 1);
    if (byte === 0xda || byte === 0xc5)
      return this.#count(this.#buffer.readUInt16BE(this.#need(3) + 1), 3, 1);
    if (byte === 0xdb || byte === 0xc6)
      return this.#count(this.#buffer.readUInt32BE(this.#need(5) + 1), 5, 1);
    return this.fail(`cannot decode ${wanted}: unrecognized descriptor byte: ${descriptor(byte)}`);
  }

  /** Code and data of an extension. */
  ext(): { code: number; data: Buffer } {
    const byte = this.peek();
    let length = 0;
    if (byte >= 0xd4 && byte <= 0xd8) length = this.#count(1 << (byte - 0xd4), 1, 1);
    else if (byte === 0xc7) length = this.#count(this.#buffer.readUInt8(this.#need(2) + 1), 2, 1);
    else if (byte === 0xc8) length = this.#count(this.#buffer.readUInt16BE(this.#need(3) + 1), 3, 1);
    else if (byte === 0xc9) length = this.#count(this.#buffer.readUInt32BE(this.#need(5) + 1), 5, 1);
    else this.fail(`cannot decode extension: unrecognized descriptor byte: ${descriptor(byte)}`);
    const start = this.#take(length + 1);
    return {
      code: this.#buffer.readInt8(start),
      data: this.#buffer.subarray(start + 1, start + 1 + length),
    };
  }

  /** Steps over one value of any kind, without recursion. */
  skip(): void {
    for (let left = 1; left > 0; left -= 1) {
      const byte = this.peek();
      if (this.isArray(byte)) left += this.arrayHeader();
      else if ((byte & 0xf0) === 0x80 || byte === 0xde || byte === 0xdf) left += 2 * this.mapHeader();
      else this.#skipPlain(byte);
      // Every value takes at least one byte.
      if (left - 1 > this.remaining) this.fail('unexpected EOF');
    }
  }

  /** interface{}: what JSON would give, numbers as doubles. */
  any(): unknown {
    const byte = this.peek();
    if (byte <= 0x7f || byte >= 0xe0 || (byte >= 0xcc && byte <= 0xd3)) return this.int();
    if (byte === 0xc0) {
      this.#at += 1;
      return null;
    }
    if (byte === 0xc2 || byte === 0xc3) return this.bool();
    if (byte === 0xca || byte === 0xcb) return this.float();
    if (this.isArray(byte)) return this.#anyArray();
    if ((byte & 0xf0) === 0x80 || byte === 0xde || byte === 0xdf) return this.#anyMap();
    return this.str();
  }

  #anyArray(): unknown[] {
    this.enter();
    const count = this.arrayHeader();
    this.spend(count);
    const out: unknown[] = [];
    for (let i = 0; i < count; i++) out.push(this.any());
    this.leave();
    return out;
  }

  #anyMap(): Record<string, unknown> {
    this.enter();
    const count = this.mapHeader();
    this.spend(count);
    const out: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.str();
      setOwn(out, key, this.any());
    }
    this.leave();
    return out;
  }

  #integer(signed: boolean): number {
    const byte = this.peek();
    if (byte <= 0x7f) {
      this.#at += 1;
      return byte;
    }
    if (byte >= 0xcc && byte <= 0xcf) return this.#unsigned(byte);
    if ((byte >= 0xd0 && byte <= 0xd3) || byte >= 0xe0) {
      const at = this.#at;
      const value = this.#signed(byte);
      if (!signed && value < 0)
        this.fail(`assigning negative signed value (${value}) to unsigned integer type`, at);
      return value;
    }
    if (byte === 0xc0) {
      this.#at += 1;
      return 0;
    }
    const kind = signed ? 'signed' : 'unsigned';
    return this.fail(`cannot decode ${kind} integer: unrecognized descriptor byte: ${descriptor(byte)}`);
  }

  #unsigned(byte: number): number {
    const size = 1 << (byte - 0xcc);
    const at = this.#take(size + 1) + 1;
    if (size === 8) return this.#buffer.readUInt32BE(at) * two32 + this.#buffer.readUInt32BE(at + 4);
    return this.#buffer.readUIntBE(at, size);
  }

  #signed(byte: number): number {
    if (byte >= 0xe0) {
      this.#at += 1;
      return byte - 0x100;
    }
    const size = 1 << (byte - 0xd0);
    const at = this.#take(size + 1) + 1;
    if (size === 8) return this.#buffer.readInt32BE(at) * two32 + this.#buffer.readUInt32BE(at + 4);
    return this.#buffer.readIntBE(at, size);
  }

  #skipPlain(byte: number): void {
    if (byte <= 0x7f || byte >= 0xe0 || byte === 0xc0 || byte === 0xc2 || byte === 0xc3) this.#at += 1;
    else if (byte >= 0xcc && byte <= 0xcf) this.#take((1 << (byte - 0xcc)) + 1);
    else if (byte >= 0xd0 && byte <= 0xd3) this.#take((1 << (byte - 0xd0)) + 1);
    else if (byte === 0xca) this.#take(5);
    else if (byte === 0xcb) this.#take(9);
    else if ((byte >= 0xd4 && byte <= 0xd8) || (byte >= 0xc7 && byte <= 0xc9)) this.ext();
    else this.#take(this.rawHeader('value'));
  }

  /** Steps over a header of `header` bytes whose `count` elements take at least `each` bytes. */
  #count(count: number, header: number, each: number): number {
    if (count * each > this.remaining - header)
      this.fail(`declared length ${count} is more than the ${this.remaining - header} bytes that follow`);
    this.#at += header;
    return count;
  }

  /** Position of so many bytes, which must be there; stays. */
  #need(bytes: number): number {
    if (bytes > this.remaining) this.fail('unexpected EOF');
    return this.#at;
  }

  /** Position of so many bytes, which must be there; steps over them. */
  #take(bytes: number): number {
    const at = this.#need(bytes);
    this.#at = at + bytes;
    return at;
  }
}

/** `__proto__` as a key must become an own property, never a prototype. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
