// SPDX-License-Identifier: MPL-2.0
// Values of the language are plain JavaScript values. Only sets need a class of their own.

export type Value = null | boolean | number | string | readonly Value[] | HclObject;

/** Objects and maps: no prototype, so `__proto__` and `constructor` are keys like any other. */
export interface HclObject {
  readonly [key: string]: Value;
}

/** An array to everybody else; sorted, without duplicates. Made by `makeSet` only. */
export class HclSet extends Array<Value> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

export function isObject(value: Value): value is HclObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isSet(value: Value): value is HclSet {
  return value instanceof HclSet;
}

export function emptyObject(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

export function makeObject(entries: Iterable<readonly [string, Value]>): HclObject {
  const object = emptyObject();
  for (const [key, value] of entries) object[key] = value;
  return object;
}

/** Keys in the order the language iterates them: by code point. */
export function sortedKeys(object: HclObject): string[] {
  return Object.keys(object).sort(compareText);
}

/** Order of the UTF-8 bytes, which is the order of code points. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above every other unit.
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/**
 * Strings are in Unicode's composed form (NFC), so that texts that look alike are alike. Half a surrogate pair, which
 * JSON's escapes can write and UTF-8 can't, becomes U+FFFD.
 */
export function composed(text: string): string {
  // Below U+0300 nothing combines.
  return /[\u0300-\uffff]/.test(text) ? text.toWellFormed().normalize('NFC') : text;
}

/** Name of a value's type as messages use it. */
export function typeName(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'string';
  if (isSet(value)) return 'set';
  return Array.isArray(value) ? 'tuple' : 'object';
}

/** Two values are equal when type and content are. A set never equals a list. */
export function equalValues(a: Value, b: Value, charge: (steps: number) => void): boolean {
  charge(1);
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (isArray(a) || isArray(b)) {
    if (!isArray(a) || !isArray(b) || a.length !== b.length || isSet(a) !== isSet(b)) return false;
    return a.every((item, i) => equalValues(item, b[i] ?? null, charge));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => key in b && equalValues(a[key] ?? null, b[key] ?? null, charge));
}

/** A text that is the same for equal values only; used as the key of sets. */
export function canonicalText(value: Value, charge: (steps: number) => void): string {
  charge(1);
  if (typeof value === 'string') {
    charge(value.length >> 4);
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== 'object') return String(value);
  if (isArray(value)) {
    const items = value.map((item) => canonicalText(item, charge)).join(',');
    return isSet(value) ? `<${items}>` : `[${items}]`;
  }
  const pairs = sortedKeys(value).map(
    (key) => `${JSON.stringify(key)}:${canonicalText(value[key] ?? null, charge)}`,
  );
  return `{${pairs.join(',')}}`;
}

/** Sorted and without duplicates: numbers by size, text by code point, anything else by its canonical text. */
export function makeSet(items: Iterable<Value>, charge: (steps: number) => void): HclSet {
  const unique = new Map<string, Value>();
  for (const item of items) unique.set(canonicalText(item, charge), item);
  const set = new HclSet();
  const sorted = [...unique.entries()].sort(([keyA, a], [keyB, b]) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
    return compareText(keyA, keyB);
  });
  for (const [, item] of sorted) set.push(item);
  return set;
}
