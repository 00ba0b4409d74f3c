// SPDX-License-Identifier: MPL-2.0
// Attributes and elements of values: `.name`, `[key]`.

import { HclError } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import { didYouMean } from '../suggestion.ts';
import type { Step } from '../syntax/ast.ts';
import { toText } from '../value/convert.ts';
import { parseNumber } from '../value/number.ts';
import { type HclObject, isArray, isSet, typeName, type Value } from '../value/value.ts';

export function applySteps(value: Value, steps: readonly Step[]): Value {
  let current = value;
  for (const step of steps) {
    current =
      step.form === 'attribute'
        ? attributeOf(current, String(step.key), step.range)
        : elementOf(current, step.key, step.range);
  }
  return current;
}

export function attributeOf(value: Value, name: string, range: Range): Value {
  if (value === null) {
    throw new HclError(
      'Attempt to get attribute from null value',
      'This value is null, so it does not have any attributes.',
      range,
    );
  }
  if (typeof value !== 'object') {
    throw new HclError(
      'Unsupported attribute',
      `Can't access attributes on a primitive-typed value (${typeName(value)}).`,
      range,
    );
  }
  if (isArray(value)) {
    throw new HclError(
      'Unsupported attribute',
      `Can't access attributes on a list. Did you mean to access an attribute of one element, as in [0].${name}, or of all elements, as in [*].${name}?`,
      range,
    );
  }
  if (Object.hasOwn(value, name)) return value[name] ?? null;
  const hint = didYouMean(name, Object.keys(value));
  throw new HclError(
    'Unsupported attribute',
    `This object does not have an attribute named ${JSON.stringify(name)}.${hint}`,
    range,
  );
}

export function elementOf(value: Value, key: Value, range: Range): Value {
  if (value === null) {
    throw new HclError(
      'Attempt to index null value',
      'This value is null, so it does not have any indices.',
      range,
    );
  }
  if (key === null) invalidIndex("Can't use a null value as an indexing key.", range);
  if (typeof value !== 'object')
    invalidIndex(`This value (${typeName(value)}) does not have any indices.`, range);
  if (isArray(value)) return itemOf(value, key, range);
  if (typeof key === 'object') invalidIndex('A string is required as the key of an object or map.', range);
  return memberOf(value, toText(key), range);
}

function memberOf(value: HclObject, key: string, range: Range): Value {
  if (Object.hasOwn(value, key)) return value[key] ?? null;
  return invalidIndex(
    `The given key does not identify an element in this collection value: there is no ${JSON.stringify(key)}.`,
    range,
  );
}

function itemOf(value: readonly Value[], key: Value, range: Range): Value {
  if (isSet(value)) {
    invalidIndex(
      "Elements of a set are identified only by their value and don't have any separate index or key to select with.",
      range,
    );
  }
  const index = typeof key === 'string' ? parseNumber(key) : key;
  if (typeof index !== 'number') return invalidIndex('A number is required as the index of a list.', range);
  if (!Number.isInteger(index)) {
    return invalidIndex('The given index must be a whole number.', range);
  }
  const item = value[index];
  if (index >= 0 && item !== undefined) return item;
  return invalidIndex(
    index < 0
      ? 'The given index is negative; count from the end with length(list) - 1.'
      : `The given index is greater than or equal to the length of the collection, ${value.length}.`,
    range,
  );
}

function invalidIndex(detail: string, range: Range): never {
  throw new HclError('Invalid index', detail, range);
}
