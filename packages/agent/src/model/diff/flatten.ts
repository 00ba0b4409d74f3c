// SPDX-License-Identifier: MPL-2.0
// Values as flat names and texts: `command`, `args[0]`, `port_map[0][http]`, `Meta[key]`.

import type { Schema } from '@serai/api';

const primitives: ReadonlySet<string> = new Set([
  'string',
  'bool',
  'int',
  'float',
  'duration',
  'time',
  'bytes',
]);

/** The schema behind pointers. */
export function pointee(schema: Schema): Schema {
  return schema.kind === 'pointer' && schema.of ? pointee(schema.of()) : schema;
}

export function isPrimitive(schema: Schema): boolean {
  return primitives.has(pointee(schema).kind);
}

export function primitiveText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/** The struct's own primitive fields and its maps of primitives. */
export function flattenStruct(
  schema: Schema,
  value: object | null,
  ignore: ReadonlySet<string> = new Set(),
): Map<string, string> {
  const out = new Map<string, string>();
  if (value === null) return out;
  const record = value as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(schema.fields ?? {})) {
    if (ignore.has(name)) continue;
    const item = record[name];
    if (isPrimitive(field)) {
      if (item !== null && item !== undefined) out.set(name, primitiveText(item));
    } else if (isPrimitiveMap(field)) {
      for (const [key, text] of Object.entries((item ?? {}) as Record<string, unknown>))
        out.set(`${name}[${key}]`, primitiveText(text));
    }
  }
  return out;
}

export function isPrimitiveMap(schema: Schema): boolean {
  const of = schema.kind === 'map' ? schema.of?.() : undefined;
  return of !== undefined && isPrimitive(of);
}

/** Free-form values (driver configuration): nested lists and maps in brackets. */
export function flattenAny(value: unknown): Map<string, string> {
  const out = new Map<string, string>();
  if (value === null || value === undefined || typeof value !== 'object') return out;
  for (const [key, item] of Object.entries(value)) flattenInto(out, key, item);
  return out;
}

function flattenInto(out: Map<string, string>, name: string, value: unknown): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object') {
    out.set(name, primitiveText(value));
    return;
  }
  for (const [key, item] of Object.entries(value)) flattenInto(out, `${name}[${key}]`, item);
}
