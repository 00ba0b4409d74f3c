// SPDX-License-Identifier: MPL-2.0
// One declaration per object of the Nomad API. From it come the TypeScript type (Static), the zero value, the JSON
// decoder with Go's rules, and the msgpack shape that the RPC codec follows.
//
// In memory an object looks as it does in JSON: every field present, a nil list or map is null, a duration is a
// number of nanoseconds, a time is an RFC 3339 string, bytes are base64. So JSON.stringify is the encoder.

/** Shape of a value. `T` is the in-memory type. */
export interface Schema<T = unknown> {
  readonly kind: Kind;
  /** Element of a list, map or pointer; for a pointer to a struct the struct itself. */
  readonly of?: () => Schema;
  /** Struct only: name as in Go, used in error texts. */
  readonly name?: string;
  /** Struct only. */
  readonly fields?: Readonly<Record<string, Schema>>;
  /** Field only: left out of JSON when empty (Go's `omitempty`). */
  readonly optional?: boolean;
  /** Struct only: msgpack leaves zero fields out (Allocation, Evaluation, Plan in Nomad). */
  readonly omitEmpty?: boolean;
  /** Integer only: accept a Go duration string in JSON; float kinds never. */
  readonly signed?: boolean;
  /** Phantom: never present at run time. */
  readonly _type?: T;
}

export type Kind =
  | 'string'
  | 'bool'
  /** integer; `signed` tells int* from uint* */
  | 'int'
  | 'float'
  /** int64 nanoseconds */
  | 'duration'
  /** RFC 3339 with up to 9 fractional digits; zero is 0001-01-01T00:00:00Z */
  | 'time'
  /** base64 in JSON, raw in msgpack */
  | 'bytes'
  /** free-form JSON */
  | 'any'
  | 'list'
  | 'map'
  | 'pointer'
  | 'struct';

export type Static<S> = S extends Schema<infer T> ? T : never;

/** The same object as a user writes it: any field may be missing or null. */
export type Input<T> = T extends readonly (infer E)[]
  ? readonly Input<E>[] | null
  : T extends object
    ? { readonly [K in keyof T]?: Input<T[K]> | null | undefined }
    : T | null;

type OptionalKeys<F> = { [K in keyof F]: F[K] extends { readonly optional: true } ? K : never }[keyof F];
type StructType<F> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Static<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: Static<F[K]>;
};

/** Time that Go prints for a time.Time nobody set. */
export const zeroTime = '0001-01-01T00:00:00Z';

export const str: Schema<string> = { kind: 'string' };
export const bool: Schema<boolean> = { kind: 'bool' };
/** int, int8 … int64 */
export const int: Schema<number> = { kind: 'int', signed: true };
/** uint8 … uint64 */
export const uint: Schema<number> = { kind: 'int', signed: false };
export const float: Schema<number> = { kind: 'float' };
/** time.Duration: integer nanoseconds; a user may also write "30s" */
export const duration: Schema<number> = { kind: 'duration', signed: true };
export const time: Schema<string> = { kind: 'time' };
/** []byte: base64 text, null when nil */
export const bytes: Schema<string | null> = { kind: 'bytes' };
/** interface{} */
export const any: Schema<unknown> = { kind: 'any' };

export function list<S extends Schema>(of: S): Schema<readonly Static<S>[] | null> {
  return { kind: 'list', of: () => of };
}
export function map<S extends Schema>(of: S): Schema<Readonly<Record<string, Static<S>>> | null> {
  return { kind: 'map', of: () => of };
}
/** A Go pointer: null when nil. */
export function ptr<S extends Schema>(of: S): Schema<Static<S> | null> {
  return { kind: 'pointer', of: () => of };
}
/** For a struct that contains itself. */
export function lazy<T>(kind: 'list' | 'map' | 'pointer', of: () => Schema): Schema<T> {
  return { kind, of };
}
/** Field left out of JSON when it holds its zero value. */
export function opt<S extends Schema>(schema: S): S & { readonly optional: true } {
  return { ...schema, optional: true };
}
export interface StructSchema<F> extends Schema<StructType<F>> {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: F & Readonly<Record<string, Schema>>;
}
export function struct<F extends Readonly<Record<string, Schema>>>(
  name: string,
  fields: F,
  options: { omitEmpty?: boolean } = {},
): StructSchema<F> {
  return { kind: 'struct', name, fields, ...options };
}

/** The value Go gives a variable nobody set. Structs inside are shared and frozen: copy, never change them. */
export function zero<T>(schema: Schema<T>): T {
  return zeroOf(schema) as T;
}

/** A new object of this struct: the given fields, zero for the rest. */
export function make<T>(schema: Schema<T>, fields: Partial<T>): T {
  return { ...templateOf(schema), ...fields } as T;
}

function zeroOf(schema: Schema): unknown {
  switch (schema.kind) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int':
    case 'float':
    case 'duration':
      return 0;
    case 'time':
      return zeroTime;
    case 'struct':
      return { ...templateOf(schema) };
    default:
      return null;
  }
}

const templates = new WeakMap<Schema, object>();

/** Zero of a struct. Parsed from text, so that the engine lays it (and what is spread from it) out as a plain record. */
function templateOf(schema: Schema): object {
  const known = templates.get(schema);
  if (known) return known;
  const fields = Object.entries(schema.fields ?? {}).filter(([, field]) => !field.optional);
  const text = JSON.stringify(Object.fromEntries(fields.map(([key, field]) => [key, zeroOf(field)])));
  const template = freezeInside(JSON.parse(text) as Record<string, unknown>);
  templates.set(schema, template);
  return template;
}

function freezeInside(record: Record<string, unknown>): Record<string, unknown> {
  for (const value of Object.values(record)) {
    if (typeof value === 'object' && value !== null)
      Object.freeze(freezeInside(value as Record<string, unknown>));
  }
  return record;
}
