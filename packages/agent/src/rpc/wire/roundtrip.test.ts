// SPDX-License-Identifier: MPL-2.0
// Every declared request, reply and frame, filled at random, survives the way over the wire.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as api from '@serai/api';
import fc from 'fast-check';
import { decodeMsgpack, encodeMsgpack, MsgpackScanner } from '#base';

const declared = (Object.values(api) as unknown[]).filter(
  (value): value is api.RpcMethod | api.StreamMethod =>
    typeof value === 'object' && value !== null && 'name' in value && 'request' in value,
);

/** Every shape that a method puts on the wire, with a name for messages. */
function shapes(): [string, api.Schema][] {
  const out: [string, api.Schema][] = [];
  for (const method of declared) {
    out.push([`${method.name} request`, method.request]);
    if ('reply' in method) out.push([`${method.name} reply`, method.reply]);
    else {
      out.push([`${method.name} received frame`, method.receive]);
      if (method.send) out.push([`${method.name} sent frame`, method.send]);
    }
  }
  return out;
}

/** Below this depth lists, maps and pointers are nil: a job holds a job's worth of nested blocks. */
const maxDepth = 5;

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const time = fc
  .tuple(
    fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    fc.nat(999_999_999),
  )
  .map(([date, nanoseconds]) => {
    const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
    return `${date.toISOString().slice(0, 19)}${fraction}Z`;
  });
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((value) => Buffer.from(value).toString('base64'));
/** JSON has no negative zero. */
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

function arbitraryOf(schema: api.Schema, depth: number): fc.Arbitrary<unknown> {
  const element = (): fc.Arbitrary<unknown> => arbitraryOf(schema.of?.() ?? api.any, depth + 1);
  const nilOr = (value: () => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    depth >= maxDepth ? fc.constant(null) : fc.oneof(fc.constant(null), value());
  switch (schema.kind) {
    case 'string':
      return text;
    case 'bool':
      return fc.boolean();
    case 'int':
      return schema.signed === false ? fc.maxSafeNat() : fc.maxSafeInteger();
    case 'duration':
      return fc.maxSafeInteger();
    case 'float':
      return fc.double({ noNaN: true });
    case 'time':
      return time;
    case 'bytes':
      return 'raw' in schema
        ? fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value))
        : fc.oneof(fc.constant(null), base64);
    case 'any':
      return json;
    case 'list':
      return nilOr(() => fc.array(element(), { maxLength: 2 }));
    case 'map':
      return nilOr(() =>
        fc.dictionary(fc.string({ maxLength: 10 }), element(), { maxKeys: 2, noNullPrototype: true }),
      );
    case 'pointer':
      return nilOr(element);
    case 'struct':
      return structOf(schema, depth);
  }
}

function structOf(schema: api.Schema, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.fields ?? {});
  const model = Object.fromEntries(fields.map(([name, field]) => [name, arbitraryOf(field, depth + 1)]));
  return fc.record(model).map((record) => {
    const out: Record<string, unknown> = {};
    for (const [name, field] of fields) {
      const value = record[name];
      const hollow = isHollow(field, value);
      // A zero value of an optional field is not there; one of a struct with omitEmpty comes back as nil.
      if (field.optional && hollow) continue;
      out[name] = schema.omitEmpty && hollow ? api.zero(field) : value;
    }
    return out;
  });
}

function isHollow(field: api.Schema, value: unknown): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return field.kind === 'map' && Object.keys(value as object).length === 0;
}

test('zero values of everything declared survive', () => {
  const all = shapes();
  assert.ok(all.length > 120, `${all.length} shapes`);
  for (const [name, shape] of all) {
    const zero = api.zero(shape);
    assert.deepEqual(decodeMsgpack(shape, encodeMsgpack(shape, zero)), zero, name);
  }
});

test('property: random values of everything declared survive, and are one object each', () => {
  for (const [name, shape] of shapes()) {
    fc.assert(
      fc.property(arbitraryOf(shape, 0), (value) => {
        const bytes = encodeMsgpack<unknown>(shape, value);
        assert.deepEqual(decodeMsgpack<unknown>(shape, bytes), value, name);
        const scanner = new MsgpackScanner({ maxBytes: 10_000_000, maxDepth: 100 });
        assert.equal(scanner.scan(bytes, 0), bytes.length, name);
      }),
      { numRuns: 5 },
    );
  }
});

test('property: a message cut short is an error, whatever it was', () => {
  const shape = api.Node_Register.request;
  fc.assert(
    fc.property(
      arbitraryOf(shape, 0),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (value, share) => {
        const bytes = encodeMsgpack<unknown>(shape, value);
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        assert.throws(() => decodeMsgpack(shape, cut), { name: 'AppError', code: 'invalid' });
      },
    ),
    { numRuns: 50 },
  );
});
