// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, editDistance, nearest } from './suggestion.ts';

test('the distance counts slips of the finger', () => {
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('abc', 'abc'), 0);
  assert.equal(editDistance('abc', 'acb'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

test('only near names are suggested', () => {
  assert.equal(nearest('drvier', ['driver', 'config']), 'driver');
  assert.equal(nearest('Driver', ['driver']), 'driver');
  assert.equal(nearest('xyz', ['driver', 'config']), undefined);
  assert.equal(nearest('a', ['b']), 'b');
  assert.equal(nearest('x'.repeat(1000), ['x'.repeat(999)]), undefined);
});

test('the sentence is empty without a near name', () => {
  assert.equal(didYouMean('drvier', ['driver']), ' Did you mean "driver"?');
  assert.equal(didYouMean('xyz', ['driver']), '');
});
