// SPDX-License-Identifier: MPL-2.0
// Query parameters → the types that the route declares.

import type { QueryParam, QuerySpec } from '@serai/api';
import { AppError } from '#base';
import { quoted } from './target.ts';

/** The first of several equal names counts, as in Go. An empty value is as good as none. */
export function decodeParameters(
  spec: QuerySpec,
  search: URLSearchParams,
): Readonly<Record<string, unknown>> {
  const out: Record<string, unknown> = {};
  for (const name of Object.keys(spec)) {
    const param = spec[name];
    if (!param) continue;
    if (param.kind === 'strings') {
      const values = search.getAll(name).filter((value) => value !== '');
      if (values.length > 0) out[name] = values;
      continue;
    }
    const value = search.get(name);
    out[name] = value === null || value === '' ? param.fallback : decodeParameter(name, param, value);
  }
  return out;
}

function decodeParameter(name: string, param: QueryParam, value: string): unknown {
  switch (param.kind) {
    case 'bool':
      return parseBool(name, value);
    case 'int':
      return parseWhole(name, value, { kind: 'an int', least: Number.MIN_SAFE_INTEGER });
    case 'uint':
      return parseWhole(name, value, { kind: 'a uint', least: 0 });
    default:
      return value;
  }
}

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

export function parseBool(name: string, value: string): boolean {
  if (trueTexts.has(value)) return true;
  if (falseTexts.has(value)) return false;
  throw unparsable(name, value, 'a bool');
}

export function parseWhole(
  name: string,
  value: string,
  limits: { readonly kind: string; readonly least: number; readonly most?: number },
): number {
  const number = /^[+-]?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= limits.least && number <= (limits.most ?? Number.MAX_SAFE_INTEGER)))
    throw unparsable(name, value, limits.kind);
  return number;
}

function unparsable(name: string, value: string, kind: string): AppError {
  return new AppError(
    'invalid',
    `Failed to parse value of ${quoted(name)} (${value.slice(0, 100)}) as ${kind}`,
  );
}
