// SPDX-License-Identifier: MPL-2.0
// Declaration → function that writes a value. Made once per declaration.

import { elementOf, isEmptyValue, type MsgpackShape } from './shape.ts';
import { MsgpackEncodeError, MsgpackWriter } from './writer.ts';

export type Encode = (writer: MsgpackWriter, value: unknown) => void;

const compiled = new WeakMap<MsgpackShape, Encode>();

export function encoderFor(shape: MsgpackShape): Encode {
  let encode = compiled.get(shape);
  if (!encode) {
    encode = compile(shape);
    compiled.set(shape, encode);
  }
  return encode;
}

function compile(shape: MsgpackShape): Encode {
  switch (shape.kind) {
    case 'string':
      return (writer, value) => writer.str((value ?? '') as string);
    case 'bool':
      return (writer, value) => writer.bool(value === true);
    case 'int':
    case 'duration':
      return shape.signed === false
        ? (writer, value) => writer.uint((value ?? 0) as number)
        : (writer, value) => writer.int((value ?? 0) as number);
    case 'float':
      return (writer, value) => writer.float((value ?? 0) as number);
    case 'time':
      return (writer, value) =>
        value === null || value === undefined ? writer.nil() : writer.time(value as string);
    case 'bytes':
      return encodeBytes;
    case 'any':
      return (writer, value) => writer.any(value);
    case 'list':
      return compileList(shape);
    case 'map':
      return compileMap(shape);
    case 'pointer':
      return compilePointer(shape);
    case 'struct':
      return compileStruct(shape);
  }
}

function encodeBytes(writer: MsgpackWriter, value: unknown): void {
  if (value === null || value === undefined) writer.nil();
  else if (typeof value === 'string') writer.raw(Buffer.from(value, 'base64'));
  else writer.raw(value as Uint8Array);
}

function compilePointer(shape: MsgpackShape): Encode {
  let element: Encode | undefined;
  return (writer, value) => {
    if (value === null || value === undefined) return writer.nil();
    element ??= encoderFor(elementOf(shape));
    element(writer, value);
  };
}

function compileList(shape: MsgpackShape): Encode {
  let element: Encode | undefined;
  return (writer, value) => {
    if (value === null || value === undefined) return writer.nil();
    if (!Array.isArray(value)) throw new MsgpackEncodeError(`cannot encode ${typeof value} as a list`);
    element ??= encoderFor(elementOf(shape));
    writer.arrayHeader(value.length);
    for (const item of value) element(writer, item);
  };
}

function compileMap(shape: MsgpackShape): Encode {
  let element: Encode | undefined;
  return (writer, value) => {
    if (value === null || value === undefined) return writer.nil();
    if (typeof value !== 'object') throw new MsgpackEncodeError(`cannot encode ${typeof value} as a map`);
    element ??= encoderFor(elementOf(shape));
    const keys = Object.keys(value);
    writer.mapHeader(keys.length);
    for (const key of keys) {
      writer.str(key);
      element(writer, (value as Record<string, unknown>)[key]);
    }
  };
}

interface Field {
  readonly name: string;
  readonly key: Buffer;
  readonly shape: MsgpackShape;
  /** Set on first use: a struct may contain itself. */
  encode?: Encode;
}

function compileStruct(shape: MsgpackShape): Encode {
  const fields: Field[] = Object.entries(shape.fields ?? {}).map(([name, field]) => ({
    name,
    key: encodedKey(name),
    shape: field,
  }));
  const sometimes = shape.omitEmpty === true || fields.some((field) => field.shape.optional);
  const where = shape.name ?? 'struct';
  return (writer, value) => {
    if (value === null || value === undefined) return writer.nil();
    if (typeof value !== 'object') throw new MsgpackEncodeError(`cannot encode ${typeof value} as ${where}`);
    const record = value as Record<string, unknown>;
    let count = fields.length;
    if (sometimes) for (const field of fields) if (!isPresent(shape, field, record)) count -= 1;
    writer.mapHeader(count);
    for (const field of fields) {
      if (count < fields.length && !isPresent(shape, field, record)) continue;
      writer.encoded(field.key);
      field.encode ??= encoderFor(field.shape);
      try {
        field.encode(writer, record[field.name]);
      } catch (error) {
        throw located(error, `${where}.${field.name}`);
      }
    }
  };
}

function isPresent(shape: MsgpackShape, field: Field, record: Record<string, unknown>): boolean {
  const value = record[field.name];
  if (value === undefined && field.shape.optional) return false;
  return !shape.omitEmpty || !isEmptyValue(field.shape, value);
}

/** The name of a field as msgpack. */
export function encodedKey(name: string): Buffer {
  const writer = new MsgpackWriter();
  writer.str(name);
  return Buffer.from(writer.finish());
}

/** The innermost struct names the place; the outer ones leave it. */
function located(error: unknown, place: string): unknown {
  if (!(error instanceof MsgpackEncodeError) || error.cause !== undefined) return error;
  return new MsgpackEncodeError(`${place}: ${error.message}`, { cause: error });
}
