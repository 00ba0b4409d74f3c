// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError, splitSafePath } from '#base';

test('slashes and dots that mean nothing are dropped', () => {
  assert.deepEqual(splitSafePath(''), []);
  assert.deepEqual(splitSafePath('/'), []);
  assert.deepEqual(splitSafePath('./a//b/./c/'), ['a', 'b', 'c']);
  assert.deepEqual(splitSafePath('a/...'), ['a', '...']);
});

test('the bounds are exact', () => {
  assert.equal(splitSafePath('é'.repeat(127)).length, 1);
  assert.throws(() => splitSafePath('é'.repeat(128)), AppError);
  assert.equal(splitSafePath('x/'.repeat(128)).length, 128);
  assert.throws(() => splitSafePath('x/'.repeat(129)), AppError);
});

test('every path gives harmless names or an error of ours', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('..', '.', '', '/', '\0', 'a/../b', '../'));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      let names: string[];
      try {
        names = splitSafePath(parts.join('/'));
      } catch (error) {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'invalid');
        return;
      }
      for (const name of names) {
        assert.doesNotMatch(name, /[/\0]/);
        assert.ok(!['', '.', '..'].includes(name));
      }
    }),
  );
});
