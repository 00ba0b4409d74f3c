// SPDX-License-Identifier: MPL-2.0
// Constraints come from users: whatever they hold, the scheduler answers, and in time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Constraint, make, Resources } from '@serai/api';
import fc from 'fast-check';
import { mockJob, mockNode, mockTask, mockTaskGroup, SchedulerHarness } from '#testing';

const operators = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'regexp',
  'version',
  'semver',
  'set_contains',
  'set_contains_all',
  'set_contains_any',
  'is_set',
  'is_not_set',
  'distinct_hosts',
  'distinct_property',
  'nonsense',
];
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '${meta.rack}',
    '${attr.kernel.name}',
    '${node.unique.id}',
    '${meta.none}',
    '${',
    '${meta.rack',
    '6.1.0',
    'r1,r2',
  ),
);
const constraint: fc.Arbitrary<Constraint> = fc.record({
  LTarget: text,
  Operand: fc.constantFrom(...operators),
  RTarget: text,
});

const small = mockTask({ Resources: make(Resources, { CPU: 1, MemoryMB: 10 }) });

test('any constraint gets an answer that adds up', () => {
  fc.assert(
    fc.property(
      fc.array(constraint, { maxLength: 4 }),
      fc.array(constraint, { maxLength: 2 }),
      (ofJob, ofGroup) => {
        const harness = new SchedulerHarness();
        for (let i = 0; i < 4; i++) harness.putNodes(mockNode({ ID: `n${i}`, Meta: { rack: `r${i % 2}` } }));
        const group = mockTaskGroup({ Count: 3, Networks: null, Constraints: ofGroup, Tasks: [small] });
        const job = harness.putJob(mockJob({ ID: 'web', Constraints: ofJob, TaskGroups: [group] }));
        const outcome = harness.evaluate(job);
        const queued = outcome.evaluation.QueuedAllocations?.['web'] ?? 0;
        assert.equal(harness.allocs.length + queued, 3);
        const metric = outcome.evaluation.FailedTGAllocs?.['web'];
        if (metric) assert.equal(metric.NodesFiltered + metric.NodesExhausted, 4);
        const counted = Object.values(metric?.ConstraintFiltered ?? {}).reduce(
          (sum, count) => sum + count,
          0,
        );
        assert.equal(counted, metric?.NodesFiltered ?? 0);
      },
    ),
    { numRuns: 400 },
  );
});

test('any affinity and spread leaves the count reachable', () => {
  const affinity = fc.record({
    LTarget: text,
    Operand: fc.constantFrom(...operators),
    RTarget: text,
    Weight: fc.integer({ min: -100, max: 100 }),
  });
  const target = fc.record({
    Value: fc.constantFrom('r0', 'r1', 'r9', '*'),
    Percent: fc.integer({ min: 0, max: 100 }),
  });
  const spread = fc.record({
    Attribute: fc.constantFrom('${meta.rack}', '${meta.none}', '${node.unique.id}'),
    Weight: fc.integer({ min: 0, max: 100 }),
    SpreadTarget: fc.option(fc.uniqueArray(target, { selector: (item) => item.Value })),
  });
  fc.assert(
    fc.property(
      fc.array(affinity, { maxLength: 4 }),
      fc.array(spread, { maxLength: 3 }),
      (Affinities, Spreads) => {
        const harness = new SchedulerHarness();
        for (let i = 0; i < 4; i++) harness.putNodes(mockNode({ ID: `n${i}`, Meta: { rack: `r${i % 2}` } }));
        const group = mockTaskGroup({ Count: 6, Networks: null, Tasks: [small] });
        const job = harness.putJob(mockJob({ ID: 'web', Affinities, Spreads, TaskGroups: [group] }));
        harness.evaluate(job);
        assert.equal(harness.allocs.length, 6);
        for (const alloc of harness.allocs) {
          for (const meta of alloc.Metrics?.ScoreMetaData ?? []) {
            assert.ok(Number.isFinite(meta.NormScore));
            for (const score of Object.values(meta.Scores ?? {})) assert.ok(Number.isFinite(score));
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});
