// SPDX-License-Identifier: MPL-2.0
// Text as the formatter sees it: words, brackets, operators, comments and line ends. Strings and heredocs are opaque.
// The text has already been parsed, so everything that opens also closes.

export type TokenKind = 'word' | 'text' | 'heredoc' | 'comment' | 'newline' | 'operator';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const word = /[\p{L}_][\p{L}\p{N}_-]*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
const operator = /\.\.\.|&&|\|\||==|!=|<=|>=|=>|[^\s]/uy;
const blank = /[ \t\r]+/y;
const heredocStart = /<<-?([\p{L}_][\p{L}\p{N}_-]*)[ \t]*\r?\n/uy;
const lineComment = /(?:#|\/\/)[^\n]*/y;

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const skipped = match(blank, source, at);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const token = tokenAt(source, at);
    tokens.push({ kind: token.kind, text: clean(token) });
    at += token.text.length;
  }
  return tokens;
}

/** What stands in the output: comments without the blanks at their end. */
function clean(token: Token): string {
  return token.kind === 'comment' ? token.text.trimEnd() : token.text;
}

function tokenAt(source: string, at: number): Token {
  if (source[at] === '\n') return { kind: 'newline', text: '\n' };
  if (source[at] === '"') return { kind: 'text', text: source.slice(at, endOfString(source, at)) };
  const comment = match(lineComment, source, at);
  if (comment !== undefined) return { kind: 'comment', text: comment };
  if (source.startsWith('/*', at)) {
    const end = source.indexOf('*/', at + 2);
    return { kind: 'comment', text: source.slice(at, end < 0 ? source.length : end + 2) };
  }
  const start = match(heredocStart, source, at);
  if (start !== undefined) return { kind: 'heredoc', text: source.slice(at, endOfHeredoc(source, at)) };
  const name = match(word, source, at);
  if (name !== undefined) return { kind: 'word', text: name };
  return { kind: 'operator', text: match(operator, source, at) ?? source.charAt(at) };
}

/** Index after the closing quote; strings inside `${…}` and `%{…}` may hold quotes of their own. */
function endOfString(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    if (source[at] === '\\') at += 2;
    else if (source[at] === '"') return at + 1;
    else if (two === '$$' || two === '%%') at += 2;
    else if (two === '${' || two === '%{') at = endOfTemplate(source, at + 2);
    else at += 1;
  }
  return source.length;
}

/** Index after the brace that closes an interpolation. */
function endOfTemplate(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < source.length && depth > 0) {
    const char = source[at];
    if (char === '"') {
      at = endOfString(source, at);
      continue;
    }
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    at += 1;
  }
  return at;
}

/** Index after the closing marker, without the line end behind it. */
function endOfHeredoc(source: string, start: number): number {
  heredocStart.lastIndex = start;
  const opening = heredocStart.exec(source);
  const marker = opening?.[1] ?? '';
  let at = start + (opening?.[0].length ?? 0);
  while (at < source.length) {
    const newline = source.indexOf('\n', at);
    const end = newline < 0 ? source.length : newline;
    const line = source.slice(at, end);
    if (line.trim() === marker) return at + line.trimEnd().length;
    at = end + 1;
  }
  return source.length;
}
