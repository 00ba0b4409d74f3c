// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation } from '@serai/api';
import { mockAlloc, mockJob } from '#testing';
import { AllocNames } from './alloc-names.ts';
import { stopExcess } from './stops.ts';

const job = mockJob({ ID: 'web' });
const alloc = (index: number, fields: Partial<Allocation> = {}): Allocation =>
  mockAlloc({ Job: job, index, ...fields });

function stopped(
  count: number,
  sets: { untainted: Allocation[]; migrate?: Allocation[]; canaries?: Allocation[] },
): string[] {
  const { untainted, migrate = [], canaries = [] } = sets;
  const options = { jobId: 'web', group: 'web', count };
  const names = new AllocNames(options, [...untainted, ...migrate]);
  return stopExcess({ ...options, untainted, migrate, canaries, names }).map((item) => item.ID);
}

test('nothing goes while there are not too many', () => {
  assert.deepEqual(stopped(3, { untainted: [alloc(0), alloc(1)] }), []);
  assert.deepEqual(stopped(3, { untainted: [alloc(0), alloc(1)], migrate: [alloc(2)] }), []);
});

test('the highest indexes go', () => {
  const all = [alloc(0), alloc(1), alloc(2)];
  assert.deepEqual(stopped(1, { untainted: all }), [all[1]?.ID, all[2]?.ID]);
});

test('what moves anyway goes first', () => {
  const [stay, move] = [alloc(2), alloc(0)];
  assert.deepEqual(stopped(1, { untainted: [stay], migrate: [move] }), [move.ID]);
});

test('a promoted canary takes the place of its namesake', () => {
  const old = alloc(0);
  const canary = alloc(0);
  const other = alloc(5);
  assert.deepEqual(stopped(2, { untainted: [old, canary, other], canaries: [canary] }), [old.ID]);
});

test('duplicates go when names do not decide', () => {
  const all = [alloc(0), alloc(0), alloc(0)];
  assert.equal(stopped(1, { untainted: all }).length, 2);
});

test('what has ended is not stopped, but counts', () => {
  const ended = alloc(3, { ClientStatus: 'failed' });
  const running = alloc(0);
  assert.deepEqual(stopped(1, { untainted: [ended, running] }), [running.ID]);
});

test('a count of zero stops all', () => {
  assert.equal(stopped(0, { untainted: [alloc(0), alloc(1)], migrate: [alloc(2)] }).length, 3);
});
