// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockAlloc, mockJob, mockTask, mockTaskGroup } from '#testing';
import { mustStop, silenceLimitMs } from '../disconnect-stop.ts';
import { shutdownDelayMs, stopParameters } from './kill-options.ts';

const second = 1_000_000_000;

test('signal and timeout of the task, cut down to what the client allows', () => {
  const task = mockTask({ KillSignal: 'SIGTERM', KillTimeout: 60 * second });
  assert.deepEqual(stopParameters(task, 30_000), { signal: 'SIGTERM', timeoutMs: 30_000 });
  assert.deepEqual(stopParameters(task, 90_000), { signal: 'SIGTERM', timeoutMs: 60_000 });
  assert.deepEqual(stopParameters(mockTask({ KillTimeout: 0 }), 30_000), {
    signal: 'SIGINT',
    timeoutMs: 5_000,
  });
  assert.deepEqual(stopParameters(undefined, 1_000), { signal: 'SIGINT', timeoutMs: 1_000 });
});

test('shutdown_delay in milliseconds, none when absent', () => {
  assert.equal(shutdownDelayMs(mockTask({ ShutdownDelay: 2 * second })), 2_000);
  assert.equal(shutdownDelayMs(undefined), 0);
});

test('a group may ask to be stopped when the servers are silent', () => {
  const alloc = (limit: number | null) =>
    mockAlloc({ Job: mockJob({ TaskGroups: [mockTaskGroup({ StopAfterClientDisconnect: limit })] }) });
  assert.equal(silenceLimitMs(alloc(null)), undefined);
  assert.equal(mustStop(alloc(null), 1e9), false);
  assert.equal(mustStop(alloc(5 * second), 5_000), false);
  assert.equal(mustStop(alloc(5 * second), 5_001), true);
});
