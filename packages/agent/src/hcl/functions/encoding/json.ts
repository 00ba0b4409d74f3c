// SPDX-License-Identifier: MPL-2.0
// jsonencode and jsondecode.

import type { Budget } from '../../eval/budget.ts';
import { formatNumber } from '../../value/number.ts';
import { composed, isArray, makeObject, sortedKeys, type Value } from '../../value/value.ts';
import { ArgumentError } from '../spec.ts';

/** Levels of a document. */
const maxDepth = 200;

const unsafe = /[<>&\u2028\u2029]/g;

/** Compact, keys sorted, and with the characters escaped that Go escapes for the sake of HTML. */
export function encodeJson(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (isArray(value)) return `[${value.map(encodeJson).join(',')}]`;
  const members = sortedKeys(value).map((key) => `${encodeText(key)}:${encodeJson(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

function encodeText(text: string): string {
  return JSON.stringify(text).replace(
    unsafe,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function decodeJson(text: string, budget: Budget): Value {
  budget.charge(text.length >> 2);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ArgumentError(0, error instanceof Error ? error.message : String(error));
  }
  return fromPlain(parsed, budget);
}

/** Plain JavaScript data as a value. */
export function fromPlain(data: unknown, budget: Budget, depth = 0): Value {
  budget.charge(1);
  if (depth > maxDepth) throw new ArgumentError(0, `the document has more than ${maxDepth} levels`);
  if (data === null || data === undefined) return null;
  if (typeof data === 'string') return composed(data);
  if (typeof data === 'boolean') return data;
  if (typeof data === 'number') {
    if (!Number.isFinite(data)) throw new ArgumentError(0, 'the document holds a number that is not finite');
    return data;
  }
  if (typeof data === 'bigint') return Number(data);
  if (Array.isArray(data)) {
    budget.chargeElements(data.length);
    return data.map((item) => fromPlain(item, budget, depth + 1));
  }
  if (typeof data !== 'object') throw new ArgumentError(0, `the document holds a ${typeof data}`);
  const entries = Object.entries(data);
  budget.chargeElements(entries.length);
  return makeObject(entries.map(([key, item]) => [composed(key), fromPlain(item, budget, depth + 1)]));
}
