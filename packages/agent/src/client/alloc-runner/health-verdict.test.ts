// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, TaskState } from '@serai/api';
import { mockAlloc, mockJob, mockTaskGroup, mockUpdate } from '#testing';
import { type HealthInput, healthPolicyOf, healthVerdict } from './health-verdict.ts';

const second = 1_000_000_000;
const beganMs = Date.UTC(2026, 0, 1);
const at = (seconds: number): string => new Date(beganMs + seconds * 1000).toISOString();

function task(state: string, startedSeconds = 0, rest: Partial<HealthInput['tasks'][number]> = {}) {
  return {
    name: 'web',
    hook: 'main',
    sidecar: false,
    state: make(TaskState, { State: state, StartedAt: at(startedSeconds) }),
    ...rest,
  } as const;
}
function verdict(tasks: HealthInput['tasks'], afterSeconds: number) {
  const policy = { minHealthyNs: 10 * second, deadlineNs: 60 * second };
  return healthVerdict({ policy, tasks, beganMs, nowMs: beganMs + afterSeconds * 1000 });
}

test('healthy after min_healthy_time of running', () => {
  assert.deepEqual(verdict([task('running', 2)], 5), { kind: 'unknown', againAtMs: beganMs + 12_000 });
  assert.deepEqual(verdict([task('running', 2)], 12), { kind: 'healthy' });
});

test('the task that started last counts, so a restart begins anew', () => {
  assert.equal(verdict([task('running', 0), task('running', 20)], 25).kind, 'unknown');
  assert.equal(verdict([task('running', 0), task('running', 20)], 30).kind, 'healthy');
});

test('a failed or ended task is unhealthy at once', () => {
  const failed = task('dead', 0, { state: make(TaskState, { State: 'dead', Failed: true }) });
  assert.deepEqual(verdict([failed], 1), { kind: 'unhealthy', reason: 'Unhealthy because of failed task' });
  assert.deepEqual(verdict([task('dead')], 1), {
    kind: 'unhealthy',
    reason: 'Unhealthy because of dead task',
  });
});

test('the deadline ends the wait, with what was missing', () => {
  assert.equal(verdict([task('pending')], 59).kind, 'unknown');
  assert.deepEqual(verdict([task('pending')], 60), {
    kind: 'unhealthy',
    reason: 'Task not running by healthy_deadline of 1m0s',
  });
  assert.deepEqual(verdict([task('running', 55)], 60), {
    kind: 'unhealthy',
    reason: 'Task not running for min_healthy_time of 10s by healthy_deadline of 1m0s',
  });
});

test('one-shot tasks need not stay, sidecars must', () => {
  const done = task('dead', 0, { hook: 'prestart' });
  const sidecar = task('pending', 0, { hook: 'prestart', sidecar: true });
  const later = task('pending', 0, { hook: 'poststop' });
  assert.equal(verdict([done, later, task('running')], 10).kind, 'healthy');
  assert.equal(verdict([sidecar, task('running')], 10).kind, 'unknown');
});

test('who asks for health: deployments by update, other service allocations by migrate', () => {
  const group = mockTaskGroup({ Update: mockUpdate({ MinHealthyTime: 3 * second }) });
  const job = mockJob({ TaskGroups: [group] });
  const alloc = mockAlloc({ Job: job });
  assert.equal(healthPolicyOf({ ...alloc, DeploymentID: 'd' }, job, group)?.minHealthyNs, 3 * second);
  assert.equal(healthPolicyOf(alloc, job, group)?.minHealthyNs, 10 * second);
  assert.equal(healthPolicyOf(alloc, { ...job, Type: 'batch' }, group), undefined);
  const manual = { ...group, Update: mockUpdate({ HealthCheck: 'manual' }) };
  assert.equal(healthPolicyOf({ ...alloc, DeploymentID: 'd' }, job, manual), undefined);
  const known = { Healthy: true, Timestamp: at(0), Canary: false, ModifyIndex: 0 };
  assert.equal(
    healthPolicyOf({ ...alloc, DeploymentID: 'd', DeploymentStatus: known }, job, group),
    undefined,
  );
});
