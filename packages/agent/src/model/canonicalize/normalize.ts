// SPDX-License-Identifier: MPL-2.0
// One form for everything that means "nothing": an empty list or map is null, an optional field with its zero value
// is left out. So equal jobs are equal objects, and stored jobs look as Nomad stores them.

import type { Schema } from '@serai/api';

export function normalize<T>(schema: Schema<T>, value: T): T {
  return normalizeValue(schema, value) as T;
}

function normalizeValue(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  switch (schema.kind) {
    case 'list': {
      const items = value as readonly unknown[];
      if (items.length === 0) return null;
      const of = schema.of?.();
      return of ? items.map((item) => normalizeValue(of, item)) : items;
    }
    case 'map':
      return normalizeMap(schema, value as Readonly<Record<string, unknown>>);
    case 'pointer': {
      const of = schema.of?.();
      return of ? normalizeValue(of, value) : value;
    }
    case 'struct':
      return normalizeStruct(schema, value as Readonly<Record<string, unknown>>);
    default:
      return value;
  }
}

function normalizeMap(schema: Schema, value: Readonly<Record<string, unknown>>): unknown {
  const entries = Object.entries(value);
  if (entries.length === 0) return null;
  const of = schema.of?.();
  if (!of || of.kind === 'string' || of.kind === 'any') return value;
  return Object.fromEntries(entries.map(([key, item]) => [key, normalizeValue(of, item)]));
}

function normalizeStruct(schema: Schema, value: Readonly<Record<string, unknown>>): unknown {
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema.fields ?? {})) {
    const item = normalizeValue(field, value[key]);
    if (field.optional && isZero(item)) continue;
    out[key] = item;
  }
  return out;
}

function isZero(value: unknown): boolean {
  return value === null || value === undefined || value === '' || value === 0 || value === false;
}
