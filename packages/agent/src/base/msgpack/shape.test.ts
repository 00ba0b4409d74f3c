// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { elementOf, isEmptyValue, type MsgpackShape, zeroValue } from './shape.ts';

const int: MsgpackShape = { kind: 'int' };
const str: MsgpackShape = { kind: 'string' };
const shape: MsgpackShape = {
  kind: 'struct',
  fields: {
    S: str,
    B: { kind: 'bool' },
    I: int,
    F: { kind: 'float' },
    D: { kind: 'duration' },
    T: { kind: 'time' },
    R: { kind: 'bytes' },
    A: { kind: 'any' },
    L: { kind: 'list', of: () => str },
    M: { kind: 'map', of: () => str },
    P: { kind: 'pointer', of: () => int },
    N: { kind: 'struct', fields: { X: int } },
    O: { kind: 'string', optional: true },
  },
};

test('the zero value of each kind', () => {
  assert.deepEqual(zeroValue(shape), {
    S: '',
    B: false,
    I: 0,
    F: 0,
    D: 0,
    T: '0001-01-01T00:00:00Z',
    R: null,
    A: null,
    L: null,
    M: null,
    P: null,
    N: { X: 0 },
  });
});

test('a zero value is empty, anything else is not', () => {
  assert.ok(isEmptyValue(shape, zeroValue(shape)));
  const fields = shape.fields ?? {};
  const full: Record<string, unknown> = {
    S: 'x',
    B: true,
    I: -1,
    F: 0.5,
    D: 1,
    T: '2026-01-01T00:00:00Z',
    R: 'AA==',
    A: 0,
    L: [''],
    M: { a: '' },
    P: 0,
    N: { X: 1 },
  };
  for (const [name, value] of Object.entries(full)) {
    assert.equal(isEmptyValue(fields[name] ?? int, value), false, name);
    assert.equal(isEmptyValue(shape, { ...(zeroValue(shape) as object), [name]: value }), false, name);
  }
});

test('lists, maps and bytes without content are empty', () => {
  assert.ok(isEmptyValue({ kind: 'list' }, []));
  assert.ok(isEmptyValue({ kind: 'map' }, {}));
  assert.ok(isEmptyValue({ kind: 'bytes' }, ''));
  assert.ok(isEmptyValue({ kind: 'bytes' }, Buffer.alloc(0)));
  assert.ok(isEmptyValue(str, undefined));
});

test('a shape that should have an element but has none is a bug', () => {
  assert.throws(() => elementOf({ kind: 'list' }), /"list" has no element/);
});
