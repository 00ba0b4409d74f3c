// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event } from './event.ts';
import { EventBuffer, maxKeptEvents, type Place } from './event-buffer.ts';

const one: Event = {
  topic: 'Job',
  type: 'JobRegistered',
  key: 'web',
  namespace: 'default',
  filterKeys: null,
  payload: () => ({}),
};

/** Indexes that a reader at this place gets. */
function after(place: Place): number[] {
  const indexes: number[] = [];
  for (let batch = place.next; batch; batch = batch.next) indexes.push(batch.index);
  return indexes;
}

function buffer(size: number, ...indexes: readonly number[]): EventBuffer {
  const made = new EventBuffer(size);
  for (const index of indexes) made.append(index, [one]);
  return made;
}

test('0 starts at the oldest that is kept', () => {
  assert.deepEqual(after(buffer(3, 1, 2, 3, 4).placeOf(0)), [2, 3, 4]);
});

test('an index starts at itself, or at the next one', () => {
  const indexes = buffer(10, 2, 4, 6);
  assert.deepEqual(after(indexes.placeOf(4)), [4, 6]);
  assert.deepEqual(after(indexes.placeOf(3)), [4, 6]);
  assert.deepEqual(after(indexes.placeOf(6)), [6]);
});

test('an index older than everything starts at the oldest, a newer one at the newest', () => {
  const indexes = buffer(2, 2, 4, 6);
  assert.equal(indexes.oldestIndex, 4);
  assert.deepEqual(after(indexes.placeOf(1)), [4, 6]);
  assert.deepEqual(after(indexes.placeOf(7)), [6]);
});

test('an empty buffer, and one that keeps nothing, start with what comes', () => {
  for (const empty of [buffer(5), buffer(0), buffer(0, 1, 2)]) {
    for (const index of [0, 1, 9]) {
      const place = empty.placeOf(index);
      assert.deepEqual(after(place), []);
      empty.append(10 + index, [one]);
      assert.deepEqual(after(place), [10 + index]);
      empty.clear();
    }
  }
});

test('a place leads on although what it points at is not kept any more', () => {
  const indexes = buffer(2, 1);
  const place = indexes.placeOf(0);
  for (let index = 2; index <= 10; index++) indexes.append(index, [one]);
  assert.deepEqual(after(place), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(after(indexes.placeOf(0)), [9, 10]);
});

test('few large commits are bounded by their events', () => {
  const half = Array.from({ length: maxKeptEvents / 2 + 1 }, () => one);
  const large = new EventBuffer(100);
  for (const index of [1, 2, 3]) large.append(index, half);
  assert.deepEqual(after(large.placeOf(0)), [3]);
});

test('clearing forgets everything and lets nobody see it', () => {
  const indexes = buffer(5, 1, 2);
  indexes.clear();
  assert.deepEqual([after(indexes.placeOf(0)), indexes.oldestIndex], [[], undefined]);
  indexes.append(1, [one]);
  assert.deepEqual(after(indexes.placeOf(0)), [1]);
});

test('whatever was appended, a reader gets what is kept from its index on, and how far it is behind is exact', () => {
  const gaps = fc.array(
    fc.record({ gap: fc.integer({ min: 1, max: 3 }), events: fc.integer({ min: 1, max: 4 }) }),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 8 }),
      gaps,
      fc.integer({ min: 0, max: 99 }),
      (size, list, wanted) => {
        const made = new EventBuffer(size);
        const indexes: number[] = [];
        let total = 0;
        for (const { gap, events } of list) {
          indexes.push((indexes.at(-1) ?? 0) + gap);
          made.append(
            indexes.at(-1) ?? 0,
            Array.from({ length: events }, () => one),
          );
          total += events;
        }
        const kept = size === 0 ? [] : indexes.slice(-size);
        const from = kept.filter((index) => index >= wanted);
        const place = made.placeOf(wanted);
        assert.deepEqual(after(place), from.length > 0 ? from : kept.slice(-1));
        assert.equal(made.end.batches - place.batches, after(place).length);
        assert.equal(made.end.events, total);
        let behind = 0;
        for (let batch = place.next; batch; batch = batch.next) behind += batch.content.length;
        assert.equal(made.end.events - place.events, behind);
      },
    ),
  );
});
