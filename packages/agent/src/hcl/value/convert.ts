// SPDX-License-Identifier: MPL-2.0
// Values into types: "5" where a number is wanted, a tuple where a list of strings is, and so on.

import { formatNumber, parseNumber } from './number.ts';
import { describeTypeWithArticle, type HclType } from './type.ts';
import {
  emptyObject,
  type HclObject,
  isArray,
  isObject,
  isSet,
  makeObject,
  makeSet,
  type Value,
} from './value.ts';

/** The message says what is required, without a period: "a number is required". */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}

type Charge = (steps: number) => void;

/** null fits every type. */
export function convert(value: Value, type: HclType, charge: Charge): Value {
  charge(1);
  if (value === null) return null;
  switch (type.kind) {
    case 'any':
      return value;
    case 'string':
      return toText(value);
    case 'number':
      return toNumber(value);
    case 'bool':
      return toBool(value);
    case 'list':
      return elementsOf(value, type, charge);
    case 'set':
      return makeSet(elementsOf(value, type, charge), charge);
    case 'map':
      return toMap(value, type, charge);
    case 'tuple':
      return toTuple(value, type, charge);
    case 'object':
      return toObject(value, type, charge);
  }
}

function required(type: HclType): never {
  throw new ConversionError(`${describeTypeWithArticle(type)} is required`);
}

/** Text of a primitive value. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return String(value);
  return required({ kind: 'string' });
}

function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' ? parseNumber(value) : undefined;
  return number ?? required({ kind: 'number' });
}

function toBool(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  const lower = typeof value === 'string' ? value.toLowerCase() : '';
  if (lower === 'true' || lower === 'false') {
    throw new ConversionError(`a bool is required; to convert from string, use lowercase "${lower}"`);
  }
  return required({ kind: 'bool' });
}

function elementsOf(
  value: Value,
  type: { readonly kind: 'list' | 'set' | 'map'; readonly element: HclType },
  charge: Charge,
): readonly Value[] {
  if (!isArray(value)) return required(type);
  if (type.element.kind === 'any') {
    const items = isSet(value) ? [...value] : value;
    return unifyElements(items, type.kind, charge);
  }
  return value.map((item, i) => at(`element ${i}`, () => convert(item, type.element, charge)));
}

function toMap(value: Value, type: Extract<HclType, { element: HclType }>, charge: Charge): HclObject {
  if (value === null || !isObject(value)) return required(type);
  const keys = Object.keys(value);
  const result = emptyObject();
  if (type.element.kind === 'any') {
    const unified = unifyElements(
      keys.map((key) => value[key] ?? null),
      'map',
      charge,
    );
    for (const [i, key] of keys.entries()) result[key] = unified[i] ?? null;
    return result;
  }
  for (const key of keys) {
    result[key] = at(`element ${JSON.stringify(key)}`, () =>
      convert(value[key] ?? null, type.element, charge),
    );
  }
  return result;
}

/** Elements of `list(any)`: one type for all of them. Numbers and bools become strings beside strings. */
function unifyElements(items: readonly Value[], kind: string, charge: Charge): readonly Value[] {
  charge(items.length);
  const shapes = new Set(items.filter((item) => item !== null).map(shapeOf));
  if (shapes.size <= 1) return items;
  const unified = unifyPrimitives(items, shapes);
  if (unified) return unified;
  throw new ConversionError(`all ${kind} elements must have the same type`);
}

/** Text, when one of them is text and all are primitive. */
function unifyPrimitives(items: readonly Value[], shapes: ReadonlySet<string>): readonly Value[] | undefined {
  if (shapes.has('array') || shapes.has('object') || !shapes.has('string')) return undefined;
  return items.map((item) => (item === null ? null : toText(item)));
}

/**
 * Values as one type, or undefined when there is none: texts beside numbers make all of them text, also within lists
 * and objects.
 */
export function unifyAll(items: readonly Value[], charge: Charge): readonly Value[] | undefined {
  charge(1 + items.length);
  const shapes = new Set(items.filter((item) => item !== null).map(shapeOf));
  if (shapes.size === 0) return items;
  if (shapes.size > 1) return unifyPrimitives(items, shapes);
  if (shapes.has('array'))
    return items.some((item) => item !== null && isArray(item) && isSet(item))
      ? items
      : unifyArrays(items, charge);
  return shapes.has('object') ? unifyObjects(items, charge) : items;
}

/** Tuples of one length place by place; otherwise all elements of all lists have one type. */
function unifyArrays(items: readonly Value[], charge: Charge): readonly Value[] | undefined {
  const arrays = items.map((item) => (item !== null && isArray(item) ? item : null));
  const lengths = new Set(arrays.flatMap((array) => (array ? [array.length] : [])));
  const members = arrays.map((array) => array?.map((item, i): [string, Value] => [String(i), item]) ?? null);
  const unified = unifyMembers(members, lengths.size === 1, charge);
  return unified?.map((each) => each?.map(([, item]) => item) ?? null);
}

/** Objects with the same keys key by key; otherwise all values of all maps have one type. */
function unifyObjects(items: readonly Value[], charge: Charge): readonly Value[] | undefined {
  const members = items.map((item) => (item !== null && isObject(item) ? Object.entries(item) : null));
  const keys = new Set(
    members.flatMap((each) =>
      each
        ? [
            each
              .map(([key]) => key)
              .sort()
              .join('\n'),
          ]
        : [],
    ),
  );
  const unified = unifyMembers(members, keys.size === 1, charge);
  return unified?.map((each) => (each ? makeObject(each) : null));
}

type Members = readonly (readonly [string, Value])[];

function unifyMembers(
  items: readonly (Members | null)[],
  sameShape: boolean,
  charge: Charge,
): (Members | null)[] | undefined {
  const groups = new Map<string, Value[]>();
  for (const [key, value] of items.flatMap((each) => each ?? [])) {
    const group = sameShape ? key : '';
    const values = groups.get(group);
    if (values) values.push(value);
    else groups.set(group, [value]);
  }
  const unified = new Map<string, Value[]>();
  for (const [group, values] of groups) {
    const same = unifyAll(values, charge);
    if (!same) return undefined;
    unified.set(group, [...same].reverse());
  }
  return items.map(
    (each) =>
      each?.map(([key]): [string, Value] => [key, unified.get(sameShape ? key : '')?.pop() ?? null]) ?? null,
  );
}

function shapeOf(value: Value): string {
  return value === null || typeof value !== 'object' ? typeof value : isArray(value) ? 'array' : 'object';
}

function toTuple(value: Value, type: Extract<HclType, { kind: 'tuple' }>, charge: Charge): readonly Value[] {
  if (!isArray(value) || isSet(value)) return required(type);
  if (value.length !== type.elements.length) {
    throw new ConversionError(`a tuple of ${type.elements.length} element(s) is required`);
  }
  return type.elements.map((element, i) =>
    at(`element ${i}`, () => convert(value[i] ?? null, element, charge)),
  );
}

function toObject(value: Value, type: Extract<HclType, { kind: 'object' }>, charge: Charge): HclObject {
  if (value === null || !isObject(value)) return required(type);
  const result = emptyObject();
  for (const [name, attribute] of type.attributes) {
    const given = Object.hasOwn(value, name) ? (value[name] ?? null) : undefined;
    if (given === undefined && !attribute.optional) {
      throw new ConversionError(`attribute ${JSON.stringify(name)} is required`);
    }
    const useDefault = attribute.default !== undefined && (given === undefined || given === null);
    const chosen = useDefault ? attribute.default : given;
    result[name] = at(`attribute ${JSON.stringify(name)}`, () =>
      convert(chosen ?? null, attribute.type, charge),
    );
  }
  return result;
}

function at<T>(place: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ConversionError) throw new ConversionError(`${place}: ${error.message}`);
    throw error;
  }
}

/**
 * One type for the two results of a conditional. Undefined when they have nothing in common; lists and objects that
 * only differ within stay as they are.
 */
export function unifyPair(a: Value, b: Value, charge: Charge): { a: Value; b: Value } | undefined {
  if (a === null || b === null) return { a, b };
  const unified = unifyAll([a, b], charge);
  if (unified) return { a: unified[0] ?? null, b: unified[1] ?? null };
  return shapeOf(a) === shapeOf(b) ? { a, b } : undefined;
}
