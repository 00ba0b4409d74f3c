// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { newEdit, Tree } from './tree.ts';

const sorted = (model: ReadonlyMap<string, number>): [string, number][] =>
  [...model].sort(([a], [b]) => (a < b ? -1 : 1));

function assertEqual(tree: Tree<number>, model: ReadonlyMap<string, number>): void {
  const expected = sorted(model);
  assert.equal(tree.size, model.size);
  assert.deepEqual([...tree.entries()], expected);
  assert.deepEqual([...tree.reversed()], expected.toReversed());
  assert.deepEqual(
    tree.values(),
    expected.map(([, value]) => value),
  );
}

const key = fc.oneof(
  fc.integer({ min: 0, max: 400 }).map((n) => String(n).padStart(3, '0')),
  fc.string({ maxLength: 3 }),
);
const steps = fc.array(fc.record({ key, remove: fc.boolean(), edit: fc.nat(3) }), {
  maxLength: 800,
  size: 'max',
});

describe('tree', () => {
  test('an empty tree has nothing', () => {
    const tree = Tree.empty<number>();
    assertEqual(tree, new Map());
    assert.equal(tree.get('a'), undefined);
    assert.equal(tree.delete('a'), tree);
    assert.deepEqual([...tree.prefix('')], []);
  });

  test('behaves as a sorted map after any puts and deletions', () => {
    fc.assert(
      fc.property(steps, (list) => {
        let tree = Tree.empty<number>();
        const model = new Map<string, number>();
        for (const [i, step] of list.entries()) {
          tree = step.remove ? tree.delete(step.key) : tree.set(step.key, i);
          if (step.remove) model.delete(step.key);
          else model.set(step.key, i);
          assert.equal(tree.get(step.key), model.get(step.key));
        }
        assertEqual(tree, model);
      }),
    );
  });

  test('older trees never change, whatever edits do to newer ones', () => {
    fc.assert(
      fc.property(steps, (list) => {
        let tree = Tree.empty<number>();
        let edit = newEdit();
        const model = new Map<string, number>();
        const kept: { tree: Tree<number>; model: Map<string, number> }[] = [];
        for (const [i, step] of list.entries()) {
          // A new edit begins: what was built before is kept and must stay as it is.
          if (step.edit === 0) {
            kept.push({ tree, model: new Map(model) });
            edit = newEdit();
          }
          tree = step.remove ? tree.delete(step.key, edit) : tree.set(step.key, i, edit);
          if (step.remove) model.delete(step.key);
          else model.set(step.key, i);
        }
        assertEqual(tree, model);
        for (const each of kept) assertEqual(each.tree, each.model);
      }),
    );
  });

  test('an array that was handed out does not change within the same edit', () => {
    for (const count of [3, 300]) {
      const edit = newEdit();
      let tree = Tree.empty<number>();
      for (let i = 0; i < count; i++) tree = tree.set(String(i).padStart(4, '0'), i, edit);
      const before = tree.values();
      const copy = [...before];
      tree = tree.set('0001', -1, edit).set('9999', 5, edit).delete('0000', edit);
      assert.deepEqual(before, copy);
      assert.equal(tree.values()[0], -1);
      assert.equal(tree.values().length, count);
    }
  });

  test('the same tree gives the same array', () => {
    let tree = Tree.empty<number>();
    for (let i = 0; i < 500; i++) tree = tree.set(String(i), i);
    assert.equal(tree.values(), tree.values());
  });

  test('ranges start where they should, in both directions', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 400, size: 'max' }), key, (keys, from) => {
        let tree = Tree.empty<number>();
        for (const [i, each] of keys.entries()) tree = tree.set(each, i, undefined);
        const all = keys.toSorted((a, b) => (a < b ? -1 : 1));
        assert.deepEqual(
          [...tree.entries(from)].map(([each]) => each),
          all.filter((each) => each >= from),
        );
        assert.deepEqual(
          [...tree.reversed(from)].map(([each]) => each),
          all.filter((each) => each <= from).toReversed(),
        );
        assert.deepEqual(
          [...tree.prefix(from)].map(([each]) => each),
          all.filter((each) => each.startsWith(from)),
        );
        assert.deepEqual([...tree.keys()], all);
      }),
    );
  });

  test('stays shallow and whole when a hundred thousand keys come in order and go again', () => {
    const edit = newEdit();
    let tree = Tree.empty<number>();
    const count = 100_000;
    const name = (i: number): string => String(i).padStart(8, '0');
    for (let i = 0; i < count; i++) tree = tree.set(name(i), i, edit);
    assert.equal(tree.get(name(77_777)), 77_777);
    for (let i = 0; i < count; i += 2) tree = tree.delete(name(i), edit);
    assert.equal(tree.size, count / 2);
    assert.equal(tree.get(name(4)), undefined);
    assert.equal(tree.get(name(5)), 5);
    for (let i = 1; i < count; i += 2) tree = tree.delete(name(i), edit);
    assertEqual(tree, new Map());
  });
});
