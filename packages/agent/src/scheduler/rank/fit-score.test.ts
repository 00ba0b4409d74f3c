// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitScore, freePart } from './fit-score.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-3, `${actual} is not ${expected}`);

test('bin packing likes full nodes', () => {
  near(fitScore('binpack', 0, 0), 1);
  near(fitScore('binpack', 1, 1), 0);
  near(fitScore('binpack', 0.5, 0.5), (20 - 2 * Math.sqrt(10)) / 18);
  assert.ok(fitScore('binpack', 0.1, 0.2) > fitScore('binpack', 0.2, 0.2));
});

test('spread likes empty nodes', () => {
  near(fitScore('spread', 1, 1), 1);
  near(fitScore('spread', 0, 0), 0);
  near(fitScore('spread', 0.5, 0.5), (2 * Math.sqrt(10) - 2) / 18);
});

test('the two add up to one', () => {
  for (const [cpu, memory] of [
    [0.3, 0.7],
    [0, 1],
    [0.9, 0.05],
  ] as const)
    near(fitScore('binpack', cpu, memory) + fitScore('spread', cpu, memory), 1);
});

test('scores stay within their bounds', () => {
  near(fitScore('binpack', -1, -1), 1);
  near(fitScore('binpack', 2, 2), 0);
  near(fitScore('spread', 2, 2), 1);
  near(fitScore('spread', -3, -3), 0);
});

test('a node without any of it counts as full', () => {
  assert.equal(freePart(0, 0), 0);
  assert.equal(freePart(1000, 4000), 0.75);
  assert.equal(freePart(4000, 4000), 0);
});
