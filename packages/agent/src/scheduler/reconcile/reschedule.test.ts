// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Allocation, make, type ReschedulePolicy, TaskState } from '@serai/api';
import { harnessStartNs, mockAlloc, mockJob, mockTaskGroup } from '#testing';
import { isoOfNs } from '../alloc-rows.ts';
import { lastEventNs, nextRescheduleTracker, rescheduleDelayNs, rescheduleVerdict } from './reschedule.ts';

const second = 1e9;
const minute = 60 * second;
const nowNs = harnessStartNs;

const policy = (fields: Partial<ReschedulePolicy> = {}): ReschedulePolicy => ({
  Attempts: 0,
  Interval: 0,
  Delay: 30 * second,
  DelayFunction: 'constant',
  MaxDelay: 0,
  Unlimited: true,
  ...fields,
});

/** Failed `agoNs` ago, after attempts with these delays, one a minute. */
function failed(
  rules: ReschedulePolicy | null,
  options: { agoNs?: number; delays?: number[]; fields?: Partial<Allocation> } = {},
): Allocation {
  const { agoNs = 0, delays = [], fields = {} } = options;
  const job = mockJob({ TaskGroups: [mockTaskGroup({ ReschedulePolicy: rules })] });
  const events = delays.map((Delay, i) => ({
    RescheduleTime: nowNs - agoNs - (delays.length - i) * minute,
    PrevAllocID: `alloc-${i}`,
    PrevNodeID: `node-${i}`,
    Delay,
  }));
  return mockAlloc({
    Job: job,
    ClientStatus: 'failed',
    TaskStates: { web: make(TaskState, { State: 'dead', Failed: true, FinishedAt: isoOfNs(nowNs - agoNs) }) },
    RescheduleTracker: events.length > 0 ? { Events: events } : null,
    ...fields,
  });
}

const context = { nowNs, evalId: 'eval', activeDeploymentId: undefined };
const when = (alloc: Allocation): string => rescheduleVerdict(alloc, context).when;

test('an allocation ended when its last task did', () => {
  const alloc = failed(policy());
  const states = {
    a: make(TaskState, { FinishedAt: isoOfNs(nowNs - minute) }),
    b: make(TaskState, { FinishedAt: isoOfNs(nowNs - second) }),
    c: make(TaskState, {}),
  };
  assert.equal(lastEventNs({ ...alloc, TaskStates: states }), nowNs - second);
  assert.equal(lastEventNs({ ...alloc, TaskStates: null, ModifyTime: 42 }), 42);
});

test('constant delay', () => {
  assert.equal(rescheduleDelayNs(failed(policy()), policy()), 30 * second);
  assert.equal(
    rescheduleDelayNs(failed(policy(), { delays: [30 * second, 30 * second] }), policy()),
    30 * second,
  );
});

test('exponential delay doubles up to the longest', () => {
  const rules = policy({ DelayFunction: 'exponential', MaxDelay: 100 * second });
  const delay = (...delays: number[]): number =>
    rescheduleDelayNs(failed(rules, { delays: delays.map((d) => d * second) }), rules) / second;
  assert.equal(delay(), 30);
  assert.equal(delay(30), 60);
  assert.equal(delay(30, 60), 100);
});

test('fibonacci delay adds the last two', () => {
  const rules = policy({ DelayFunction: 'fibonacci', MaxDelay: 200 * second });
  const delay = (...delays: number[]): number =>
    rescheduleDelayNs(failed(rules, { delays: delays.map((d) => d * second) }), rules) / second;
  assert.equal(delay(), 30);
  assert.equal(delay(30), 30);
  assert.equal(delay(30, 30), 60);
  assert.equal(delay(30, 60), 90);
  assert.equal(delay(90, 150), 200);
  // a series that has begun again
  assert.equal(delay(200, 30), 30);
});

test('after a long run the delay starts again', () => {
  const rules = policy({ DelayFunction: 'exponential', MaxDelay: 40 * second });
  // its last attempt is a minute old, longer than the longest delay
  const alloc = failed(rules, { delays: [40 * second] });
  assert.equal(rescheduleDelayNs(alloc, rules), 30 * second);
});

test('later, now or never', () => {
  assert.equal(when(failed(policy())), 'later');
  assert.equal(when(failed(policy(), { agoNs: 30 * second })), 'now');
  assert.equal(when(failed(policy(), { agoNs: 29.5 * second })), 'now');
  assert.equal(when(failed(null)), 'never');
  assert.equal(when(failed(policy({ Unlimited: false }))), 'never');
  assert.equal(rescheduleVerdict(failed(policy()), context).atNs, nowNs + 30 * second);
});

test('only what failed and is still wanted', () => {
  assert.equal(when(failed(policy(), { agoNs: minute, fields: { ClientStatus: 'running' } })), 'never');
  assert.equal(when(failed(policy(), { agoNs: minute, fields: { ClientStatus: 'complete' } })), 'never');
  assert.equal(when(failed(policy(), { agoNs: minute, fields: { DesiredStatus: 'stop' } })), 'never');
});

test('a follow-up that was noted is not noted again, and is done when it comes', () => {
  assert.equal(when(failed(policy(), { fields: { FollowupEvalID: 'other' } })), 'never');
  assert.equal(when(failed(policy(), { fields: { FollowupEvalID: 'eval' } })), 'now');
});

test('attempts within the interval are limited', () => {
  const rules = policy({ Unlimited: false, Attempts: 2, Interval: 10 * minute });
  assert.equal(when(failed(rules, { agoNs: minute })), 'now');
  assert.equal(when(failed(rules, { agoNs: minute, delays: [second] })), 'now');
  assert.equal(when(failed(rules, { agoNs: minute, delays: [second, second] })), 'never');
  const old = failed({ ...rules, Interval: 90 * second }, { agoNs: minute, delays: [second, second] });
  assert.equal(when(old), 'now');
});

test('the user can insist', () => {
  const transition = { Migrate: null, Reschedule: null, ForceReschedule: true, NoShutdownDelay: null };
  assert.equal(when(failed(null, { fields: { DesiredTransition: transition } })), 'now');
});

test('an active deployment decides about its own', () => {
  const alloc = failed(policy(), { agoNs: minute, fields: { DeploymentID: 'd1' } });
  const during = { ...context, activeDeploymentId: 'd1' };
  assert.equal(rescheduleVerdict(alloc, during).when, 'never');
  assert.equal(rescheduleVerdict(alloc, { ...context, activeDeploymentId: 'd2' }).when, 'now');
  const allowed = { ...alloc, DesiredTransition: { ...alloc.DesiredTransition, Reschedule: true } };
  assert.equal(rescheduleVerdict(allowed, during).when, 'now');
});

test('a replacement carries the history on', () => {
  const alloc = failed(policy(), { delays: [10 * second], fields: { ID: 'last', NodeID: 'n9' } });
  const { Events } = nextRescheduleTracker(alloc, nowNs);
  assert.deepEqual(
    Events?.map((event) => [event.PrevAllocID, event.PrevNodeID, event.Delay / second]),
    [
      ['alloc-0', 'node-0', 10],
      ['last', 'n9', 30],
    ],
  );
});

test('the history does not grow for ever', () => {
  const long = failed(policy(), { delays: Array.from({ length: 20 }, () => second) });
  assert.equal(nextRescheduleTracker(long, nowNs).Events?.length, 5);
  const rules = policy({ Unlimited: false, Attempts: 3, Interval: 2 * minute + second });
  const limited = failed(rules, { delays: [second, second, second, second] });
  assert.equal(nextRescheduleTracker(limited, nowNs).Events?.length, 3);
});
