// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { indexedName, interpolate, interpolateValue, maxInterpolatedLength } from './interpolate.ts';

const lookup = (name: string): string | undefined =>
  new Map([
    ['NOMAD_PORT_http', '8080'],
    ['attr.kernel.name', 'linux'],
    ['env["a.b"]', 'quoted'],
    ['empty', ''],
  ]).get(name);

test('known names are replaced wherever they stand', () => {
  assert.equal(interpolate('${attr.kernel.name}:${NOMAD_PORT_http}', lookup), 'linux:8080');
  assert.equal(interpolate('x${ NOMAD_PORT_http }y', lookup), 'x8080y');
  assert.equal(interpolate('${env["a.b"]}', lookup), 'quoted');
  assert.equal(interpolate('[${empty}]', lookup), '[]');
});

test('what is unknown or no reference stays as it is written', () => {
  for (const text of ['${nope}', '$NOMAD_PORT_http', '${', '${a b}', '${}', '$${', 'plain', ''])
    assert.equal(interpolate(text, lookup), text);
});

test('a value is not looked into again, so it can not refer on', () => {
  assert.equal(
    interpolate('${a}', (name) => (name === 'a' ? '${b}' : 'deep')),
    '${b}',
  );
});

test('strings of a value are replaced at any depth, keys and other types stay', () => {
  const value = { '${empty}': ['${NOMAD_PORT_http}', 1, null, true, { deep: '${attr.kernel.name}' }] };
  assert.deepEqual(interpolateValue(value, lookup), {
    '${empty}': ['8080', 1, null, true, { deep: 'linux' }],
  });
});

test('a text can not be blown up without end by long values', () => {
  const long = 'x'.repeat(maxInterpolatedLength / 4);
  const out = interpolate('${v}'.repeat(100), () => long);
  assert.ok(out.length <= maxInterpolatedLength + 100 * 4);
  assert.ok(out.endsWith('${v}'));
});

test('names with a key in brackets are split', () => {
  assert.deepEqual(indexedName('meta["x y"]'), { base: 'meta', key: 'x y' });
  assert.equal(indexedName('meta.x'), undefined);
});

test('texts without a reference never change', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes('${'));
      assert.equal(
        interpolate(text, () => 'never'),
        text,
      );
    }),
  );
});
