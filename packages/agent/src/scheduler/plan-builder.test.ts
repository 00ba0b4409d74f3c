// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNoOpPlan } from '#model';
import { mockAlloc, mockEval, mockJob } from '#testing';
import { newAllocIds } from './attempt.ts';
import { PlanBuilder } from './plan-builder.ts';

test('a plan without changes is none', () => {
  const plan = new PlanBuilder().build(mockEval(), undefined, 7);
  assert.equal(isNoOpPlan(plan), true);
  assert.equal(plan.job, null);
  assert.equal(plan.allAtOnce, false);
  assert.equal(plan.snapshotIndex, 7);
});

test('changes are kept by node', () => {
  const builder = new PlanBuilder();
  const [a, b, c] = ['n1', 'n1', 'n2'].map((NodeID) => mockAlloc({ NodeID }));
  assert.ok(a && b && c);
  builder.stop(a);
  builder.allocate(b);
  builder.allocate(c);
  builder.preempt(c);
  const job = mockJob({ AllAtOnce: true });
  const evaluation = mockEval({ Priority: 70 });
  const plan = builder.build(evaluation, job, 7);
  assert.deepEqual([...plan.nodeUpdate], [['n1', [a]]]);
  assert.deepEqual(
    [...plan.nodeAllocation],
    [
      ['n1', [b]],
      ['n2', [c]],
    ],
  );
  assert.deepEqual([...plan.nodePreemptions], [['n2', [c]]]);
  assert.equal(plan.evalId, evaluation.ID);
  assert.equal(plan.priority, 70);
  assert.equal(plan.allAtOnce, true);
  assert.equal(isNoOpPlan(plan), false);
});

test('a follow-up or a deployment alone is a change', () => {
  const followUp = new PlanBuilder();
  followUp.followUp(mockEval());
  assert.equal(isNoOpPlan(followUp.build(mockEval(), undefined, 1)), false);
  const update = new PlanBuilder();
  update.updateDeployment({ DeploymentID: 'd', Status: 'failed', StatusDescription: '' });
  assert.equal(isNoOpPlan(update.build(mockEval(), undefined, 1)), false);
});

test('new allocations are those without an index', () => {
  const [a, b] = [mockAlloc({ ID: 'new' }), mockAlloc({ ID: 'old', CreateIndex: 5 })];
  assert.deepEqual([...newAllocIds({ nodeAllocation: new Map([['n', [a, b]]]) })], ['new']);
});
