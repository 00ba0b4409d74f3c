// SPDX-License-Identifier: MPL-2.0
// Finds where a msgpack object ends in a stream that comes in pieces: nothing on the wire says how long a message is.
// Looks at each byte once, keeps no bytes, and refuses what is too large before it has arrived.

import { descriptor, MsgpackError } from './error.ts';

export interface ScanLimits {
  /** Size of one object in bytes. */
  readonly maxBytes: number;
  /** Levels of arrays and maps. */
  readonly maxDepth: number;
}

export class MsgpackScanner {
  readonly #limits: ScanLimits;
  /** Bytes looked at since the start of the stream, up to this piece. */
  #total = 0;
  /** Position of the byte that is being looked at. */
  #position = 0;
  /** Bytes of the object in earlier pieces. */
  #seen = 0;
  /** Content bytes of a string or extension still to come. */
  #skip = 0;
  /** Length bytes still to come, what they have said so far, and what they belong to. */
  #lengthBytes = 0;
  #length = 0;
  #lengthOf = 0;
  /** Elements still to come in each open array or map. */
  readonly #open: number[] = [];

  constructor(limits: ScanLimits) {
    this.#limits = limits;
  }

  /** Offset just behind the object, or -1 when it goes on in the next piece. Starts afresh after an end. */
  scan(piece: Uint8Array, from: number): number {
    let at = from;
    for (;;) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, piece.length - at);
        at += step;
        this.#skip -= step;
        if (this.#skip > 0) return this.#pause(at - from);
        if (this.#itemDone()) return this.#end(at, from);
      }
      const byte = piece[at];
      if (byte === undefined) return this.#pause(at - from);
      this.#position = this.#total + (at - from);
      at += 1;
      const done = this.#lengthBytes > 0 ? this.#lengthByte(byte) : this.#start(byte);
      if (this.#seen + (at - from) + this.#skip > this.#limits.maxBytes) this.#tooLarge();
      if (done) return this.#end(at, from);
    }
  }

  #pause(used: number): -1 {
    this.#seen += used;
    this.#total += used;
    return -1;
  }

  #end(at: number, from: number): number {
    this.#seen = 0;
    this.#total += at - from;
    return at;
  }

  /** First byte of a value. True when it completes the object. */
  #start(byte: number): boolean {
    if (byte <= 0x7f || byte >= 0xe0 || byte === 0xc0 || byte === 0xc2 || byte === 0xc3)
      return this.#itemDone();
    if (byte < 0x90) return this.#container((byte & 0x0f) * 2);
    if (byte < 0xa0) return this.#container(byte & 0x0f);
    if (byte < 0xc0) return this.#content(byte & 0x1f);
    if (byte === 0xca) return this.#content(4);
    if (byte === 0xcb) return this.#content(8);
    if (byte >= 0xcc && byte <= 0xcf) return this.#content(1 << (byte - 0xcc));
    if (byte >= 0xd0 && byte <= 0xd3) return this.#content(1 << (byte - 0xd0));
    if (byte >= 0xd4 && byte <= 0xd8) return this.#content((1 << (byte - 0xd4)) + 1);
    if (byte === 0xc1)
      throw new MsgpackError(this.#position, `unrecognized descriptor byte: ${descriptor(byte)}`);
    this.#lengthOf = byte;
    this.#length = 0;
    this.#lengthBytes = lengthSize(byte);
    return false;
  }

  #lengthByte(byte: number): boolean {
    this.#length = this.#length * 256 + byte;
    this.#lengthBytes -= 1;
    if (this.#lengthBytes > 0) return false;
    switch (this.#lengthOf) {
      case 0xdc:
      case 0xdd:
        return this.#container(this.#length);
      case 0xde:
      case 0xdf:
        return this.#container(this.#length * 2);
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#content(this.#length + 1);
      default:
        return this.#content(this.#length);
    }
  }

  #content(bytes: number): boolean {
    if (bytes === 0) return this.#itemDone();
    this.#skip = bytes;
    return false;
  }

  #container(count: number): boolean {
    if (count === 0) return this.#itemDone();
    if (count > this.#limits.maxBytes) this.#tooLarge();
    if (this.#open.length >= this.#limits.maxDepth)
      throw new MsgpackError(this.#position, `nested deeper than ${this.#limits.maxDepth} levels`);
    this.#open.push(count);
    return false;
  }

  /** One value is complete, and with it perhaps the containers that it ends. */
  #itemDone(): boolean {
    for (let top = this.#open.length - 1; top >= 0; top -= 1) {
      const left = (this.#open[top] ?? 1) - 1;
      if (left > 0) {
        this.#open[top] = left;
        return false;
      }
      this.#open.pop();
    }
    return true;
  }

  #tooLarge(): never {
    throw new MsgpackError(this.#position, `message is larger than ${this.#limits.maxBytes} bytes`);
  }
}

function lengthSize(byte: number): number {
  if (byte === 0xd9 || byte === 0xc4 || byte === 0xc7) return 1;
  if (byte === 0xda || byte === 0xc5 || byte === 0xc8 || byte === 0xdc || byte === 0xde) return 2;
  return 4;
}
