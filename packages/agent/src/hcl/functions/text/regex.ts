// SPDX-License-Identifier: MPL-2.0
// regex_replace with RE2 patterns, which take linear time whatever the pattern is.

import { createRequire } from 'node:module';
import type { Budget } from '../../eval/budget.ts';
import { ArgumentError } from '../spec.ts';

/** Characters of a pattern. */
const maxPatternLength = 1000;

/** Longest chain of counted repetitions, multiplied: `(a{100}){100}` is 10,000 copies. */
const maxRepeats = 1000;

/** `$1`, `${1}`, `$name`, `${name}` and `$$` in the replacement, as in Go. */
const reference = /\$(?:\$|\{(\w+)\}|(\w+))/g;

export function regexReplace(value: string, change: { pattern: string; by: string }, budget: Budget): string {
  const { pattern, by } = change;
  if (pattern.length > maxPatternLength || countRepeats(pattern) > maxRepeats) {
    throw new ArgumentError(1, 'the pattern is too large');
  }
  // A match looks at every character with a work that grows with the pattern.
  budget.charge(200 + (value.length + 1) * (4 + (pattern.length >> 2)));
  const matcher = compile(pattern).matcher(value);
  let result = '';
  let from = 0;
  while (matcher.find()) {
    const expanded = by.replace(reference, (whole: string, braced?: string, bare?: string) => {
      if (whole === '$$') return '$';
      return groupText(matcher, braced ?? bare ?? '');
    });
    result += value.slice(from, matcher.start()) + expanded;
    budget.chargeText(result.length);
    budget.charge(1);
    from = matcher.end();
  }
  return result + value.slice(from);
}

type Matcher = ReturnType<import('re2js').RE2JS['matcher']>;

/** A group that didn't take part or doesn't exist is empty. */
function groupText(matcher: Matcher, name: string): string {
  const number = /^\d+$/.test(name) ? Number(name) : undefined;
  if (number !== undefined) return number <= matcher.groupCount() ? (matcher.group(number) ?? '') : '';
  try {
    return matcher.group(name) ?? '';
  } catch {
    return '';
  }
}

function compile(pattern: string): import('re2js').RE2JS {
  // Loaded at the first use: most files have no patterns.
  const { RE2JS } = createRequire(import.meta.url)('re2js') as typeof import('re2js');
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArgumentError(1, `invalid regular expression: ${reason}`);
  }
}

/** The product of all counts is an upper bound for the copies that nested repetitions make. */
function countRepeats(pattern: string): number {
  let product = 1;
  for (const [, low, high] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    product *= Math.max(1, Number(low), Number(high || 0));
  }
  return product;
}
