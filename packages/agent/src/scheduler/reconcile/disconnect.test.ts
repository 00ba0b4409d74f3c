// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation, TaskGroup } from '@serai/api';
import { harnessStartNs, mockAlloc, mockJob, mockTaskGroup } from '#testing';
import { withClientStatus } from '../alloc-rows.ts';
import { disconnectRules, isAwaitingReconnect, isExpired, stopsOnClientAtNs } from './disconnect.ts';

const second = 1e9;
const nowNs = harnessStartNs;

function allocOf(group: Partial<TaskGroup>): Allocation {
  const job = mockJob({ TaskGroups: [mockTaskGroup(group)] });
  return mockAlloc({ Job: job, ClientStatus: 'running' });
}

const block = {
  LostAfter: 60 * second,
  StopOnClientAfter: 5 * second,
  Replace: false,
  Reconcile: 'keep_original',
};

test('without any key an unreachable client loses its allocations', () => {
  assert.deepEqual(disconnectRules(mockTaskGroup()), {
    lostAfterNs: undefined,
    stopAfterNs: undefined,
    replace: true,
    reconcile: 'best_score',
  });
  assert.equal(disconnectRules(undefined).lostAfterNs, undefined);
});

test('the block and the older keys say the same', () => {
  assert.deepEqual(disconnectRules(mockTaskGroup({ Disconnect: block })), {
    lostAfterNs: 60 * second,
    stopAfterNs: 5 * second,
    replace: false,
    reconcile: 'keep_original',
  });
  const old = disconnectRules(mockTaskGroup({ MaxClientDisconnect: 9, StopAfterClientDisconnect: 7 }));
  assert.equal(old.lostAfterNs, 9);
  assert.equal(old.stopAfterNs, 7);
  assert.equal(
    disconnectRules(mockTaskGroup({ Disconnect: { ...block, Reconcile: 'x' } })).reconcile,
    'best_score',
  );
  assert.equal(disconnectRules(mockTaskGroup({ Disconnect: { ...block, Replace: null } })).replace, true);
});

test('prevent_reschedule_on_lost waits for ever and replaces nothing', () => {
  const rules = disconnectRules(mockTaskGroup({ PreventRescheduleOnLost: true }));
  assert.equal(rules.lostAfterNs, Number.POSITIVE_INFINITY);
  assert.equal(rules.replace, false);
});

test('an allocation waits for its client from the mark to the next', () => {
  const alloc = allocOf({ MaxClientDisconnect: 60 * second });
  assert.equal(isAwaitingReconnect(alloc), false);
  const unknown = withClientStatus(alloc, 'unknown', nowNs);
  assert.equal(isAwaitingReconnect(unknown), true);
  assert.equal(isAwaitingReconnect({ ...unknown, ClientStatus: 'running' }), true);
  assert.equal(isAwaitingReconnect(withClientStatus(unknown, 'running', nowNs)), false);
});

test('it expires after the time its group allows', () => {
  const unknown = withClientStatus(allocOf({ MaxClientDisconnect: 60 * second }), 'unknown', nowNs);
  assert.equal(isExpired(unknown, nowNs + 59 * second), false);
  assert.equal(isExpired(unknown, nowNs + 60 * second), true);
  assert.equal(isExpired(allocOf({ MaxClientDisconnect: 60 * second }), nowNs + 999 * second), false);
  assert.equal(isExpired(withClientStatus(allocOf({}), 'unknown', nowNs), nowNs + 999 * second), false);
});

test('a client stops by itself some time after it was cut off', () => {
  const alloc = allocOf({ StopAfterClientDisconnect: 60 * second });
  assert.equal(stopsOnClientAtNs(alloc, nowNs), nowNs + 65 * second);
  const lost = withClientStatus(alloc, 'lost', nowNs);
  assert.equal(stopsOnClientAtNs(lost, nowNs + 30 * second), nowNs + 65 * second);
  assert.equal(stopsOnClientAtNs(allocOf({}), nowNs), undefined);
});
