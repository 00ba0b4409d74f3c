// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation } from '@serai/api';
import { mockAlloc, mockJob } from '#testing';
import { AllocNames } from './alloc-names.ts';

const job = mockJob({ ID: 'web' });
const allocs = (...indexes: number[]): Allocation[] => indexes.map((index) => mockAlloc({ Job: job, index }));
const names = (count: number, ...taken: number[]): AllocNames =>
  new AllocNames({ jobId: 'web', group: 'web', count }, allocs(...taken));
const named = (...indexes: number[]): string[] => indexes.map((index) => `web.web[${index}]`);

test('the lowest free names come first', () => {
  assert.deepEqual(names(5).next(3), named(0, 1, 2));
  assert.deepEqual(names(5, 0, 2).next(3), named(1, 3, 4));
});

test('a name is given once', () => {
  const index = names(4);
  assert.deepEqual(index.next(2), named(0, 1));
  assert.deepEqual(index.next(2), named(2, 3));
});

test('when all are taken names are given twice', () => {
  assert.deepEqual(names(2, 0, 1).next(3), named(0, 1, 0));
  assert.deepEqual(names(0).next(1), named(0));
});

test('the highest names go first when the count shrinks', () => {
  const index = names(5, 0, 1, 2, 3, 4);
  assert.deepEqual([...index.highest(2)], named(4, 3));
  assert.deepEqual([...index.highest(9)], named(2, 1, 0));
  assert.deepEqual([...index.highest(1)], []);
});

test('names beyond the count are the highest of all', () => {
  assert.deepEqual([...names(2, 0, 7).highest(1)], named(7));
});

test('names can be freed and taken', () => {
  const index = names(3, 0, 1, 2);
  index.free('web.web[1]');
  assert.deepEqual(index.next(1), named(1));
  index.free('web.web[0]');
  index.take('web.web[0]');
  assert.deepEqual(index.next(1), named(0));
  index.take('no index');
});

test('canaries have the names of what they will replace', () => {
  const index = names(3, 0, 1, 2);
  assert.deepEqual(index.nextCanaries(2, { existing: [], replaced: allocs(2, 1, 0) }), named(0, 1));
});

test('existing canaries keep their names', () => {
  const index = names(3, 0, 1, 2);
  assert.deepEqual(index.nextCanaries(2, { existing: allocs(0), replaced: allocs(0, 1, 2) }), named(1, 2));
});

test('further canaries take free names, then names beyond the count', () => {
  const index = names(3, 0, 1);
  assert.deepEqual(index.nextCanaries(4, { existing: [], replaced: allocs(0) }), named(0, 2, 3, 4));
});
