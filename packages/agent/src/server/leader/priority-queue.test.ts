// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PriorityQueue } from './priority-queue.ts';

const less = (a: number, b: number): boolean => a < b;

function drained(queue: PriorityQueue<number>): number[] {
  const out: number[] = [];
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) out.push(item);
  return out;
}

test('whatever goes in comes out in order, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const queue = new PriorityQueue(less);
      for (const item of items) queue.push(item);
      assert.equal(queue.size, items.length);
      assert.deepEqual(
        [...queue.values()].sort((a, b) => a - b),
        items.toSorted((a, b) => a - b),
      );
      assert.equal(queue.peek(), items.length === 0 ? undefined : Math.min(...items));
      assert.deepEqual(
        drained(queue),
        items.toSorted((a, b) => a - b),
      );
    }),
  );
});

test('pushes and pops mix', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
      const queue = new PriorityQueue(less);
      const model: number[] = [];
      for (const step of steps) {
        if (step !== undefined) {
          queue.push(step);
          model.push(step);
          continue;
        }
        model.sort((a, b) => a - b);
        assert.equal(queue.pop(), model.shift());
      }
      assert.equal(queue.size, model.length);
    }),
  );
});

test('removing leaves the rest in order', () => {
  const queue = new PriorityQueue(less);
  for (const item of [5, 2, 8, 1, 9, 4]) queue.push(item);
  assert.deepEqual(queue.remove((item) => item % 2 === 0).sort(), [2, 4, 8]);
  assert.deepEqual(
    queue.remove(() => false),
    [],
  );
  assert.deepEqual(drained(queue), [1, 5, 9]);
  assert.equal(queue.pop(), undefined);
});
