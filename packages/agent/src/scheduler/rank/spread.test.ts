// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Spread } from '@serai/api';
import { mockJob, mockNode, mockTaskGroup } from '#testing';
import { type SpreadCounter, spreadCounters } from './spread.ts';

function counter(
  targets: Record<string, number> | null,
  options: { count?: number; others?: Spread[] } = {},
): SpreadCounter {
  const spread: Spread = {
    Attribute: '${node.datacenter}',
    Weight: 100,
    SpreadTarget: targets && Object.entries(targets).map(([Value, Percent]) => ({ Value, Percent })),
  };
  const group = mockTaskGroup({ Count: options.count ?? 10, Spreads: [spread] });
  const [first] = spreadCounters(mockJob({ Spreads: options.others ?? null }), group);
  assert.ok(first);
  return first;
}

test('a spread reads its attribute', () => {
  assert.equal(counter(null).read(mockNode({ Datacenter: 'dc5' })), 'dc5');
});

test('spreads of group and job are counted together', () => {
  const other: Spread = { Attribute: '${meta.rack}', Weight: 50, SpreadTarget: null };
  assert.equal(spreadCounters(mockJob({ Spreads: [other] }), mockTaskGroup({ Spreads: [other] })).length, 2);
  assert.deepEqual(spreadCounters(mockJob(), mockTaskGroup()), []);
});

test('a target is wanted as long as its part is not reached', () => {
  const spread = counter({ a: 70, b: 30 });
  assert.equal(spread.boost('a'), 6 / 7);
  assert.equal(spread.boost('b'), 2 / 3);
  for (let i = 0; i < 7; i++) spread.count('a', 1);
  assert.equal(spread.boost('a'), -1 / 7);
  spread.count('a', -1);
  assert.equal(spread.boost('a'), 0);
});

test('what the percentages leave over is for all other values', () => {
  const spread = counter({ a: 80 });
  assert.equal(spread.boost('elsewhere'), (2 - 1) / 2);
  spread.count('elsewhere', 2);
  assert.ok(spread.boost('elsewhere') < 0);
  // nothing left over: other values are not wanted
  assert.equal(counter({ a: 60, b: 40 }).boost('elsewhere'), -1);
});

test('a target of zero percent is never wanted', () => {
  assert.equal(counter({ a: 100, b: 0 }).boost('b'), -1);
  assert.equal(counter({ a: 0 }, { count: 0 }).boost('a'), -1);
});

test('the weight is shared among the spreads', () => {
  const other: Spread = { Attribute: '${meta.rack}', Weight: 300, SpreadTarget: null };
  assert.equal(counter({ a: 70, b: 30 }, { others: [other] }).boost('a'), (6 / 7) * 0.25);
});

test('a node without the attribute is the worst choice', () => {
  assert.equal(counter(null).boost(undefined), -1);
  assert.equal(counter({ a: 100 }).boost(undefined), -1);
  counter(null).count(undefined, 1);
});

test('an even spread has no opinion before the first placement', () => {
  assert.equal(counter(null).boost('a'), 0);
});

test('an even spread prefers values with fewer allocations', () => {
  const spread = counter(null);
  spread.count('a', 1);
  assert.equal(spread.boost('b'), 1);
  assert.equal(spread.boost('a'), -1);
  spread.count('b', 1);
  assert.equal(spread.boost('a'), -1);
  spread.count('a', 2);
  // a has 3, b has 1
  assert.equal(spread.boost('a'), -2);
  assert.equal(spread.boost('b'), 2);
});

test('counts that fall to zero are forgotten', () => {
  const spread = counter(null);
  spread.count('a', 1);
  spread.count('a', -1);
  assert.equal(spread.boost('a'), 0);
});
