// SPDX-License-Identifier: MPL-2.0
// JSON text → object, by the rules of Go's encoding/json: keys match without regard to case, unknown keys are skipped,
// null means "not set", a wrong type is an error that names the field.

import { parseDuration } from './duration.ts';
import { type Input, type Schema, type Static, zero } from './schema.ts';

/** A value has the wrong type. `path` reads like `Job.TaskGroups[1].Count`. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Nesting allowed below the top of a decoded body. */
export const maxDecodeDepth = 100;

/** Every field present: what is missing gets its zero value. */
export function decode<S extends Schema>(schema: S, value: unknown, path = schema.name ?? ''): Static<S> {
  return decodeValue(schema, value, path, true, 0) as Static<S>;
}

/** Only the fields that were given (null counts as not given). */
export function decodeInput<S extends Schema>(
  schema: S,
  value: unknown,
  path = schema.name ?? '',
): Input<Static<S>> {
  return decodeValue(schema, value, path, false, 0) as Input<Static<S>>;
}

function decodeValue(schema: Schema, value: unknown, path: string, fill: boolean, depth: number): unknown {
  if (depth > maxDecodeDepth)
    throw new DecodeError(path, `${path}: nested deeper than ${maxDecodeDepth} levels`);
  if (value === null || value === undefined) return fill ? zero(schema) : null;
  switch (schema.kind) {
    case 'string':
      return typeof value === 'string' ? value : wrong(path, 'string', value);
    case 'bool':
      return typeof value === 'boolean' ? value : wrong(path, 'bool', value);
    case 'int':
      return decodeInteger(schema, value, path);
    case 'float':
      return typeof value === 'number' ? value : wrong(path, 'number', value);
    case 'duration':
      return decodeDuration(value, path);
    case 'time':
      return decodeTime(value, path);
    case 'bytes':
      return decodeBytes(value, path);
    case 'any':
      return decodeAny(value, path, depth);
    case 'list':
      if (!Array.isArray(value)) return wrong(path, 'array', value);
      return value.map((item, i) => decodeValue(elementOf(schema), item, `${path}[${i}]`, fill, depth + 1));
    case 'map':
      return decodeMap(schema, value, path, fill, depth);
    case 'pointer':
      return decodeValue(elementOf(schema), value, path, fill, depth);
    case 'struct':
      return decodeStruct(schema, value, path, fill, depth);
  }
}

function elementOf(schema: Schema): Schema {
  if (!schema.of) throw new Error(`schema kind "${schema.kind}" has no element`);
  return schema.of();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeInteger(schema: Schema, value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value))
    return wrong(path, schema.signed ? 'int' : 'uint', value);
  if (!schema.signed && value < 0) return wrong(path, 'uint', value);
  return value;
}

function decodeDuration(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value !== 'string') return wrong(path, 'duration', value);
  const nanoseconds = parseDuration(value);
  if (nanoseconds === undefined)
    throw new DecodeError(path, `${path}: invalid duration ${JSON.stringify(value)}`);
  return nanoseconds;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function decodeTime(value: unknown, path: string): string {
  if (typeof value !== 'string' || !rfc3339.test(value)) return wrong(path, 'RFC 3339 time', value);
  return value;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decodeBytes(value: unknown, path: string): string {
  if (typeof value !== 'string' || !base64.test(value)) return wrong(path, 'base64 string', value);
  return value;
}

function decodeAny(value: unknown, path: string, depth: number): unknown {
  if (depth > maxDecodeDepth)
    throw new DecodeError(path, `${path}: nested deeper than ${maxDecodeDepth} levels`);
  if (Array.isArray(value)) return value.map((item, i) => decodeAny(item, `${path}[${i}]`, depth + 1));
  if (!isObject(value)) return value;
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value))
    setOwn(out, key, decodeAny(item, `${path}.${key}`, depth + 1));
  return out;
}

function decodeMap(schema: Schema, value: unknown, path: string, fill: boolean, depth: number): unknown {
  if (!isObject(value)) return wrong(path, 'object', value);
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    setOwn(out, key, decodeValue(elementOf(schema), item, `${path}.${key}`, fill, depth + 1));
  }
  return out;
}

function decodeStruct(schema: Schema, value: unknown, path: string, fill: boolean, depth: number): unknown {
  if (!isObject(value)) return wrong(path, 'object', value);
  const fields = schema.fields ?? {};
  const out = (fill ? zero(schema) : {}) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) {
    const name = fieldName(schema, key);
    const field = name === undefined ? undefined : fields[name];
    if (name === undefined || !field) continue;
    if (item === null && !fill) continue;
    out[name] = decodeValue(field, item, path === '' ? name : `${path}.${name}`, fill, depth + 1);
  }
  return out;
}

/** `__proto__` as a key must become an own property, never a prototype. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

const foldedNames = new WeakMap<Schema, Map<string, string>>();

function fieldName(schema: Schema, key: string): string | undefined {
  const fields = schema.fields ?? {};
  if (Object.hasOwn(fields, key)) return key;
  let folded = foldedNames.get(schema);
  if (!folded) {
    folded = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
    foldedNames.set(schema, folded);
  }
  return folded.get(key.toLowerCase());
}

function wrong(path: string, expected: string, value: unknown): never {
  const got = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const shown =
    typeof value === 'number' || typeof value === 'string' ? ` ${JSON.stringify(value).slice(0, 60)}` : '';
  throw new DecodeError(path, `${path}: cannot use ${got}${shown} as ${expected}`);
}
