// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diffAllocs } from './alloc-diff.ts';

test('what is new, newer, gone and as it was', () => {
  const here = new Map([
    ['same', 5],
    ['older', 5],
    ['gone', 5],
    ['newer here', 7],
  ]);
  const listed = new Map([
    ['same', 5],
    ['older', 6],
    ['new', 1],
    ['newer here', 6],
  ]);
  assert.deepEqual(diffAllocs(here, listed), {
    added: ['new'],
    updated: ['older'],
    removed: ['gone'],
    unchanged: ['same', 'newer here'],
  });
});

test('every allocation is in exactly one class, and doing it twice changes nothing more', () => {
  const indexes = fc
    .array(fc.tuple(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e'), fc.nat(5)))
    .map((pairs) => new Map(pairs));
  fc.assert(
    fc.property(indexes, indexes, (here, listed) => {
      const diff = diffAllocs(here, listed);
      const all = [...diff.added, ...diff.updated, ...diff.removed, ...diff.unchanged];
      assert.deepEqual(all.toSorted(), [...new Set([...here.keys(), ...listed.keys()])].toSorted());
      const after = new Map(here);
      for (const id of diff.removed) after.delete(id);
      for (const id of [...diff.added, ...diff.updated]) after.set(id, listed.get(id) ?? 0);
      const again = diffAllocs(after, listed);
      assert.deepEqual([again.added, again.updated, again.removed], [[], [], []]);
    }),
  );
});
