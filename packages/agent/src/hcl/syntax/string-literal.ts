// SPDX-License-Identifier: MPL-2.0
// The characters of quoted text: escapes, and strings that may not hold templates (labels).

import { HclError } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import type { Cursor } from './cursor.ts';

const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** One escape that begins with the backslash at `at`. */
export function readEscape(source: Source, at: number): { text: string; end: number } {
  const text = source.text;
  const selector = String.fromCodePoint(text.codePointAt(at + 1) ?? 0x20);
  const simple = simpleEscapes[selector];
  if (simple !== undefined) return { text: simple, end: at + 2 };
  const digits = selector === 'u' ? 4 : selector === 'U' ? 8 : 0;
  if (digits > 0) {
    const hex = text.slice(at + 2, at + 2 + digits);
    const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
    // A lone surrogate can't be written in UTF-8.
    if (code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) {
      return { text: String.fromCodePoint(code), end: at + 2 + digits };
    }
    throw new HclError(
      'Invalid escape sequence',
      `The \\${selector} escape sequence must be followed by ${digits} hexadecimal digits that name a character.`,
      source.range(at, at + 2),
    );
  }
  throw new HclError(
    'Invalid escape sequence',
    `The symbol ${JSON.stringify(selector)} is not a valid escape sequence selector. Write \\\\ for a backslash.`,
    source.range(at, at + 1 + selector.length),
  );
}

/** A quoted string without templates, at the `"` token. Does not move the cursor. */
export function readPlainString(cursor: Cursor): { text: string; end: number } {
  const { source, start } = cursor;
  const text = source.text;
  let result = '';
  let at = start + 1;
  for (;;) {
    const character = text[at];
    if (character === undefined || character === '\n') unterminated(source, start);
    if (character === '"') return { text: result, end: at + 1 };
    if (character === '\\') {
      const escaped = readEscape(source, at);
      result += escaped.text;
      at = escaped.end;
    } else if ((character === '$' || character === '%') && cursor.dialect === 'hcl2') {
      if (text[at + 1] === character && text[at + 2] === '{') {
        result += `${character}{`;
        at += 3;
      } else if (text[at + 1] === '{') {
        throw new HclError(
          'Invalid string literal',
          `Template sequences are not allowed in this string. To include a literal "${character}", double it (as "${character}${character}") to escape it.`,
          source.range(at, at + 2),
        );
      } else {
        result += character;
        at++;
      }
    } else {
      result += character;
      at++;
    }
  }
}

export function unterminated(source: Source, start: number): never {
  throw new HclError(
    'Unterminated string literal',
    'This string is not closed on its line. Close it with a quote ("), or write text of several lines as a heredoc (<<EOT).',
    source.range(start, start + 1),
  );
}
