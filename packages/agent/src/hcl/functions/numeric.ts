// SPDX-License-Identifier: MPL-2.0
// abs ceil floor log max min parseint pow signum

import { toText } from '../value/convert.ts';
import { tidy } from '../value/number.ts';
import { any, define, defineVariadic, number } from './define.ts';
import { ArgumentError, FunctionError, type FunctionSpec } from './spec.ts';

const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

export const numericFunctions: readonly FunctionSpec[] = [
  define('abs', [number('num')], (args) => Math.abs(args.number(0))),
  define('ceil', [number('num')], (args) => tidy(Math.ceil(args.number(0)))),
  define('floor', [number('num')], (args) => Math.floor(args.number(0))),
  define('signum', [number('num')], (args) => Math.sign(args.number(0))),
  define('log', [number('num'), number('base')], (args) => logarithm(args.number(0), args.number(1))),
  define('pow', [number('num'), number('power')], (args) => finite(args.number(0) ** args.number(1))),
  defineVariadic('max', [number('numbers')], (args) => extreme(args.values as number[], Math.max)),
  defineVariadic('min', [number('numbers')], (args) => extreme(args.values as number[], Math.min)),
  define('parseint', [any('number'), number('base')], (args) => {
    const value = args.any(0);
    if (typeof value === 'object' || typeof value === 'boolean') {
      throw new ArgumentError(0, 'a string or a number is required');
    }
    return parseInteger(toText(value), args.number(1));
  }),
];

function finite(value: number): number {
  if (Number.isFinite(value)) return tidy(value);
  throw new FunctionError('the result is not a finite number');
}

function logarithm(value: number, base: number): number {
  if (base === 2) return finite(Math.log2(value));
  if (base === 10) return finite(Math.log10(value));
  return finite(Math.log(value) / Math.log(base));
}

function extreme(numbers: readonly number[], choose: (a: number, b: number) => number): number {
  const first = numbers[0];
  if (first === undefined) throw new FunctionError('must pass at least one number');
  return numbers.reduce((a, b) => choose(a, b), first);
}

function parseInteger(input: string, base: number): number {
  if (!Number.isInteger(base) || base < 2 || base > 62) {
    throw new ArgumentError(1, 'base must be a whole number between 2 and 62 inclusive');
  }
  const sign = input.startsWith('-') ? -1 : 1;
  const body = input.replace(/^[+-]/, '');
  const wanted = base <= 36 ? body.toLowerCase() : body;
  let value = 0;
  for (const character of wanted) {
    const digit = digits.indexOf(character);
    if (digit < 0 || digit >= base) {
      throw new ArgumentError(0, `cannot parse ${JSON.stringify(input)} as a base ${base} integer`);
    }
    value = value * base + digit;
  }
  if (body === '' || !Number.isFinite(value)) {
    throw new ArgumentError(0, `cannot parse ${JSON.stringify(input)} as a base ${base} integer`);
  }
  return sign * value;
}
