// SPDX-License-Identifier: MPL-2.0
// One comparison of a found value with the text in the filter, by the type of the value.

import type { Schema } from '@serai/api';
import { RE2JS } from 're2js';
import { AppError } from '#base';
import type { MatchOperator, Selector } from './ast.ts';

/** Characters in a pattern of `matches`. */
export const maxPatternLength = 1024;

/** A test of one value; built once per filter. */
export type ValueTest = (value: unknown) => boolean;

export function compileTest(operator: MatchOperator, text: string, selector: Selector): ValueTest {
  const name = selector.join('.');
  switch (operator) {
    case 'empty':
      return (value) => isEmpty(value, name);
    case 'equal':
      return (value) => equals(value, text, name);
    case 'in':
      return (value) => holds(value, text, name);
    case 'matches':
      return compilePattern(text, name);
  }
}

/** Reading the schema instead of the object: the type error comes even when the list is empty. */
export function checkTypes(operator: MatchOperator, schema: Schema | undefined, selector: Selector): void {
  if (!schema) return;
  const composite = schema.kind === 'struct' || schema.kind === 'list' || schema.kind === 'map';
  const name = selector.join('.');
  if (operator === 'equal' && composite)
    throw mismatch(`cannot compare ${name}: it is a ${schema.kind}, not a single value`);
  if (operator === 'matches' && schema.kind !== 'string' && schema.kind !== 'bytes' && schema.kind !== 'any')
    throw mismatch(`"matches" needs a string, ${name} is a ${schema.kind}`);
  if (operator === 'in' && !['string', 'list', 'map', 'any', 'bytes'].includes(schema.kind))
    throw mismatch(`"in" and "contains" need a string, list or map, ${name} is a ${schema.kind}`);
  if (operator === 'empty' && ['bool', 'int', 'float', 'duration', 'time'].includes(schema.kind))
    throw mismatch(`"is empty" needs a string, list or map, ${name} is a ${schema.kind}`);
}

function mismatch(message: string): AppError {
  return new AppError('invalid', message);
}

function isEmpty(value: unknown, name: string): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value === '';
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object') return Object.keys(value).length === 0;
  throw mismatch(`"is empty" needs a string, list or map, ${name} is a ${typeof value}`);
}

function equals(value: unknown, text: string, name: string): boolean {
  switch (typeof value) {
    case 'string':
      return value === text;
    case 'number':
      return value === parseNumber(text, name);
    case 'boolean':
      return value === parseBool(text, name);
    case 'undefined':
      return text === '' || text === '0' || text === 'false';
    case 'object':
      if (value === null) return false;
      throw mismatch(`cannot compare ${name}: it is a ${Array.isArray(value) ? 'list' : 'map'}`);
    default:
      return false;
  }
}

function holds(value: unknown, text: string, name: string): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'string') return value.includes(text);
  if (Array.isArray(value)) return value.some((item) => equals(item, text, name));
  if (typeof value === 'object') return Object.hasOwn(value, text);
  throw mismatch(`"in" and "contains" need a string, list or map, ${name} is a ${typeof value}`);
}

function compilePattern(pattern: string, name: string): ValueTest {
  if (pattern.length > maxPatternLength)
    throw mismatch(`pattern has ${pattern.length} characters, more than ${maxPatternLength}`);
  let compiled: RE2JS;
  try {
    // Linear time in the text, whatever the pattern.
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw mismatch(`error parsing regexp ${JSON.stringify(pattern)}: ${AppError.from(error).message}`);
  }
  return (value) => {
    if (value === null || value === undefined) return compiled.matcher('').find();
    if (typeof value !== 'string') throw mismatch(`"matches" needs a string, ${name} is a ${typeof value}`);
    return compiled.matcher(value).find();
  };
}

/** Go's strconv with base 0: 0x, 0o, 0b prefixes and underscores between digits. */
function parseNumber(text: string, name: string): number {
  const plain = text.replaceAll(/(?<=\w)_(?=\w)/g, '');
  if (!/^[+-]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(plain))
    throw mismatch(`cannot compare ${name}, a number, with ${JSON.stringify(text)}`);
  const sign = plain.startsWith('-') ? -1 : 1;
  return sign * Number(plain.replace(/^[+-]/, ''));
}

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function parseBool(text: string, name: string): boolean {
  if (trueTexts.has(text)) return true;
  if (falseTexts.has(text)) return false;
  throw mismatch(`cannot compare ${name}, a bool, with ${JSON.stringify(text)}`);
}
