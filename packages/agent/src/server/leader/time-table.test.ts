// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TimeTable } from './time-table.ts';

const minute = 60_000;
const hour = 60 * minute;

test('answers the newest index that was current then, never a later one', () => {
  const table = new TimeTable(hour);
  table.record(5, 10 * minute);
  table.record(9, 12 * minute);
  assert.equal(table.indexAt(9 * minute), 0, 'before anything is known');
  assert.equal(table.indexAt(10 * minute), 5);
  assert.equal(table.indexAt(11 * minute), 5);
  assert.equal(table.indexAt(20 * minute), 9);
});

test('keeps one entry a minute', () => {
  const table = new TimeTable(hour);
  for (let second = 0; second < 600; second++) table.record(second, second * 1000);
  assert.equal(table.size, 10);
  assert.equal(table.indexAt(61_000), 60);
});

test('forgets what is older than anyone asks for, but still answers the oldest question', () => {
  const table = new TimeTable(hour);
  for (let i = 0; i <= 600; i++) table.record(i, i * minute);
  assert.ok(table.size < 70, `${table.size}`);
  assert.equal(table.indexAt(600 * minute - hour), 540);
});

test('a threshold of months costs no more entries', () => {
  const days = 24 * hour;
  const table = new TimeTable(90 * days);
  for (let i = 0; i <= 100 * 24 * 6; i++) table.record(i, i * 10 * minute);
  assert.ok(table.size < 4_200, `${table.size}`);
  const nowMs = 100 * days;
  const answer = table.indexAt(nowMs - 90 * days);
  const exact = (10 * days) / (10 * minute);
  assert.ok(answer <= exact && answer > exact - 10, `${answer} of ${exact}`);
});

test('a clock that goes back, or an index that does, changes nothing', () => {
  const table = new TimeTable(hour);
  table.record(10, hour);
  table.record(11, hour - 5 * minute);
  table.record(3, hour + 5 * minute);
  assert.equal(table.size, 1);
  assert.equal(table.indexAt(2 * hour), 10);
});

test('restored from what rows tell, in any order; the future is not believed', () => {
  const table = new TimeTable(hour);
  table.record(999, 10 * hour);
  table.restore(
    [
      { index: 30, timeMs: 30 * minute },
      { index: 10, timeMs: 10 * minute },
      { index: 0, timeMs: 0 },
      { index: 500, timeMs: 11 * hour },
      { index: 20, timeMs: 20 * minute },
    ],
    40 * minute,
  );
  assert.deepEqual(
    [5, 10, 25, 40].map((m) => table.indexAt(m * minute)),
    [0, 10, 20, 30],
  );
});

test('times that contradict each other are read the safe way: nothing looks older than it is', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          index: fc.integer({ min: 1, max: 1000 }),
          lagMs: fc.integer({ min: 0, max: 5 * minute }),
        }),
      ),
      (rows) => {
        // Index i was committed at minute i; each row was stamped some time before its commit.
        const known = rows.map(({ index, lagMs }) => ({
          index,
          timeMs: Math.max(1, index * minute - lagMs),
        }));
        const table = new TimeTable(1000 * hour);
        table.restore(known, 2000 * minute);
        for (let at = 0; at <= 1000; at += 37) {
          // What was current at this time has an index that was committed at most five minutes later.
          assert.ok(table.indexAt(at * minute) <= at + 5);
        }
      },
    ),
  );
});
