// SPDX-License-Identifier: MPL-2.0
// Words of a golden script's line.

import { parseDuration } from '@serai/api';

/** `key=value`; a word without `=` is a key with an empty value, and the first such word is also under ''. */
export type Words = ReadonlyMap<string, string>;

export function flags(words: readonly string[]): Words {
  const found = new Map<string, string>();
  for (const word of words) {
    const at = word.search(/=/);
    if (at < 0) {
      found.set(word, '');
      if (!found.has('')) found.set('', word);
    } else found.set(word.slice(0, at), word.slice(at + 1).replaceAll('"', ''));
  }
  return found;
}

export function durationNs(text: string): number {
  const ns = parseDuration(text);
  if (ns === undefined) throw new Error(`not a duration: ${JSON.stringify(text)}`);
  return ns;
}
