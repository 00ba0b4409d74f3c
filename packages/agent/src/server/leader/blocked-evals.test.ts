// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evaluation, make } from '@serai/api';
import { BlockedEvals } from './blocked-evals.ts';

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
