// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutToLines, lastLines, type Window } from './tail.ts';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function read(
  source: AsyncIterable<Uint8Array>,
  window: Window | undefined,
  follow: boolean,
): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of lastLines(source, window, follow)) parts.push(part);
  return Buffer.concat(parts).toString();
}

const cut = (text: string, lines: number): string =>
  Buffer.from(cutToLines(Buffer.from(text), lines)).toString();

test('the last lines, of which the last may be unfinished', () => {
  assert.equal(cut('a\nb\nc\n', 2), 'b\nc\n');
  assert.equal(cut('a\nb\nc', 2), 'b\nc');
  assert.equal(cut('a\n', 5), 'a\n');
  assert.equal(cut('a\nb\n', 0), '');
  assert.equal(cut('', 3), '');
  assert.equal(cut('\n\n\n', 2), '\n\n');
});

test('a stream that ends is cut as a whole, wherever its pieces end', async () => {
  assert.equal(await read(pieces('a\nb', '\nc\n', 'd\n'), { bytes: 100, lines: 2 }, false), 'c\nd\n');
});

test('a stream that is followed is cut where it starts only', async () => {
  assert.equal(await read(pieces('a\nb\nc\n', 'd\ne\n'), { bytes: 100, lines: 1 }, true), 'c\nd\ne\n');
});

test('without a number of lines everything passes', async () => {
  assert.equal(await read(pieces('a\n', 'b\n'), undefined, false), 'a\nb\n');
  assert.equal(await read(pieces('a\n', 'b\n'), { bytes: 3, lines: undefined }, true), 'a\nb\n');
});

test('the cut is the end of the text, with no more lines than asked for', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n') }), fc.nat(5), (text, lines) => {
      const found = cut(text, lines);
      assert.ok(text.endsWith(found));
      const count = found === '' ? 0 : found.replace(/\n$/, '').split('\n').length;
      assert.ok(count <= lines);
    }),
  );
});
