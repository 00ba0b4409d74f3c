// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { equalObjects, equalSets } from './equality.ts';
import { combinedMeta } from './meta.ts';

test('nil and empty lists are equal, missing and null as well', () => {
  assert.ok(equalObjects([], null));
  assert.ok(equalObjects({ a: [] }, {}));
  assert.ok(equalObjects({ a: null, b: 1 }, { b: 1 }));
  assert.ok(!equalObjects({ a: {} }, {}));
  assert.ok(!equalObjects('', null));
  assert.ok(!equalObjects(0, null));
});

test('order counts in lists and not among keys', () => {
  assert.ok(!equalObjects([1, 2], [2, 1]));
  assert.ok(equalObjects({ a: 1, b: 2 }, { b: 2, a: 1 }));
  assert.ok(!equalObjects([1], { 0: 1 }));
  assert.ok(!equalObjects({ a: 1 }, { a: '1' }));
});

test('names that objects have by birth are not taken for keys', () => {
  assert.ok(!equalObjects({ toString: 'x' }, {}));
  assert.ok(!equalObjects({}, { constructor: 'x' }));
});

test('ignored keys are those of the top object only', () => {
  const ignore = new Set(['x']);
  assert.ok(equalObjects({ x: 1, a: 1 }, { x: 2, a: 1 }, ignore));
  assert.ok(!equalObjects({ a: { x: 1 } }, { a: { x: 2 } }, ignore));
});

test('sets are equal with the same elements as often', () => {
  assert.ok(equalSets([{ a: 1 }, { b: 2 }], [{ b: 2 }, { a: 1 }]));
  assert.ok(!equalSets([1, 1, 2], [1, 2, 2]));
  assert.ok(equalSets(null, []));
});

test('a value equals its copy through JSON, and a changed one does not', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.ok(equalObjects(value, JSON.parse(JSON.stringify(value))));
      assert.ok(!equalObjects({ value, extra: 1 }, { value }));
    }),
  );
});

test('metadata is merged, the inner one wins', () => {
  const task = { Name: 't', Meta: { c: 'task', b: 'task' } };
  const group = { Name: 'g', Meta: { b: 'group', a: 'group' }, Tasks: [task] };
  const job = { Meta: { a: 'job', z: 'job' }, TaskGroups: [group] } as unknown as Parameters<
    typeof combinedMeta
  >[0];
  assert.deepEqual(combinedMeta(job, 'g', 't'), { a: 'group', b: 'task', c: 'task', z: 'job' });
  assert.deepEqual(combinedMeta(job, 'none', 't'), { a: 'job', z: 'job' });
});
