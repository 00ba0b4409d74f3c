// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '@serai/api';
import { mockNode } from '#testing';
import type { NodeCheck } from './constraint.ts';
import { classIneligible, Eligibility } from './eligibility.ts';

interface CountedCheck extends NodeCheck {
  readonly calls: string[];
}

function counted(refuse: (node: Node) => string | undefined, unique = false): CountedCheck {
  const calls: string[] = [];
  return {
    calls,
    unique,
    refuse: (node) => {
      calls.push(node.Name);
      return refuse(node);
    },
  };
}

const of = { version: 0, group: 'web' };
const node = (name: string, fields: Partial<Node> = {}): Node =>
  mockNode({ Name: name, ComputedClass: 'v1:1', ...fields });

test('one node answers for its class', () => {
  const check = counted(() => undefined);
  const filter = new Eligibility().filterFor(of, { job: [], group: [check] });
  assert.equal(filter.refuse(node('a'), 1), undefined);
  assert.equal(filter.refuse(node('b'), 1), undefined);
  assert.deepEqual(check.calls, ['a']);
});

test('after the first refusal the class is ineligible', () => {
  const check = counted(() => 'no');
  const filter = new Eligibility().filterFor(of, { job: [], group: [check] });
  assert.equal(filter.refuse(node('a'), 1), 'no');
  assert.equal(filter.refuse(node('b'), 1), classIneligible);
  assert.equal(filter.refuse(node('c'), 2), 'no');
  assert.deepEqual(check.calls, ['a', 'c']);
});

test('what the job refuses is known to all its groups', () => {
  const check = counted(() => 'no');
  const eligibility = new Eligibility();
  const first = eligibility.filterFor(of, { job: [check], group: [] });
  const second = eligibility.filterFor({ version: 0, group: 'db' }, { job: [check], group: [] });
  assert.equal(first.refuse(node('a'), 1), 'no');
  assert.equal(second.refuse(node('b'), 1), classIneligible);
});

test('another version of the job is asked again', () => {
  const eligibility = new Eligibility();
  const before = eligibility.filterFor(of, { job: [counted(() => 'no')], group: [] });
  const now = eligibility.filterFor({ version: 1, group: 'web' }, { job: [], group: [] });
  assert.equal(before.refuse(node('a'), 1), 'no');
  assert.equal(now.refuse(node('a'), 1), undefined);
});

test('checks that differ within a class run on every node', () => {
  const shared = counted(() => undefined);
  const unique = counted((n) => (n.Name === 'b' ? 'not b' : undefined), true);
  const eligibility = new Eligibility();
  const filter = eligibility.filterFor(of, { job: [unique], group: [shared] });
  assert.equal(filter.refuse(node('a'), 1), undefined);
  assert.equal(filter.refuse(node('b'), 1), 'not b');
  assert.equal(filter.refuse(node('c'), 1), undefined);
  assert.deepEqual(shared.calls, ['a']);
  assert.deepEqual(unique.calls, ['a', 'b', 'c']);
  assert.equal(eligibility.escaped, true);
  assert.equal(eligibility.classes(), null);
});

test('classes are eligible when one group could use them', () => {
  const eligibility = new Eligibility();
  const small = eligibility.filterFor(of, {
    job: [],
    group: [counted((n) => (n.ComputedClass === 'v1:big' ? 'too big' : undefined))],
  });
  const none = eligibility.filterFor(
    { version: 0, group: 'x' },
    { job: [], group: [counted(() => 'never')] },
  );
  const classOf = new Map([
    [1, 'v1:small'],
    [2, 'v1:big'],
  ]);
  for (const [id, ComputedClass] of classOf) {
    small.refuse(node('a', { ComputedClass }), id);
    none.refuse(node('a', { ComputedClass }), id);
  }
  assert.deepEqual(eligibility.classes(), { 'v1:small': true, 'v1:big': false });
  assert.equal(eligibility.escaped, false);
});

test('there may be many classes', () => {
  const filter = new Eligibility().filterFor(of, { job: [], group: [counted((n) => n.Name)] });
  for (const id of [0, 63, 64, 5000]) assert.equal(filter.refuse(node(`n${id}`), id), `n${id}`);
  for (const id of [0, 63, 64, 5000]) assert.equal(filter.refuse(node('x'), id), classIneligible);
});
