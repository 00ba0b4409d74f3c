// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockNode, mockSystemJob, mockTaskGroup, SchedulerHarness } from '#testing';
import { MetricCounts } from '../rank/metric-counts.ts';
import { mergeMetrics } from './node-placer.ts';

test('refusals of one group are added up', () => {
  const one = (reason: string): ReturnType<typeof mergeMetrics> => {
    const counts = new MetricCounts({ dc1: 2 }, 2);
    counts.evaluate();
    counts.filter('small', reason);
    return counts.metric();
  };
  const exhausted = new MetricCounts({ dc1: 2 }, 2);
  exhausted.evaluate();
  exhausted.exhaust('', 'memory');
  const sum = [one('a'), one('b'), one('a'), exhausted.metric()].reduce(
    (total: ReturnType<typeof mergeMetrics> | undefined, metric) => mergeMetrics(total, metric),
    undefined,
  );
  assert.equal(sum?.NodesEvaluated, 4);
  assert.equal(sum?.NodesFiltered, 3);
  assert.deepEqual(sum?.ConstraintFiltered, { a: 2, b: 1 });
  assert.deepEqual(sum?.ClassFiltered, { small: 3 });
  assert.deepEqual(sum?.DimensionExhausted, { memory: 1 });
  assert.equal(sum?.NodesExhausted, 1);
});

test('distinct_property holds for system jobs as well', () => {
  const harness = new SchedulerHarness();
  const rack = (ID: string, name: string | undefined) =>
    mockNode({ ID, Name: ID, Meta: name === undefined ? {} : { rack: name } });
  harness.putNodes(rack('a', 'r1'), rack('b', 'r1'), rack('c', 'r2'), rack('d', undefined));
  const Constraints = [{ LTarget: '${meta.rack}', Operand: 'distinct_property', RTarget: '1' }];
  const job = harness.putJob(mockSystemJob({ ID: 'sys', Constraints }));
  const outcome = harness.evaluate(job);
  assert.equal(harness.allocs.length, 2);
  assert.equal(
    harness.allocs.some((alloc) => alloc.NodeID === 'c'),
    true,
  );
  assert.equal(outcome.evaluation.FailedTGAllocs, null);
  // and for those that run already
  harness.putNodes(rack('e', 'r2'));
  assert.equal(harness.evaluate(job).plans.length, 0);
});

test('a system allocation is scored on its node', () => {
  const harness = new SchedulerHarness();
  harness.putNodes(mockNode({ ID: 'a', Name: 'a' }));
  harness.evaluate(harness.putJob(mockSystemJob({ ID: 'sys' })));
  const [alloc] = harness.allocs;
  assert.equal(alloc?.Metrics?.NodesEvaluated, 1);
  assert.equal(alloc?.Metrics?.ScoreMetaData?.[0]?.NodeID, 'a');
  assert.ok((alloc?.Metrics?.ScoreMetaData?.[0]?.NormScore ?? 0) > 0);
});

test('ports are handed out on each node', () => {
  const harness = new SchedulerHarness();
  harness.putNodes(mockNode({ ID: 'a' }), mockNode({ ID: 'b' }));
  const Networks = mockTaskGroup().Networks;
  harness.evaluate(
    harness.putJob(mockSystemJob({ ID: 'sys', TaskGroups: [mockTaskGroup({ Count: 1, Networks })] })),
  );
  for (const alloc of harness.allocs) assert.equal(alloc.AllocatedResources?.Shared.Ports?.length, 2);
});
