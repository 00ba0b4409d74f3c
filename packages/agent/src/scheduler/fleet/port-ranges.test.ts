// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePortRanges } from './port-ranges.ts';

test('single ports and ranges', () => {
  assert.deepEqual(parsePortRanges('22,80,8500-8503'), [22, 80, 8500, 8501, 8502, 8503]);
  assert.deepEqual(parsePortRanges(' 22 , 24 - 25 '), [22, 24, 25]);
  assert.deepEqual(parsePortRanges('0'), [0]);
});

test('a port that is named twice counts once', () => {
  assert.deepEqual(parsePortRanges('80,80,79-81'), [80, 79, 81]);
});

test('nothing, and what can not be read', () => {
  assert.deepEqual(parsePortRanges(''), []);
  assert.deepEqual(parsePortRanges('ssh,-5,70000,1-70000,9-7,,22'), [22]);
});
