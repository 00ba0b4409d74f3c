// SPDX-License-Identifier: MPL-2.0
// chunklist coalesce coalescelist compact concat contains distinct element flatten index keys length lookup merge range
// reverse slice sort values zipmap

import type { Budget } from '../eval/budget.ts';
import { toText, unifyAll } from '../value/convert.ts';
import { tidy } from '../value/number.ts';
import {
  canonicalText,
  compareText,
  emptyObject,
  equalValues,
  type HclObject,
  isArray,
  isObject,
  isSet,
  sortedKeys,
  typeName,
  type Value,
} from '../value/value.ts';
import { any, define, defineVariadic, nullable, number, text, textList } from './define.ts';
import { ArgumentError, FunctionError, type FunctionSpec } from './spec.ts';
import { countGraphemes } from './text/graphemes.ts';
import { reverseText } from './text/string.ts';

const listFunctions: readonly FunctionSpec[] = [
  define('chunklist', [any('list'), number('size')], (args, { budget }) =>
    chunks(arrayAt(args.values, 0), args.number(1), budget),
  ),
  defineVariadic('coalesce', [nullable(any('vals'))], (args, { budget }) => {
    const unified = unifyAll(args.values, budget.charge);
    if (!unified) throw new FunctionError('all arguments must have the same type');
    const found = unified.find((value) => value !== null);
    if (found === undefined) throw new FunctionError('no non-null arguments');
    return found;
  }),
  defineVariadic('coalescelist', [nullable(any('vals'))], (args) => {
    const found = args.values.find((value) => value !== null && isArray(value) && value.length > 0);
    if (found === undefined) throw new FunctionError('no non-null arguments with at least one element');
    return found;
  }),
  define('compact', [textList('list')], (args) =>
    args.list(0).filter((item) => item !== '' && item !== null),
  ),
  defineVariadic('concat', [any('seqs')], (args, { budget }) => {
    const lists = args.values.map((_, i) => arrayAt(args.values, i));
    budget.chargeElements(lists.reduce((sum, each) => sum + each.length, 0));
    return lists.flatMap((each) => [...each]);
  }),
  define('contains', [any('list'), nullable(any('value'))], (args, { budget }) =>
    arrayAt(args.values, 0).some((item) => equalValues(item, args.any(1), budget.charge)),
  ),
  define('distinct', [any('list')], (args, { budget }) => distinct(arrayAt(args.values, 0), budget)),
  define('element', [any('list'), number('index')], (args) => {
    const items = arrayAt(args.values, 0);
    const index = wholeNumber(args.values, 1);
    if (items.length === 0) throw new FunctionError('cannot use element function with an empty list');
    if (index < 0) throw new FunctionError('cannot use element function with a negative index');
    return items[index % items.length] ?? null;
  }),
  define('flatten', [any('list')], (args, { budget }) => {
    const result: Value[] = [];
    flattenInto(arrayAt(args.values, 0), result, budget);
    return result;
  }),
  define('reverse', [any('value')], (args, { budget }) => {
    const value = args.any(0);
    // A string is what the original takes; its documentation shows lists, so both work.
    if (!isArray(value)) return reverseText(toText(value), budget);
    budget.chargeElements(value.length);
    return [...value].reverse();
  }),
  define('slice', [any('list'), number('start_index'), number('end_index')], (args, { budget }) => {
    const items = arrayAt(args.values, 0);
    const [start, end] = [wholeNumber(args.values, 1), wholeNumber(args.values, 2)];
    if (start < 0) throw new ArgumentError(1, 'start index must not be less than zero');
    if (start > end) throw new ArgumentError(1, 'start index must not be greater than end index');
    if (end > items.length)
      throw new ArgumentError(2, 'end index must not be greater than the length of the list');
    budget.chargeElements(end - start);
    return items.slice(start, end);
  }),
  define('sort', [textList('list')], (args, { budget }) => {
    const items = args.texts(0);
    if (args.list(0).includes(null)) throw new ArgumentError(0, 'cannot sort null values');
    budget.charge(items.length * 8);
    return [...items].sort(compareText);
  }),
  defineVariadic('range', [number('params')], (args, { budget }) => range(args.values as number[], budget)),
];

const mapFunctions: readonly FunctionSpec[] = [
  define('index', [any('collection'), any('key')], (args, { budget }) =>
    indexOf(args.any(0), args.any(1), budget),
  ),
  define('keys', [any('inputMap')], (args) => sortedKeys(objectAt(args.values, 0))),
  define('length', [any('value')], (args) => lengthOf(args.any(0))),
  defineVariadic('lookup', [any('inputMap'), text('key'), nullable(any('default'))], (args) => {
    const [container, key] = [objectAt(args.values, 0), args.text(1)];
    if (Object.hasOwn(container, key)) return container[key] ?? null;
    if (args.count > 3) throw new FunctionError('lookup takes a map, a key and a default');
    if (args.count === 3) return args.any(2);
    throw new FunctionError(`lookup failed to find key ${JSON.stringify(key)}`);
  }),
  defineVariadic('merge', [nullable(any('maps'))], (args, { budget }) => merge(args.values, budget)),
  define('values', [any('mapping')], (args) => {
    const container = objectAt(args.values, 0);
    return sortedKeys(container).map((key) => container[key] ?? null);
  }),
  define('zipmap', [textList('keys'), any('values')], (args) => {
    const [keys, values] = [args.texts(0), arrayAt(args.values, 1)];
    if (keys.length !== values.length) {
      throw new FunctionError(
        `number of keys (${keys.length}) does not match number of values (${values.length})`,
      );
    }
    const result = emptyObject();
    for (const [i, key] of keys.entries()) result[key] = values[i] ?? null;
    return result;
  }),
];

export const collectionFunctions: readonly FunctionSpec[] = [...listFunctions, ...mapFunctions];

function arrayAt(values: readonly Value[], index: number): readonly Value[] {
  const value = values[index] ?? null;
  if (isArray(value)) return value;
  throw new ArgumentError(index, `a list is required, not a value of type ${typeName(value)}`);
}

function objectAt(values: readonly Value[], index: number): HclObject {
  const value = values[index] ?? null;
  if (isObject(value)) return value;
  throw new ArgumentError(index, 'must have map or object type');
}

function wholeNumber(values: readonly Value[], index: number): number {
  const value = values[index];
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new ArgumentError(index, 'a whole number is required');
}

function chunks(items: readonly Value[], size: number, budget: Budget): Value {
  if (!Number.isInteger(size) || size < 0) throw new ArgumentError(1, 'the size argument must be positive');
  budget.chargeElements(items.length);
  if (size === 0) return items.length === 0 ? [] : [items];
  const result: Value[] = [];
  for (let at = 0; at < items.length; at += size) result.push(items.slice(at, at + size));
  return result;
}

function distinct(items: readonly Value[], budget: Budget): Value {
  const seen = new Map<string, Value>();
  // A list has one type: 1 and "1" are the same text in it.
  for (const item of unifyAll(items, budget.charge) ?? items) {
    const key = canonicalText(item, budget.charge);
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

function flattenInto(items: readonly Value[], result: Value[], budget: Budget): void {
  for (const item of items) {
    budget.charge(1);
    if (isArray(item)) {
      budget.enter();
      flattenInto(item, result, budget);
      budget.leave();
    } else {
      result.push(item);
      if (result.length > budget.limits.collectionLength) budget.chargeElements(result.length);
    }
  }
}

/**
 * The original's code takes the element at a key, its documentation promises the place of a value in a list. A key that
 * is a valid position is read as such, anything else is searched for.
 */
function indexOf(collection: Value, key: Value, budget: Budget): Value {
  if (collection === null || typeof collection !== 'object') {
    throw new ArgumentError(0, 'a list, a map or an object is required');
  }
  if (!isArray(collection)) {
    const name = typeof key === 'object' ? '' : toText(key);
    if (Object.hasOwn(collection, name)) return collection[name] ?? null;
    throw new FunctionError(`there is no element with the key ${JSON.stringify(key)}`);
  }
  if (typeof key === 'number' && !isSet(collection)) {
    const item = collection[key];
    if (item !== undefined) return item;
  }
  const found = collection.findIndex((item) => equalValues(item, key, budget.charge));
  if (found < 0) throw new FunctionError('item not found');
  return found;
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return countGraphemes(value);
  if (value === null || typeof value !== 'object') {
    throw new ArgumentError(0, 'argument must be a string, a collection type, or a structural type');
  }
  return isArray(value) ? value.length : Object.keys(value).length;
}

function merge(values: readonly Value[], budget: Budget): HclObject {
  const result = emptyObject();
  let total = 0;
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    if (typeof value !== 'object' || isArray(value)) {
      throw new ArgumentError(i, `arguments must be maps or objects, got ${typeName(value)}`);
    }
    const keys = Object.keys(value);
    total += keys.length;
    budget.chargeElements(total > budget.limits.collectionLength ? total : keys.length);
    for (const key of keys) result[key] = value[key] ?? null;
  }
  return result;
}

function range(params: readonly number[], budget: Budget): Value {
  const bounds = rangeBounds(params);
  const { start, limit, step } = bounds;
  if (step === 0) throw new FunctionError('step must not be zero');
  if (start < limit && step < 0)
    throw new FunctionError('end is greater than start, so step must be positive');
  if (start > limit && step > 0) throw new FunctionError('end is less than start, so step must be negative');
  const count = Math.max(0, Math.ceil((limit - start) / step));
  budget.chargeElements(count);
  return Array.from({ length: count }, (_, i) => tidy(start + i * step));
}

function rangeBounds(params: readonly number[]): { start: number; limit: number; step: number } {
  const [a, b, c] = params;
  if (a === undefined || params.length > 3) throw new FunctionError('must have one, two, or three arguments');
  if (b === undefined) return { start: 0, limit: a, step: a < 0 ? -1 : 1 };
  return { start: a, limit: b, step: c ?? (b < a ? -1 : 1) };
}
