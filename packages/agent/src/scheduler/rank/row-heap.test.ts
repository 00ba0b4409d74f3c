// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { type HeapColumns, RowHeap } from './row-heap.ts';

function columns(sums: readonly number[]): HeapColumns {
  return {
    sum: Float64Array.from(sums),
    position: new Int32Array(sums.length).fill(-1),
    before: (a, b) => a < b,
  };
}

function drain(heap: RowHeap): number[] {
  const order: number[] = [];
  for (let top = heap.rows[0]; top !== undefined; top = heap.rows[0]) {
    order.push(top);
    heap.remove(top);
  }
  return order;
}

test('rows come out best first, equals in their order', () => {
  const heap = new RowHeap(columns([1, 5, 3, 5, 2]));
  for (let row = 0; row < 5; row++) heap.add(row);
  assert.equal(heap.size, 5);
  assert.deepEqual(drain(heap), [1, 3, 2, 4, 0]);
});

test('rows may be appended and ordered at once', () => {
  const heap = new RowHeap(columns([1, 5, 3, 4, 2]));
  for (let row = 0; row < 5; row++) heap.append(row);
  heap.order();
  assert.deepEqual(drain(heap), [1, 3, 2, 4, 0]);
});

test('a row whose score changed moves', () => {
  const shared = columns([1, 2, 3]);
  const heap = new RowHeap(shared);
  for (let row = 0; row < 3; row++) heap.add(row);
  shared.sum[2] = 0;
  heap.moved(2);
  assert.equal(heap.rows[0], 1);
  shared.sum[0] = 9;
  heap.moved(0);
  assert.deepEqual(drain(heap), [0, 1, 2]);
});

test('removing what is not there changes nothing', () => {
  const heap = new RowHeap(columns([1, 2]));
  heap.add(0);
  heap.remove(1);
  heap.moved(1);
  assert.deepEqual(drain(heap), [0]);
  heap.remove(0);
});

test('it agrees with sorting after any number of changes', () => {
  const random = seededRandom(3);
  const shared = columns(Array.from({ length: 200 }, () => random.int(50)));
  const heap = new RowHeap(shared);
  const inside = new Set<number>();
  for (let step = 0; step < 3000; step++) {
    const row = random.int(200);
    const choice = random.int(3);
    if (!inside.has(row)) {
      heap.add(row);
      inside.add(row);
    } else if (choice === 0) {
      heap.remove(row);
      inside.delete(row);
    } else {
      shared.sum[row] = random.int(50);
      heap.moved(row);
    }
    for (const other of inside) assert.equal(heap.rows[shared.position[other] ?? -1], other);
  }
  const sorted = [...inside].sort((a, b) => (shared.sum[b] ?? 0) - (shared.sum[a] ?? 0) || a - b);
  assert.deepEqual(drain(heap), sorted);
});
