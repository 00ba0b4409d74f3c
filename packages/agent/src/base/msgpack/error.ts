// SPDX-License-Identifier: MPL-2.0
// Texts as Go's codec words them: real agents and their users have seen these.

import { AppError } from '../errors.ts';

/** Bytes that are not the message they should be. `position` counts from the start of the stream. */
export class MsgpackError extends AppError {
  readonly position: number;
  readonly reason: string;
  constructor(position: number, reason: string) {
    super('invalid', `msgpack decode error [pos ${position}]: ${reason}`, { status: 500 });
    this.position = position;
    this.reason = reason;
  }
}

const names: Readonly<Record<number, string>> = {
  192: 'nil',
  193: 'unused',
  194: 'false',
  195: 'true',
  196: 'bin8',
  197: 'bin16',
  198: 'bin32',
  199: 'ext8',
  200: 'ext16',
  201: 'ext32',
  202: 'float',
  203: 'float',
  217: 'string8',
  218: 'string16',
  219: 'string32',
  220: 'array16',
  221: 'array32',
  222: 'map16',
  223: 'map32',
};

/** `cb/float` */
export function descriptor(byte: number): string {
  return `${byte.toString(16)}/${names[byte] ?? familyName(byte)}`;
}

function familyName(byte: number): string {
  if (byte < 0x80 || byte >= 0xe0) return 'int';
  if (byte < 0x90) return 'map';
  if (byte < 0xa0) return 'array';
  if (byte < 0xc0) return 'string';
  if (byte >= 0xcc && byte <= 0xcf) return 'uint';
  if (byte >= 0xd0 && byte <= 0xd3) return 'int';
  return 'ext';
}
