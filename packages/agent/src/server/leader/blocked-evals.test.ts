// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evaluation, make } from '@serai/api';
import { BlockedEvals, maxRememberedClasses } from './blocked-evals.ts';

function tracker(): { blocked: BlockedEvals; unblocked: string[] } {
  const unblocked: string[] = [];
  const blocked = new BlockedEvals((evaluations) => unblocked.push(...evaluations.map((e) => e.ID)));
  blocked.setEnabled(true);
  return { blocked, unblocked };
}

const evaluation = (fields: Partial<Evaluation>): Evaluation =>
  make(Evaluation, {
    ID: 'e1',
    Namespace: 'default',
    JobID: 'web',
    Status: 'blocked',
    SnapshotIndex: 10,
    ...fields,
  });

test('capacity on an eligible or unknown class unblocks, on an ineligible one it does not', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({ ID: 'a', JobID: 'a', ClassEligibility: { big: true, small: false } }));
  blocked.unblock('small', 11);
  assert.deepEqual(unblocked, []);
  blocked.unblock('never seen', 12);
  assert.deepEqual(unblocked, ['a']);
  assert.deepEqual(blocked.stats(), { blocked: 0, escaped: 0 });
});

test('an escaped evaluation is woken by any class', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({ EscapedComputedClass: true, ClassEligibility: { small: false } }));
  assert.deepEqual(blocked.stats(), { blocked: 1, escaped: 1 });
  blocked.unblock('small', 11);
  assert.deepEqual(unblocked, ['e1']);
});

test('capacity that came between snapshot and block is not missed', () => {
  const { blocked, unblocked } = tracker();
  blocked.unblock('big', 11);
  blocked.block(evaluation({ ClassEligibility: { big: true } }));
  assert.deepEqual(unblocked, ['e1']);
  blocked.block(evaluation({ ID: 'e2', SnapshotIndex: 11, ClassEligibility: { big: true } }));
  assert.deepEqual(unblocked, ['e1']);
});

test('a job has one blocked evaluation: the older one is a duplicate', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({ ID: 'old' }));
  blocked.block(evaluation({ ID: 'new' }));
  assert.deepEqual(
    blocked.takeDuplicates().map((e) => e.ID),
    ['old'],
  );
  blocked.unblockAll(20);
  assert.deepEqual(unblocked, ['new']);
});

test('system evaluations wait for their node', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({ ID: 's1', NodeID: 'n1' }));
  blocked.block(evaluation({ ID: 's2', NodeID: 'n2' }));
  blocked.unblock('any class', 9);
  assert.deepEqual(unblocked, []);
  blocked.unblockNode('n2');
  assert.deepEqual(unblocked, ['s2']);
});

test('a stopped job is forgotten', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({}));
  blocked.block(evaluation({ ID: 'other', Namespace: 'other' }));
  blocked.untrack('default', 'web');
  blocked.unblockAll(30);
  assert.deepEqual(unblocked, ['other']);
});

test('turned off it keeps nothing', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({}));
  blocked.setEnabled(false);
  blocked.unblockAll(30);
  blocked.block(evaluation({ ID: 'later' }));
  assert.deepEqual(blocked.stats(), { blocked: 0, escaped: 0 });
  assert.deepEqual(unblocked, []);
});

test('a system job has one blocked evaluation per node', () => {
  const { blocked } = tracker();
  for (const [ID, NodeID] of [
    ['a', 'n1'],
    ['b', 'n2'],
    ['c', 'n1'],
  ] as const)
    blocked.block(evaluation({ ID, NodeID }));
  assert.deepEqual(
    blocked.takeDuplicates().map((e) => e.ID),
    ['a'],
  );
  assert.equal(blocked.stats().blocked, 2);
});

test('capacity that came while a system evaluation was worked on is not missed', () => {
  const { blocked, unblocked } = tracker();
  blocked.unblock('any', 11);
  blocked.block(evaluation({ ID: 's1', NodeID: 'n1' }));
  assert.deepEqual(unblocked, ['s1']);
  blocked.block(evaluation({ ID: 's2', NodeID: 'n1', SnapshotIndex: 11 }));
  assert.deepEqual(unblocked, ['s1']);
});

test('those whose plans were refused are tried again now and then, the others are not', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({ ID: 'refused', JobID: 'a', TriggeredBy: 'max-plan-attempts' }));
  blocked.block(evaluation({ ID: 'waits', JobID: 'b', TriggeredBy: 'queued-allocs' }));
  blocked.unblockConflicts();
  assert.deepEqual(unblocked, ['refused']);
});

test('all get one try, and wait again with the index they saw', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({ ID: 'e', ClassEligibility: { big: false } }));
  blocked.unblockAll(30);
  assert.deepEqual(unblocked, ['e']);
  blocked.block(evaluation({ ID: 'older', SnapshotIndex: 29, ClassEligibility: { big: false } }));
  assert.deepEqual(unblocked, ['e', 'older'], 'it looked before');
  blocked.block(evaluation({ ID: 'same', SnapshotIndex: 30, ClassEligibility: { big: false } }));
  assert.deepEqual(unblocked, ['e', 'older'], 'the same change does not wake it again and again');
});

test('forgets the indexes of another history when it is turned off', () => {
  const { blocked, unblocked } = tracker();
  blocked.unblock('big', 5_000);
  blocked.unblockAll(6_000);
  blocked.setEnabled(false);
  blocked.setEnabled(true);
  blocked.block(evaluation({ ID: 'a', JobID: 'a', EscapedComputedClass: true }));
  blocked.block(evaluation({ ID: 'b', JobID: 'b' }));
  blocked.block(evaluation({ ID: 'c', JobID: 'c', NodeID: 'n' }));
  assert.deepEqual(unblocked, []);
});

test('remembers a bounded number of classes; what it forgot counts as changed', () => {
  const { blocked, unblocked } = tracker();
  for (let i = 0; i <= maxRememberedClasses; i++) blocked.unblock(`class ${i}`, 100 + i);
  const none = Object.fromEntries(
    Array.from({ length: maxRememberedClasses + 1 }, (_, i) => [`class ${i}`, false]),
  );
  blocked.block(evaluation({ ID: 'before', SnapshotIndex: 99, ClassEligibility: none }));
  assert.deepEqual(unblocked, ['before'], 'the class that was forgotten may be one it could use');
  blocked.block(evaluation({ ID: 'after', SnapshotIndex: 100, ClassEligibility: none }));
  assert.deepEqual(unblocked, ['before']);
});

test('one that is over is forgotten', () => {
  const { blocked, unblocked } = tracker();
  blocked.block(evaluation({ ID: 'a', NodeID: 'n1' }));
  assert.ok(blocked.has('a'));
  blocked.remove('a');
  blocked.remove('never there');
  blocked.unblockNode('n1');
  assert.deepEqual([blocked.has('a'), unblocked], [false, []]);
});
