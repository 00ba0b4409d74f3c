// SPDX-License-Identifier: MPL-2.0
// What a reader takes for one character.

const ascii = /^[\x00-\x7f]*$/;
let segmenter: Intl.Segmenter | undefined;

export function splitGraphemes(text: string): string[] {
  // "\r\n" is one cluster, so it needs the long way.
  if (ascii.test(text) && !text.includes('\r\n')) return text.split('');
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), (each) => each.segment);
}

export function countGraphemes(text: string): number {
  if (ascii.test(text) && !text.includes('\r\n')) return text.length;
  return splitGraphemes(text).length;
}
