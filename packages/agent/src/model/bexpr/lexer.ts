// SPDX-License-Identifier: MPL-2.0
// Filter text → tokens with their position.

import { AppError } from '#base';

export type TokenKind = 'word' | 'string' | 'number' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** content: a string without its quotes and escapes */
  readonly text: string;
  /** 1-based column in the expression */
  readonly column: number;
  /** white space stands before it */
  readonly spaced: boolean;
}

export function syntaxError(column: number, message: string): AppError {
  return new AppError('invalid', `1:${column}: ${message}`);
}

const space = /[ \t\r\n]*/y;
const word = /[A-Za-z_][A-Za-z0-9_/-]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?/y;
const symbol = /==|!=|[().,[\]{}]/y;
const doubleQuoted = /"(?:[^"\\\n]|\\[^\n])*"/y;
const raw = /`[^`]*`/y;

/** The whole text as tokens; the last one is of kind `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const before = at;
    at = matchAt(space, text, at)?.end ?? at;
    const spaced = at > before;
    const column = at + 1;
    if (at >= text.length) {
      tokens.push({ kind: 'end', text: '', column, spaced });
      return tokens;
    }
    const next = readToken(text, at);
    if (!next) throw syntaxError(column, unexpectedCharacter(text, at));
    tokens.push({ kind: next.kind, text: next.text, column, spaced });
    at = next.end;
  }
}

function readToken(text: string, at: number): { kind: TokenKind; text: string; end: number } | undefined {
  const first = text[at];
  if (first === '"') {
    const quoted = matchAt(doubleQuoted, text, at);
    return quoted && { kind: 'string', text: unquote(quoted.text, at + 1), end: quoted.end };
  }
  if (first === '`') {
    const quoted = matchAt(raw, text, at);
    return quoted && { kind: 'string', text: quoted.text.slice(1, -1), end: quoted.end };
  }
  for (const [kind, pattern] of [
    ['word', word],
    ['symbol', symbol],
    ['number', number],
  ] as const) {
    const found = matchAt(pattern, text, at);
    if (found) return { kind, ...found };
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): { text: string; end: number } | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match ? { text: match[0], end: at + match[0].length } : undefined;
}

function unexpectedCharacter(text: string, at: number): string {
  if (text[at] === '"' || text[at] === '`') return 'string is not closed';
  return `unexpected character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))}`;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

const escapeSequence = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gsu;

/** Go's rules for an interpreted string literal. */
function unquote(literal: string, column: number): string {
  return literal.slice(1, -1).replace(escapeSequence, (all, x, u4, u8, octal, simple) => {
    const code = octal === undefined ? Number.parseInt(x ?? u4 ?? u8 ?? '', 16) : Number.parseInt(octal, 8);
    if (!Number.isNaN(code)) {
      if (code > 0x10ffff) throw syntaxError(column, `invalid escape ${all} in a string`);
      return String.fromCodePoint(code);
    }
    const plain = simpleEscapes[simple ?? ''];
    if (plain === undefined) throw syntaxError(column, `invalid escape ${all} in a string`);
    return plain;
  });
}
