// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricCounts } from './metric-counts.ts';

test('counts of nothing are nil', () => {
  const metric = new MetricCounts(null, 0).metric();
  assert.equal(metric.NodesEvaluated, 0);
  assert.equal(metric.NodesAvailable, null);
  assert.equal(metric.ConstraintFiltered, null);
  assert.equal(metric.DimensionExhausted, null);
  assert.equal(metric.ScoreMetaData, null);
});

test('filtered and exhausted nodes are counted by class and reason', () => {
  const counts = new MetricCounts({ dc1: 5 }, 7);
  counts.evaluate(5);
  counts.filter('small', 'missing drivers');
  counts.filter('', 'missing drivers');
  counts.exhaust('small', 'memory');
  counts.exhaust('big', 'cpu');
  const metric = counts.metric({ timeNs: 12, scores: [] });
  assert.deepEqual(
    { ...metric },
    {
      NodesEvaluated: 5,
      NodesFiltered: 2,
      NodesInPool: 7,
      NodesAvailable: { dc1: 5 },
      ClassFiltered: { small: 1 },
      ConstraintFiltered: { 'missing drivers': 2 },
      NodesExhausted: 2,
      ClassExhausted: { small: 1, big: 1 },
      DimensionExhausted: { memory: 1, cpu: 1 },
      QuotaExhausted: null,
      ResourcesExhausted: null,
      Scores: null,
      ScoreMetaData: [],
      AllocationTime: 12,
      CoalescedFailures: 0,
    },
  );
  assert.equal(counts.filtered, 2);
  assert.equal(counts.exhausted, 2);
});

test('a count can be taken back', () => {
  const counts = new MetricCounts(null, 1);
  counts.exhaust('', 'memory');
  counts.exhaust('', 'memory', -1);
  counts.filter('', 'x');
  counts.filter('', 'x', -1);
  const metric = counts.metric();
  assert.equal(metric.NodesExhausted, 0);
  assert.equal(metric.DimensionExhausted, null);
  assert.equal(metric.NodesFiltered, 0);
  assert.equal(metric.ConstraintFiltered, null);
});

test('unchanged counts are shared, earlier metrics do not change', () => {
  const counts = new MetricCounts(null, 1);
  counts.exhaust('', 'cpu');
  const first = counts.metric();
  assert.equal(counts.metric().DimensionExhausted, first.DimensionExhausted);
  counts.exhaust('', 'cpu');
  assert.deepEqual(first.DimensionExhausted, { cpu: 1 });
  assert.deepEqual(counts.metric().DimensionExhausted, { cpu: 2 });
});
