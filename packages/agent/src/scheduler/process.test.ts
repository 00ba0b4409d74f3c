// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, make, Resources } from '@serai/api';
import type { Plan } from '#model';
import {
  harnessStartNs,
  mockEvalOf,
  mockJob,
  mockNode,
  mockSystemJob,
  mockTask,
  mockTaskGroup,
  SchedulerHarness,
} from '#testing';
import { breather, type PlanAnswer } from './contract.ts';
import { schedule } from './process.ts';
import { acceptPlan, processEval, processEvalSync } from './run.ts';

function cluster(nodes: number, seed = 1): SchedulerHarness {
  const harness = new SchedulerHarness(seed);
  harness.putNodes(...Array.from({ length: nodes }, (_, i) => mockNode({ ID: `n${i}`, Name: `n${i}` })));
  return harness;
}

const jobOf = (count: number, memory = 256, fields: Partial<Job> = {}): Job =>
  mockJob({
    ID: 'web',
    TaskGroups: [
      mockTaskGroup({
        Count: count,
        Networks: null,
        Tasks: [mockTask({ Resources: make(Resources, { CPU: 10, MemoryMB: memory }) })],
      }),
    ],
    ...fields,
  });

const depsOf = (harness: SchedulerHarness) => ({ random: harness.random, nowNs: () => harness.nowNs });

test('an evaluation that places everything is complete', () => {
  const harness = cluster(2);
  const outcome = harness.evaluate(harness.putJob(jobOf(3)));
  assert.equal(outcome.evaluation.Status, 'complete');
  assert.equal(outcome.evaluation.StatusDescription, '');
  assert.deepEqual(outcome.evaluation.QueuedAllocations, { web: 0 });
  assert.equal(outcome.evaluation.FailedTGAllocs, null);
  assert.deepEqual(outcome.created, []);
  assert.equal(outcome.reblocked, false);
  assert.equal(outcome.evaluation.ModifyTime, harnessStartNs);
});

test('an evaluation with nothing to do hands out no plan', () => {
  const harness = cluster(2);
  const job = harness.putJob(jobOf(2));
  harness.evaluate(job);
  const steps = schedule(mockEvalOf(job), harness, depsOf(harness));
  const first = steps.next();
  assert.equal(first.done, true);
  assert.ok(first.done && first.value.plans.length === 0);
});

test('what does not fit waits in a blocked evaluation', () => {
  const harness = cluster(2);
  const outcome = harness.evaluate(harness.putJob(jobOf(3, 8000)));
  const [blocked] = outcome.created;
  assert.equal(outcome.evaluation.Status, 'complete');
  assert.equal(outcome.evaluation.BlockedEval, blocked?.ID);
  assert.deepEqual(outcome.evaluation.QueuedAllocations, { web: 1 });
  assert.equal(blocked?.Status, 'blocked');
  assert.equal(blocked?.TriggeredBy, 'queued-allocs');
  assert.equal(blocked?.PreviousEval, outcome.evaluation.ID);
  assert.equal(blocked?.EscapedComputedClass, false);
  assert.deepEqual(Object.values(blocked?.ClassEligibility ?? {}), [true]);
  const metric = outcome.evaluation.FailedTGAllocs?.['web'];
  assert.deepEqual(metric?.DimensionExhausted, { memory: 2 });
  assert.equal(metric?.ResourcesExhausted?.['web']?.MemoryMB, 8000);
  assert.deepEqual(metric?.NodesAvailable, { dc1: 2 });
  assert.equal(metric?.NodesInPool, 2);
});

test('a blocked evaluation that still does not fit stays blocked', () => {
  const harness = cluster(1);
  const [blocked] = harness.evaluate(harness.putJob(jobOf(3, 8000))).created;
  assert.ok(blocked);
  const again = harness.process(blocked);
  assert.equal(again.reblocked, true);
  assert.equal(again.evaluation.Status, 'blocked');
  assert.equal(again.evaluation.ID, blocked.ID);
  assert.equal(again.evaluation.SnapshotIndex, harness.index);
  assert.deepEqual(again.created, []);
});

test('a blocked evaluation that fits is complete', () => {
  const harness = cluster(1);
  const [blocked] = harness.evaluate(harness.putJob(jobOf(2, 8000))).created;
  assert.ok(blocked);
  harness.putNodes(mockNode({ ID: 'n9' }));
  const outcome = harness.process(blocked);
  assert.equal(outcome.reblocked, false);
  assert.equal(outcome.evaluation.Status, 'complete');
  assert.equal(harness.allocs.length, 2);
});

test('a constraint on something unique escapes the classes', () => {
  const harness = cluster(1);
  const Constraints = [{ LTarget: '${node.unique.name}', Operand: '=', RTarget: 'nobody' }];
  const [blocked] = harness.evaluate(harness.putJob(jobOf(1, 10, { Constraints }))).created;
  assert.equal(blocked?.EscapedComputedClass, true);
  assert.equal(blocked?.ClassEligibility, null);
});

test('plans that are refused again and again end the evaluation', () => {
  for (const [Type, attempts] of [
    ['service', 5],
    ['batch', 2],
  ] as const) {
    const harness = cluster(2);
    harness.refuse.add('n0').add('n1');
    const outcome = harness.evaluate(harness.putJob(jobOf(1, 10, { Type })));
    assert.equal(outcome.plans.length, attempts);
    assert.equal(outcome.evaluation.Status, 'failed');
    assert.equal(outcome.evaluation.StatusDescription, `maximum attempts reached (${attempts})`);
    assert.deepEqual(outcome.evaluation.QueuedAllocations, { web: 1 });
    assert.equal(outcome.created[0]?.TriggeredBy, 'max-plan-attempts');
    assert.equal(outcome.created[0]?.StatusDescription, 'created due to placement conflicts');
  }
});

test('a partly committed plan is completed on a newer snapshot', () => {
  const harness = cluster(3);
  harness.refuse.add('n0');
  const job = harness.putJob(
    jobOf(3, 10, { Constraints: [{ LTarget: '', Operand: 'distinct_hosts', RTarget: 'true' }] }),
  );
  let submitted = 0;
  const outcome = processEvalSync(mockEvalOf(job), {
    state: harness,
    ...depsOf(harness),
    submit: (plan): PlanAnswer => {
      submitted++;
      if (submitted === 2) harness.refuse.delete('n0');
      return commitVia(harness, plan);
    },
  });
  assert.equal(submitted, 2);
  assert.equal(outcome.evaluation.Status, 'complete');
  assert.deepEqual(outcome.evaluation.QueuedAllocations, { web: 0 });
  assert.equal(new Set(harness.allocs.map((alloc) => alloc.NodeID)).size, 3);
});

/** Commits with the harness's own applier. */
function commitVia(harness: SchedulerHarness, plan: Plan): PlanAnswer {
  const refused = [...plan.nodeAllocation.keys()].filter((id) => harness.refuse.has(id));
  const accepted = new Map([...plan.nodeAllocation].filter(([id]) => !refused.includes(id)));
  for (const allocs of plan.nodeUpdate.values()) harness.putAllocs(...allocs);
  for (const allocs of accepted.values()) harness.putAllocs(...allocs);
  harness.index++;
  return {
    result: {
      ...acceptPlan(plan),
      nodeAllocation: accepted,
      refreshIndex: refused.length > 0 ? harness.index : 0,
    },
    state: harness,
  };
}

test('an evaluation of an unknown type fails and says so', () => {
  const harness = cluster(1);
  const outcome = harness.evaluate(harness.putJob(jobOf(1)), { Type: 'cron' });
  assert.equal(outcome.evaluation.Status, 'failed');
  assert.equal(outcome.evaluation.StatusDescription, 'no scheduler for evaluations of type "cron"');
});

test('an evaluation of a job that was never there is complete', () => {
  const harness = cluster(1);
  const outcome = harness.evaluate(mockJob({ ID: 'ghost' }));
  assert.equal(outcome.evaluation.Status, 'complete');
  assert.equal(outcome.plans.length, 0);
  assert.deepEqual(outcome.evaluation.QueuedAllocations, {});
});

test('the asynchronous runner gives the same outcome', async () => {
  const run = cluster(3, 5);
  const job = run.putJob(jobOf(4));
  const evaluation = mockEvalOf(job, { ID: 'eval' });
  const other = cluster(3, 5);
  other.putJob(jobOf(4));
  const placed = (plans: readonly Plan[]): unknown =>
    [...(plans[0]?.nodeAllocation.values() ?? [])].flat().map((alloc) => [alloc.ID, alloc.NodeID]);
  const sync = processEvalSync(evaluation, {
    state: run,
    ...depsOf(run),
    submit: (plan) => ({ result: acceptPlan(plan), state: run }),
  });
  const later = await processEval(evaluation, {
    state: other,
    ...depsOf(other),
    submit: async (plan) => ({ result: acceptPlan(plan), state: other }),
  });
  assert.deepEqual(placed(later.plans), placed(sync.plans));
  assert.equal(later.evaluation.Status, 'complete');
});

test('when a plan can not be handed in the evaluation is not processed', async () => {
  const harness = cluster(1);
  const job = harness.putJob(jobOf(1));
  const submit = (): Promise<PlanAnswer> => Promise.reject(new Error('no leader'));
  await assert.rejects(
    processEval(mockEvalOf(job), { state: harness, ...depsOf(harness), submit }),
    /no leader/,
  );
});

test('several evaluations may interleave over one fleet', () => {
  const harness = cluster(1);
  const first = harness.putJob(jobOf(1, 5000, { ID: 'a' }));
  const second = harness.putJob(jobOf(1, 5000, { ID: 'b' }));
  const deps = { ...depsOf(harness), fleet: harness.fleet };
  const a = schedule(mockEvalOf(first), harness, deps);
  const b = schedule(mockEvalOf(second), harness, deps);
  const plans = [a.next(), b.next()].map((step) =>
    step.done || step.value === breather ? undefined : step.value,
  );
  // both found room: neither sees the other's plan before it is committed
  for (const plan of plans) assert.equal(plan?.nodeAllocation.size, 1);
});

test('the deployment of a placement is noted on the evaluation', () => {
  const harness = cluster(1);
  const group = mockTaskGroup({ Count: 1, Networks: null, Update: { ...mockUpdateOf() } });
  const outcome = harness.evaluate(harness.putJob(mockJob({ ID: 'web', TaskGroups: [group] })));
  assert.equal(outcome.evaluation.DeploymentID, harness.deployments[0]?.ID);
  assert.equal(harness.allocs[0]?.DeploymentID, harness.deployments[0]?.ID);
});

function mockUpdateOf(): NonNullable<ReturnType<typeof mockTaskGroup>['Update']> {
  return {
    Stagger: 0,
    MaxParallel: 1,
    HealthCheck: 'checks',
    MinHealthyTime: 0,
    HealthyDeadline: 0,
    ProgressDeadline: 0,
    AutoRevert: false,
    AutoPromote: false,
    Canary: 0,
  };
}

test('system jobs wait per node', () => {
  const harness = cluster(0);
  harness.putNodes(mockNode({ ID: 'full', NodeResources: null }), mockNode({ ID: 'ok' }));
  const outcome = harness.evaluate(harness.putJob(mockSystemJob({ ID: 'sys' })));
  assert.equal(outcome.evaluation.BlockedEval, '');
  assert.deepEqual(
    outcome.created.map((evaluation) => [evaluation.Status, evaluation.NodeID]),
    [['blocked', 'full']],
  );
});

test('annotations are made only when asked for', () => {
  const harness = cluster(1);
  const job = harness.putJob(jobOf(2));
  assert.equal(harness.dryRun(job).annotations, null);
  const annotated = harness.dryRun(job, { AnnotatePlan: true });
  assert.equal(annotated.annotations?.DesiredTGUpdates?.['web']?.Place, 2);
});

test('a long evaluation lets others work', async () => {
  const harness = cluster(20);
  const jobs = [jobOf(2500, 10), mockSystemJob({ ID: 'sys' })];
  const breaths: number[] = [];
  for (const job of jobs) {
    const stored = harness.putJob(job);
    let count = 0;
    const outcome = await processEval(mockEvalOf(stored), {
      state: harness,
      ...depsOf(harness),
      submit: async (plan) => ({ result: acceptPlan(plan), state: harness }),
      breathe: async () => {
        count++;
      },
    });
    assert.equal(outcome.evaluation.Status, 'complete');
    breaths.push(count);
  }
  assert.deepEqual(breaths, [2, 0]);
  // without a function of its own it waits for a turn of the event loop
  const order: string[] = [];
  const stored = harness.job('default', 'web');
  assert.ok(stored);
  setImmediate(() => order.push('other'));
  await processEval(mockEvalOf(stored), {
    state: harness,
    ...depsOf(harness),
    submit: async (plan) => {
      order.push('plan');
      return { result: acceptPlan(plan), state: harness };
    },
  });
  assert.deepEqual(order, ['other', 'plan']);
});

test('a runner that does not answer a plan is told', () => {
  const harness = cluster(1);
  const steps = schedule(mockEvalOf(harness.putJob(jobOf(1))), harness, depsOf(harness));
  steps.next();
  assert.throws(() => steps.next(), /missing answer to a plan/);
});
