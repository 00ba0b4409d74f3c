// SPDX-License-Identifier: MPL-2.0
// Checks a driver's `config` block (of a task or of a plugin): every key known, every value of its type, and errors
// that name the key and say what is allowed. Values come from HCL or JSON after interpolation, so "8080" is a number
// and "true" a boolean where one is asked for, as in HCL.

import { parseDuration } from '@serai/api';
import { AppError } from '#base';

export interface Field<T> {
  /** "a string", for messages */
  readonly expects: string;
  readonly required: boolean;
  /** Undefined when the value is not of this type. */
  readonly read: (value: unknown) => T | undefined;
  readonly fallback: T;
}

type ValueOf<F> = F extends Field<infer T> ? T : never;
export type ConfigOf<S> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** Longest name that a suggestion is looked for. */
const maxSuggestLength = 64;

/**
 * Checks a block against its fields. Keys that are missing get the field's fallback.
 * `what` names the block in messages: `config of driver raw_exec`.
 * @throws AppError `invalid`
 */
export function readConfig<S extends Readonly<Record<string, Field<unknown>>>>(
  what: string,
  fields: S,
  config: Readonly<Record<string, unknown>>,
): ConfigOf<S> {
  for (const key of Object.keys(config))
    if (!Object.hasOwn(fields, key)) throw unknownKey(key, what, Object.keys(fields));
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = config[key];
    if (value === undefined || value === null) {
      if (field.required)
        throw new AppError('invalid', `missing key "${key}" in ${what}: it must be ${field.expects}`);
      result[key] = field.fallback;
      continue;
    }
    const read = field.read(value);
    if (read === undefined)
      throw new AppError('invalid', `"${key}" in ${what} must be ${field.expects}, not ${describe(value)}`);
    result[key] = read;
  }
  return result as ConfigOf<S>;
}

export function stringField(fallback = ''): Field<string> {
  return { expects: 'a string', required: false, read: readString, fallback };
}

export function boolField(fallback = false): Field<boolean> {
  return { expects: 'true or false', required: false, read: readBool, fallback };
}

export function intField(options: { min: number; max: number; fallback: number }): Field<number> {
  const { min, max, fallback } = options;
  return {
    expects: `a whole number from ${min} to ${max}`,
    required: false,
    read: (value) => {
      const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
        ? number
        : undefined;
    },
    fallback,
  };
}

/** In milliseconds. Text like "1m30s", or a number of nanoseconds as the API has it. */
export function durationField(fallbackMs = 0): Field<number> {
  return {
    expects: 'a duration like "1m30s"',
    required: false,
    read: (value) => {
      const nanoseconds = typeof value === 'string' ? parseDuration(value) : value;
      return typeof nanoseconds === 'number' && Number.isFinite(nanoseconds) && nanoseconds >= 0
        ? nanoseconds / 1_000_000
        : undefined;
    },
    fallback: fallbackMs,
  };
}

export function stringListField(): Field<readonly string[]> {
  return { expects: 'a list of strings', required: false, read: readStringList, fallback: [] };
}

/** As a block or a map; JSON jobs write blocks as a list with one map in it. */
export function stringMapField(): Field<Readonly<Record<string, string>>> {
  return { expects: 'a map of strings', required: false, read: readStringMap, fallback: {} };
}

export function required<T>(field: Field<T>): Field<T> {
  return { ...field, required: true };
}

function readString(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function readBool(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function readStringList(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const strings = value.map(readString);
  return strings.every((item) => item !== undefined) ? strings : undefined;
}

function readStringMap(value: unknown): Readonly<Record<string, string>> | undefined {
  const map: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return undefined;
  const entries = Object.entries(map).map(([key, item]) => [key, readString(item)] as const);
  if (!entries.every((entry): entry is readonly [string, string] => entry[1] !== undefined)) return undefined;
  return Object.fromEntries(entries);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list with something else in it';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return 'a map';
  }
}

function unknownKey(key: string, what: string, known: readonly string[]): AppError {
  const shown = JSON.stringify(key.slice(0, maxSuggestLength));
  const near = nearest(key, known);
  if (near !== undefined)
    return new AppError('invalid', `unknown key ${shown} in ${what}; did you mean "${near}"?`);
  const list = known.length > 0 ? `known are ${known.join(', ')}` : 'it takes none';
  return new AppError('invalid', `unknown key ${shown} in ${what}; ${list}`);
}

/** The candidate that takes the fewest edits to reach, if those are few for its length. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > maxSuggestLength) return undefined;
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (
      distance <= Math.max(1, Math.floor(candidate.length / 3)) &&
      distance < (best?.distance ?? Number.POSITIVE_INFINITY)
    )
      best = { candidate, distance };
  }
  return best?.candidate;
}

/** Letters to insert, delete or change to get from one word to the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
