// SPDX-License-Identifier: MPL-2.0
// Random objects of an API schema: what a user could submit, however odd.

import type { Schema } from '@serai/api';
import fc from 'fast-check';

const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '',
      'a',
      'web',
      'http',
      'host',
      'service',
      'batch',
      'system',
      '${node.class}',
      '=',
      'restart',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);
const key = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', 'constructor'),
  fc.string({ minLength: 1, maxLength: 3 }),
);
const free = fc.jsonValue({ maxDepth: 2 });

/** Any field may be missing; a null is never given, since it means the same as missing. */
export function arbitraryInput(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  switch (schema.kind) {
    case 'string':
      return text;
    case 'bool':
      return fc.boolean();
    case 'int':
      return fc.integer({ min: schema.signed ? -3 : 0, max: 200 });
    case 'float':
      return fc.integer({ min: -3, max: 3 });
    case 'duration':
      return fc.integer({ min: -2, max: 1_000 }).map((seconds) => seconds * 1_000_000_000);
    case 'time':
      return fc.constant('2026-01-01T00:00:00Z');
    case 'bytes':
      return fc.constant('aGk=');
    case 'any':
      return free;
    case 'list':
      return fc.array(inner(schema, depth), { maxLength: 2 });
    case 'map':
      return fc.dictionary(key, inner(schema, depth), { maxKeys: 2, noNullPrototype: true });
    case 'pointer':
      return inner(schema, depth);
    case 'struct':
      return arbitraryStruct(schema, depth);
  }
}

function inner(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  return arbitraryInput(schema.of?.() ?? schema, depth);
}

/** The deeper, the fewer fields: objects stay small. */
function arbitraryStruct(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.fields ?? {}).map(([name, field]) => {
    const given = fc.nat(3 + depth).map((n) => n === 0);
    const value = arbitraryInput(field, depth + 1);
    return given.chain((yes) => (yes ? value.map((each) => [name, each] as const) : fc.constant(undefined)));
  });
  return fc
    .tuple(...fields)
    .map((entries) => Object.fromEntries(entries.filter((entry) => entry !== undefined)));
}
