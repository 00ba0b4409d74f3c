// SPDX-License-Identifier: MPL-2.0
// Several workers plan on the same snapshot; the applier commits what still holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { breather, newFleet, type Outcome, type Schedule, schedule } from '#scheduler';
import { mockEvalOf, SchedulerHarness } from '#testing';
import { assertDistinct, assertFits } from './invariants.ts';
import { jobOf, jobSpec, nodeOf, nodeSpec } from './worlds.ts';

interface Worker {
  readonly steps: Schedule;
  step: ReturnType<Schedule['next']>;
}

/** Lets one of the workers hand in its plan, until all are done. */
function interleave(
  harness: SchedulerHarness,
  workers: readonly Worker[],
  choose: (bound: number) => number,
): Outcome[] {
  for (;;) {
    const busy = workers.filter((worker) => !worker.step.done);
    const worker = busy[choose(busy.length)];
    if (!worker) return workers.flatMap((item) => (item.step.done ? [item.step.value] : []));
    const { value } = worker.step;
    if (worker.step.done || value === breather || !('nodeUpdate' in value)) worker.step = worker.steps.next();
    else worker.step = worker.steps.next({ result: harness.commit(value), state: harness });
  }
}

test('plans made at the same time never oversubscribe a node together', () => {
  fc.assert(
    fc.property(
      fc.array(nodeSpec, { minLength: 1, maxLength: 8, size: 'max' }),
      fc.array(jobSpec, { minLength: 2, maxLength: 5, size: 'max' }),
      fc.integer(),
      (nodes, jobs, seed) => {
        const harness = new SchedulerHarness(seed);
        harness.putNodes(...nodes.map(nodeOf));
        const stored = jobs.map((spec, i) => harness.putJob(jobOf(spec, `job-${i}`)));
        const workers = stored.map((job): Worker => {
          const deps = { random: harness.random, nowNs: () => harness.nowNs, fleet: newFleet() };
          const steps = schedule(mockEvalOf(job), harness, deps);
          return { steps, step: steps.next() };
        });
        const outcomes = interleave(harness, workers, (bound) => harness.random.int(bound));
        assert.equal(outcomes.length, jobs.length);
        for (const node of harness.nodes()) assertFits(node, harness.allocsByNode(node.ID));
        for (const [i, outcome] of outcomes.entries()) {
          assertDistinct(harness, `job-${i}`);
          const placed = harness.allocsByJob('default', `job-${i}`).length;
          const queued = outcome.evaluation.QueuedAllocations?.['web'] ?? 0;
          assert.equal(placed + queued, jobs[i]?.count, `job-${i} ${outcome.evaluation.Status}`);
        }
      },
    ),
    { numRuns: 150 },
  );
});
