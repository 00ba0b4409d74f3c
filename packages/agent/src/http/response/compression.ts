// SPDX-License-Identifier: MPL-2.0
// Compressed bodies for those who ask. The compressed form of a kept body is kept with it.

import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import { minCompressBytes } from '../limits.ts';

export type Encoding = 'gzip' | 'deflate';

const compressors = { gzip: promisify(gzip), deflate: promisify(deflate) };
/** Fast rather than small: an answer is read once, over a local network. */
const level = 2;

/** What the reader takes and the body is worth. `q=0` is a refusal. */
export function chooseEncoding(acceptEncoding: string | undefined, length: number): Encoding | undefined {
  if (acceptEncoding === undefined || length < minCompressBytes) return undefined;
  let accepted: Encoding | undefined;
  for (const part of acceptEncoding.slice(0, 256).split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) continue;
    if (name === 'gzip' || name === '*') return 'gzip';
    if (name === 'deflate') accepted = 'deflate';
  }
  return accepted;
}

export class Compressor {
  /** By the uncompressed body: it lives as long as that one is kept. */
  readonly #known = new WeakMap<Buffer, Partial<Record<Encoding, Promise<Buffer>>>>();

  compress(body: Buffer, encoding: Encoding): Promise<Buffer> {
    let forms = this.#known.get(body);
    if (!forms) {
      forms = {};
      this.#known.set(body, forms);
    }
    forms[encoding] ??= compressors[encoding](body, { level });
    return forms[encoding];
  }
}
