// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AllocMetric, make } from '@serai/api';
import { failedGroups, hasFailures, placementFailures } from './placement-failures.ts';

test('each reason has its line', () => {
  const metric = make(AllocMetric, {
    NodesEvaluated: 4,
    NodesAvailable: { dc1: 4, dc2: 0 },
    ClassFiltered: { big: 1 },
    ConstraintFiltered: { 'missing drivers': 2 },
    NodesExhausted: 1,
    ClassExhausted: { small: 1 },
    DimensionExhausted: { memory: 1, cpu: 1 },
    QuotaExhausted: ['cpu exceeded'],
  });
  assert.deepEqual(placementFailures(metric), [
    '* No nodes are available in datacenter "dc2"',
    '* Class "big": 1 nodes excluded by filter',
    '* Constraint "missing drivers": 2 nodes excluded by filter',
    '* Resources exhausted on 1 nodes',
    '* Class "small" exhausted on 1 nodes',
    '* Dimension "cpu" exhausted on 1 nodes',
    '* Dimension "memory" exhausted on 1 nodes',
    '* Quota limit hit "cpu exceeded"',
  ]);
});

test('an empty cluster is said to be empty', () => {
  assert.deepEqual(placementFailures(make(AllocMetric, {})), ['* No nodes were eligible for evaluation']);
});

test('groups by name, with the number of allocations that could not be placed', () => {
  const failed = { b: make(AllocMetric, { CoalescedFailures: 2 }), a: make(AllocMetric, {}) };
  assert.deepEqual(
    failedGroups(failed).map(({ title }) => title),
    ['Task Group "a" (failed to place 1 allocation):', 'Task Group "b" (failed to place 3 allocations):'],
  );
  assert.deepEqual(failedGroups(null), []);
  assert.ok(hasFailures({ FailedTGAllocs: failed }));
  assert.ok(!hasFailures({ FailedTGAllocs: null }));
});
