// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation, Node, TaskGroup } from '@serai/api';
import { harnessStartNs, mockAlloc, mockJob, mockNode, mockTaskGroup, SchedulerHarness } from '#testing';
import { withClientStatus } from '../alloc-rows.ts';
import { sortByTaint, type TaintKind, taintedNodes, taintKind } from './taint.ts';

const nowNs = harnessStartNs;
const drain = { Deadline: 0, IgnoreSystemJobs: false, ForceDeadline: '', StartedAt: '' };

function kind(alloc: Allocation, node: Partial<Node> | null | undefined, atNs = nowNs): TaintKind {
  const tainted = new Map<string, Node | null>();
  if (node !== undefined) tainted.set(alloc.NodeID, node && mockNode({ ID: alloc.NodeID, ...node }));
  return taintKind(alloc, tainted, atNs);
}

const allocOf = (fields: Partial<Allocation> = {}, group: Partial<TaskGroup> = {}): Allocation =>
  mockAlloc({ Job: mockJob({ TaskGroups: [mockTaskGroup(group)] }), ClientStatus: 'running', ...fields });
const migrating = { Migrate: true, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null };
const returning = { MaxClientDisconnect: 60e9 };

test('nodes that are gone, down, disconnected or draining are tainted', () => {
  const harness = new SchedulerHarness();
  harness.putNodes(
    mockNode({ ID: 'ok' }),
    mockNode({ ID: 'down', Status: 'down' }),
    mockNode({ ID: 'off', Status: 'disconnected' }),
    mockNode({ ID: 'drain', DrainStrategy: drain }),
    mockNode({ ID: 'closed', SchedulingEligibility: 'ineligible' }),
  );
  const allocs = ['ok', 'down', 'off', 'drain', 'closed', 'gone', 'gone'].map((NodeID) =>
    mockAlloc({ NodeID }),
  );
  const tainted = taintedNodes(harness, allocs);
  assert.deepEqual([...tainted.keys()].sort(), ['down', 'drain', 'gone', 'off']);
  assert.equal(tainted.get('gone'), null);
});

test('a node in good standing', () => {
  assert.equal(kind(allocOf(), undefined), 'untainted');
  assert.equal(kind(allocOf({ DesiredTransition: migrating }), undefined), 'migrate');
});

test('a node that is down or gone loses its allocations', () => {
  assert.equal(kind(allocOf(), { Status: 'down' }), 'lost');
  assert.equal(kind(allocOf(), null), 'lost');
  assert.equal(kind(allocOf({ DesiredTransition: migrating }), { Status: 'down' }), 'lost');
  assert.equal(kind(allocOf({ ClientStatus: 'pending' }), { Status: 'down' }), 'lost');
});

test('what has ended stays as it is', () => {
  for (const ClientStatus of ['complete', 'failed', 'lost']) {
    assert.equal(kind(allocOf({ ClientStatus }), { Status: 'down' }), 'untainted');
  }
  assert.equal(kind(allocOf({ DesiredStatus: 'stop' }), null), 'untainted');
});

test('a draining node keeps what the drainer has not called', () => {
  assert.equal(kind(allocOf(), { DrainStrategy: drain }), 'untainted');
  assert.equal(kind(allocOf({ DesiredTransition: migrating }), { DrainStrategy: drain }), 'migrate');
});

test('a client out of reach', () => {
  const off = { Status: 'disconnected' };
  assert.equal(kind(allocOf(), off), 'lost');
  assert.equal(kind(allocOf({}, returning), off), 'disconnecting');
  assert.equal(kind(allocOf({ ClientStatus: 'pending' }, returning), off), 'lost');
  assert.equal(kind(withClientStatus(allocOf({}, returning), 'unknown', nowNs), off), 'ignore');
});

test('a client out of reach for too long, or for good', () => {
  const unknown = withClientStatus(allocOf({}, returning), 'unknown', nowNs);
  assert.equal(kind(unknown, { Status: 'disconnected' }, nowNs + 61e9), 'lost');
  assert.equal(kind(unknown, null), 'lost');
  assert.equal(kind(unknown, { Status: 'down' }), 'ignore');
  assert.equal(kind(unknown, undefined, nowNs + 61e9), 'lost');
});

test('a client that came back', () => {
  const unknown = withClientStatus(allocOf({}, returning), 'unknown', nowNs);
  const back = { ...unknown, ClientStatus: 'running' };
  assert.equal(kind(back, undefined), 'reconnecting');
  assert.equal(kind(back, { Status: 'ready' }), 'reconnecting');
  assert.equal(kind(back, undefined, nowNs + 61e9), 'lost');
  assert.equal(kind({ ...back, ClientStatus: 'failed' }, undefined), 'reconnecting');
  assert.equal(kind({ ...back, ClientStatus: 'failed', DesiredStatus: 'stop' }, undefined), 'ignore');
  assert.equal(kind({ ...back, DesiredStatus: 'stop' }, undefined), 'untainted');
  assert.equal(kind({ ...back, ClientStatus: 'complete' }, undefined), 'untainted');
});

test('once it was noted that the client is back, all is as usual', () => {
  const unknown = withClientStatus(allocOf({}, returning), 'unknown', nowNs);
  assert.equal(kind(withClientStatus(unknown, 'running', nowNs + 1e9), undefined), 'untainted');
});

test('prevent_reschedule_on_lost keeps a running allocation of a node that is down', () => {
  const group = { PreventRescheduleOnLost: true };
  assert.equal(kind(allocOf({}, group), { Status: 'down' }), 'disconnecting');
  assert.equal(kind(allocOf({ ClientStatus: 'pending' }, group), { Status: 'down' }), 'lost');
});

test('sets hold each allocation once', () => {
  const allocs = [
    allocOf({ NodeID: 'a' }),
    allocOf({ NodeID: 'b' }),
    allocOf({ NodeID: 'b', ClientStatus: 'complete' }),
  ];
  const sets = sortByTaint(allocs, new Map([['b', null]]), nowNs);
  assert.deepEqual([sets.untainted.length, sets.lost.length], [2, 1]);
  assert.equal(Object.values(sets).flat().length, 3);
});
