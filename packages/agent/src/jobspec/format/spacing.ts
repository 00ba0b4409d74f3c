// SPDX-License-Identifier: MPL-2.0
// Where a blank stands between two tokens of a line.

import type { Token } from './tokens.ts';

const keywords: ReadonlySet<string> = new Set(['for', 'in', 'if', 'else', 'endif', 'endfor']);
const binary: ReadonlySet<string> = new Set('= == != < > <= >= && || + * / % ? : => -'.split(' '));

/** A value ends here: what follows an operator is binary, a bracket is an index or a call. */
function endsValue(token: Token | undefined): boolean {
  if (!token || token.kind === 'comment') return false;
  if (token.kind === 'operator') return token.text === ')' || token.text === ']' || token.text === '}';
  return token.kind !== 'word' || !keywords.has(token.text);
}

/** `before` is the token before `left`: it tells a sign from a subtraction. */
export function needsBlank(left: Token, right: Token, before: Token | undefined): boolean {
  if (right.kind === 'comment' || left.kind === 'comment') return true;
  if (right.text === ',' || right.text === '.' || right.text === '...' || left.text === '.') return false;
  if (left.text === '(' || left.text === '[') return false;
  if (right.text === ')' || right.text === ']') return false;
  if (left.text === '{' && right.text === '}') return false;
  if (left.kind === 'operator' && isSign(left, before)) return false;
  if (right.text === '(' || right.text === '[') return !callsOrIndexes(left);
  return true;
}

function isSign(token: Token, before: Token | undefined): boolean {
  if (token.text === '!') return true;
  return token.text === '-' && !endsValue(before);
}

function callsOrIndexes(left: Token): boolean {
  if (left.kind === 'word') return !keywords.has(left.text);
  if (left.kind === 'operator' && binary.has(left.text)) return false;
  return endsValue(left) && left.text !== '}';
}

/** The tokens of a line with blanks where they belong. */
export function joinTokens(tokens: readonly Token[]): string {
  let out = '';
  for (const [i, token] of tokens.entries()) {
    const left = tokens[i - 1];
    if (left && needsBlank(left, token, tokens[i - 2])) out += ' ';
    out += token.text;
  }
  return out;
}
