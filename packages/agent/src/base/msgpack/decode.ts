// SPDX-License-Identifier: MPL-2.0
// Declaration → function that reads a value, with Go's tolerance: unknown keys are skipped, missing ones are zero, nil
// is zero, an array is a struct by position.

import { encodedKey } from './encode.ts';
import { type MsgpackReader, setOwn } from './reader.ts';
import { elementOf, isEmptyValue, type MsgpackShape, zeroValue } from './shape.ts';

export type Decode = (reader: MsgpackReader) => unknown;

const compiled = new WeakMap<MsgpackShape, Decode>();

export function decoderFor(shape: MsgpackShape): Decode {
  let decode = compiled.get(shape);
  if (!decode) {
    decode = compile(shape);
    compiled.set(shape, decode);
  }
  return decode;
}

function compile(shape: MsgpackShape): Decode {
  switch (shape.kind) {
    case 'string':
      return (reader) => reader.str();
    case 'bool':
      return (reader) => reader.bool();
    case 'int':
    case 'duration':
      return shape.signed === false ? (reader) => reader.uint() : (reader) => reader.int();
    case 'float':
      return (reader) => reader.float();
    case 'time':
      return (reader) => reader.time();
    case 'bytes':
      return shape.raw
        ? (reader) => (reader.nil() ? null : reader.raw())
        : (reader) => (reader.nil() ? null : reader.raw().toString('base64'));
    case 'any':
      return (reader) => reader.any();
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

function compilePointer(shape: MsgpackShape): Decode {
  let element: Decode | undefined;
  return (reader) => {
    if (reader.nil()) return null;
    element ??= decoderFor(elementOf(shape));
    return element(reader);
  };
}

function compileList(shape: MsgpackShape): Decode {
  let element: Decode | undefined;
  return (reader) => {
    if (reader.nil()) return null;
    element ??= decoderFor(elementOf(shape));
    reader.enter();
    const count = reader.arrayHeader();
    reader.spend(count);
    const out: unknown[] = [];
    for (let i = 0; i < count; i++) out.push(element(reader));
    reader.leave();
    return out;
  };
}

function compileMap(shape: MsgpackShape): Decode {
  let element: Decode | undefined;
  return (reader) => {
    if (reader.nil()) return null;
    element ??= decoderFor(elementOf(shape));
    reader.enter();
    const count = reader.mapHeader();
    reader.spend(count);
    const out: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = reader.str();
      setOwn(out, key, element(reader));
    }
    reader.leave();
    return out;
  };
}

interface Field {
  readonly name: string;
  readonly position: number;
  /** The name as Go writes it. */
  readonly key: Buffer;
  readonly shape: MsgpackShape;
  decode?: Decode;
}

class StructDecoder {
  readonly #fields: readonly Field[];
  readonly #byName = new Map<string, Field>();
  readonly #template: Record<string, unknown>;
  /** Struct fields that are structs themselves: their zero must not be shared between objects. */
  readonly #nested: readonly Field[];

  constructor(shape: MsgpackShape) {
    this.#fields = Object.entries(shape.fields ?? {}).map(([name, field], position) => ({
      name,
      position,
      key: encodedKey(name),
      shape: field,
    }));
    for (const field of this.#fields) this.#byName.set(field.name, field);
    // Parsed JSON has fast properties; an object that grew by computed names is a hash table, and so are its copies.
    this.#template = JSON.parse(JSON.stringify(zeroValue(shape))) as Record<string, unknown>;
    this.#nested = this.#fields.filter((field) => field.shape.kind === 'struct' && !field.shape.optional);
  }

  read(reader: MsgpackReader): Record<string, unknown> {
    reader.spend(this.#fields.length);
    const out = { ...this.#template };
    if (!reader.nil()) {
      reader.enter();
      if (reader.isArray(reader.peek())) this.#readPositions(reader, out);
      else this.#readKeys(reader, out);
      reader.leave();
    }
    for (const field of this.#nested) {
      if (out[field.name] === this.#template[field.name]) out[field.name] = zeroValue(field.shape);
    }
    return out;
  }

  /** Senders write the fields in order, so the next one is guessed before its name is looked up. */
  #readKeys(reader: MsgpackReader, out: Record<string, unknown>): void {
    let guess = 0;
    for (let left = reader.mapHeader(); left > 0; left -= 1) {
      let field = this.#fields[guess];
      if (!field || !reader.takes(field.key)) field = this.#byName.get(reader.key());
      if (!field) {
        reader.skip();
        continue;
      }
      readField(reader, field, out);
      guess = field.position + 1;
    }
  }

  #readPositions(reader: MsgpackReader, out: Record<string, unknown>): void {
    const count = reader.arrayHeader();
    for (let i = 0; i < count; i++) {
      const field = this.#fields[i];
      if (field) readField(reader, field, out);
      else reader.skip();
    }
  }
}

function readField(reader: MsgpackReader, field: Field, out: Record<string, unknown>): void {
  field.decode ??= decoderFor(field.shape);
  const value = field.decode(reader);
  if (!field.shape.optional || !isEmptyValue(field.shape, value)) out[field.name] = value;
}

function compileStruct(shape: MsgpackShape): Decode {
  let decoder: StructDecoder | undefined;
  return (reader) => {
    decoder ??= new StructDecoder(shape);
    return decoder.read(reader);
  };
}
