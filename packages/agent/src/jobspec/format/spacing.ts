// SPDX-License-Identifier: MPL-2.0
// Where a blank stands between two tokens of a line.

import type { Token } from './tokens.ts';

/** What a sign, not a subtraction, follows. Anything else ends a value. */
const beforeSign: ReadonlySet<string> = new Set('( { [ = : , ? + * / % - == != > >= < <= && || !'.split(' '));

/** How many more brackets are open after the token. */
export function bracketChange(token: Token): number {
  if (token.kind === 'sequence') return 1;
  if (token.kind === 'sequence-end') return -1;
  if (token.kind !== 'operator') return 0;
  if ('([{'.includes(token.text)) return 1;
  return ')]}'.includes(token.text) ? -1 : 0;
}

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

/** `before` is the token before `left`: it tells a sign from a subtraction. */
export function needsBlank(left: Token, right: Token, before: Token | undefined): boolean {
  return besidePunctuation(left, right) ?? afterOperator(left, right, before) ?? betweenBrackets(left, right);
}

/** Dots, commas, templates. Undefined: somebody else decides. */
function besidePunctuation(left: Token, right: Token): boolean | undefined {
  if (left.kind === 'word' && isOperator(right, '(')) return false;
  if (isOperator(left, '.') || isOperator(right, '.')) return false;
  if (isOperator(right, ',') || isOperator(right, '...')) return false;
  if (isOperator(left, ',')) return true;
  if (left.kind === 'open' || left.kind === 'text') return false;
  if (right.kind === 'text' || right.kind === 'close') return false;
  return undefined;
}

function afterOperator(left: Token, right: Token, before: Token | undefined): boolean | undefined {
  // "in" is a word of a for expression here, not the name of a list.
  if (left.kind === 'word' && left.text === 'in' && before?.kind === 'word') return true;
  if (isOperator(right, '[') && endsIndexed(left)) return false;
  if (isOperator(left, '!')) return false;
  if (isOperator(left, '-')) return !signFollows(before);
  return undefined;
}

function endsIndexed(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'number' || bracketChange(token) < 0;
}

function signFollows(before: Token | undefined): boolean {
  return before === undefined || (before.kind === 'operator' && beforeSign.has(before.text));
}

function betweenBrackets(left: Token, right: Token): boolean {
  const [opens, closes] = [isOperator(left, '{'), isOperator(right, '}')];
  if (opens || closes) return !(opens && closes);
  if (left.kind === 'sequence' && isOperator(right, '{')) return true;
  if (isOperator(left, '}') && right.kind === 'sequence-end') return true;
  if (left.kind === 'sequence-end' && right.kind === 'sequence') return false;
  return bracketChange(left) <= 0 && bracketChange(right) >= 0;
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
