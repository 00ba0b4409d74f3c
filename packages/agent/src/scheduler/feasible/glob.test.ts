// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesAnyGlob, matchesGlob } from './glob.ts';

test('a pattern without a star is the name itself', () => {
  assert.equal(matchesGlob('dc1', 'dc1'), true);
  assert.equal(matchesGlob('dc1', 'dc10'), false);
  assert.equal(matchesGlob('dc.', 'dc1'), false);
});

test('a star stands for any text', () => {
  const rows: [string, string, boolean][] = [
    ['*', 'anything', true],
    ['*', '', true],
    ['dc*', 'dc', true],
    ['dc*', 'xdc', false],
    ['*-1', 'east-1', true],
    ['*-1', 'east-12', false],
    ['us-*-1', 'us-east-1', true],
    ['us-*-1', 'us-1', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['a**b', 'ab', true],
    ['*x*', 'axb', true],
    ['*xy*yz*', 'xyz', false],
    ['*xy*yz*', 'xyyz', true],
  ];
  for (const [pattern, text, expected] of rows)
    assert.equal(matchesGlob(pattern, text), expected, `${pattern} ${text}`);
});

test('many stars take no longer', () => {
  assert.equal(matchesGlob(`${'*a'.repeat(1000)}*b`, 'a'.repeat(20_000)), false);
});

test('one of several patterns is enough, none matches nothing', () => {
  assert.equal(matchesAnyGlob(['x', 'dc*'], 'dc3'), true);
  assert.equal(matchesAnyGlob([], 'dc3'), false);
  assert.equal(matchesAnyGlob(null, 'dc3'), false);
});
