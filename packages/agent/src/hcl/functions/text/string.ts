// SPDX-License-Identifier: MPL-2.0
// chomp indent join lower regex_replace replace split strlen strrev substr title trim trimprefix trimspace trimsuffix upper

import type { Budget } from '../../eval/budget.ts';
import type { Value } from '../../value/value.ts';
import { define, defineVariadic, number, text, textList } from '../define.ts';
import { ArgumentError, type FunctionSpec } from '../spec.ts';
import { countGraphemes, splitGraphemes } from './graphemes.ts';
import { regexReplace } from './regex.ts';

export const stringFunctions: readonly FunctionSpec[] = [
  define('chomp', [text('str')], (args) => args.text(0).replace(/[\r\n]+$/, '')),
  define('indent', [number('spaces'), text('str')], (args, { budget }) =>
    indent(args.number(0), args.text(1), budget),
  ),
  defineVariadic('join', [text('separator'), textList('lists')], (args, { budget }) => {
    const parts = args.from(1).flatMap((list) => [...(list as readonly Value[])]);
    return joinTexts(args.text(0), parts, budget);
  }),
  define('lower', [text('str')], (args, { budget }) => charged(mapCase(args.text(0), 'lower'), budget)),
  define('upper', [text('str')], (args, { budget }) => charged(mapCase(args.text(0), 'upper'), budget)),
  define('title', [text('str')], (args, { budget }) => charged(title(args.text(0)), budget)),
  define('replace', [text('str'), text('substr'), text('replace')], (args, { budget }) =>
    replaceAll(args.text(0), { find: args.text(1), by: args.text(2) }, budget),
  ),
  define('regex_replace', [text('str'), text('pattern'), text('replace')], (args, { budget }) =>
    regexReplace(args.text(0), { pattern: args.text(1), by: args.text(2) }, budget),
  ),
  define('split', [text('separator'), text('str')], (args, { budget }) => {
    const parts = args.text(0) === '' ? [...args.text(1)] : args.text(1).split(args.text(0));
    budget.chargeElements(parts.length);
    return parts;
  }),
  define('strlen', [text('str')], (args, { budget }) => {
    budget.charge(args.text(0).length >> 3);
    return countGraphemes(args.text(0));
  }),
  define('strrev', [text('str')], (args, { budget }) => reverseText(args.text(0), budget)),
  define('substr', [text('str'), number('offset'), number('length')], (args, { budget }) => {
    budget.charge(args.text(0).length >> 2);
    return substring(args.text(0), args.number(1), args.number(2));
  }),
  define('trim', [text('str'), text('cutset')], (args, { budget }) => {
    budget.charge(args.text(0).length >> 2);
    return trimCharacters(args.text(0), args.text(1));
  }),
  define('trimspace', [text('str')], (args) => args.text(0).trim()),
  define('trimprefix', [text('str'), text('prefix')], (args) => {
    const [value, prefix] = [args.text(0), args.text(1)];
    return value.startsWith(prefix) ? value.slice(prefix.length) : value;
  }),
  define('trimsuffix', [text('str'), text('suffix')], (args) => {
    const [value, suffix] = [args.text(0), args.text(1)];
    return suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value;
  }),
];

function charged(value: string, budget: Budget): string {
  budget.chargeText(value.length);
  return value;
}

/** The last graphemes first. Also what `reverse` does with a string. */
export function reverseText(value: string, budget: Budget): string {
  budget.charge(value.length >> 2);
  return splitGraphemes(value).reverse().join('');
}

export function joinTexts(separator: string, parts: readonly Value[], budget: Budget): string {
  const texts = parts.map((part, i) => {
    if (part === null) throw new ArgumentError(1, `element ${i} is null; cannot concatenate null values`);
    return part as string;
  });
  const gaps = Math.max(0, texts.length - 1) * separator.length;
  budget.chargeElements(texts.length);
  budget.chargeText(texts.reduce((sum, each) => sum + each.length, gaps));
  return texts.join(separator);
}

function indent(spaces: number, value: string, budget: Budget): string {
  if (!Number.isInteger(spaces) || spaces < 0)
    throw new ArgumentError(0, 'a whole number of at least 0 is required');
  const lines = value.split('\n');
  budget.chargeText(value.length + (lines.length - 1) * spaces);
  return lines.join(`\n${' '.repeat(spaces)}`);
}

/** Character by character: one stays one, so "ß" has no capital and the place in a word doesn't matter. */
function mapCase(value: string, to: 'lower' | 'upper'): string {
  const change = (each: string): string => {
    if (each === '\u0130') return 'i';
    const changed = to === 'lower' ? each.toLowerCase() : each.toUpperCase();
    return [...changed].length === 1 ? changed : each;
  };
  return value.replace(/[^\p{ASCII}]|[A-Za-z]+/gu, (part) =>
    part.charCodeAt(0) < 0x80 ? (to === 'lower' ? part.toLowerCase() : part.toUpperCase()) : change(part),
  );
}

/** Capital letters at the start of words; letters, digits and underscores make up a word. */
function title(value: string): string {
  return value.replace(
    /(^|[^\p{L}\p{N}_])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

export function replaceAll(value: string, change: { find: string; by: string }, budget: Budget): string {
  const pieces = change.find === '' ? [...value] : value.split(change.find);
  const replaced = change.find === '' ? pieces.length + 1 : pieces.length - 1;
  budget.chargeElements(pieces.length);
  budget.chargeText(value.length + replaced * change.by.length);
  if (change.find === '') return change.by + pieces.map((piece) => piece + change.by).join('');
  return pieces.join(change.by);
}

function substring(value: string, offset: number, length: number): string {
  if (!Number.isInteger(offset)) throw new ArgumentError(1, 'a whole number is required');
  if (!Number.isInteger(length)) throw new ArgumentError(2, 'a whole number is required');
  const characters = splitGraphemes(value);
  const start = offset < 0 ? Math.max(0, offset + characters.length) : offset;
  return characters.slice(start, length < 0 ? undefined : start + length).join('');
}

function trimCharacters(value: string, cutset: string): string {
  const cut = new Set(cutset);
  const characters = [...value];
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] ?? '')) start++;
  while (end > start && cut.has(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}
