// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCollection } from './collection-plan.ts';

const limits = { diskUsagePercent: 80, inodeUsagePercent: 70, maxAllocs: 3 };
const fine = { diskUsedPercent: 10, inodesUsedPercent: 10 };
const allocs = (...specs: readonly string[]) =>
  specs.map((spec, i) => ({ id: spec.slice(1), over: spec[0] === '-', endedMs: 100 - i }));

test('nothing to do while there is room', () => {
  assert.equal(planCollection(allocs('-a', '-b', '+c'), fine, limits), undefined);
});

test('too many: the oldest ended ones go, down to the limit', () => {
  const plan = planCollection(allocs('-a', '-b', '+c', '+d', '-e'), fine, limits);
  assert.deepEqual(plan?.ids, ['e', 'b']);
  assert.equal(plan?.reason, 'number of allocations (5) is over the limit (3)');
});

test('running ones never go, however many there are', () => {
  assert.equal(planCollection(allocs('+a', '+b', '+c', '+d'), fine, limits), undefined);
  assert.deepEqual(planCollection(allocs('+a', '+b', '+c', '+d', '-e'), fine, limits)?.ids, ['e']);
});

test('a full disk takes one at a time, so that no more goes than must', () => {
  const plan = planCollection(allocs('-a', '-b'), { ...fine, diskUsedPercent: 81.4 }, limits);
  assert.deepEqual(plan, { ids: ['b'], reason: 'disk usage of 81 is over gc threshold of 80' });
  assert.deepEqual(planCollection(allocs('-a'), { ...fine, inodesUsedPercent: 71 }, limits)?.ids, ['a']);
  assert.equal(planCollection(allocs('+a'), { ...fine, diskUsedPercent: 99 }, limits), undefined);
});
