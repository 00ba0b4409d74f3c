// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientStatusOf } from './client-status.ts';
import { hookOf, type TaskHook } from './task-view.ts';

function status(...tasks: readonly string[]): string {
  return clientStatusOf(
    tasks.map((text) => {
      const [state = '', hook = 'main'] = text.split('/');
      return {
        hook: hook as TaskHook,
        state: { State: state === 'failed' ? 'dead' : state, Failed: state === 'failed' },
      };
    }),
  ).status;
}

test('tasks add up to a status', () => {
  assert.equal(status('pending', 'pending'), 'pending');
  assert.equal(status('pending', 'running'), 'running');
  assert.equal(status('dead', 'running'), 'running');
  assert.equal(status('dead', 'dead'), 'complete');
  assert.equal(status('dead', 'pending'), 'pending');
});

test('one failure fails the allocation at once', () => {
  assert.equal(status('failed', 'running'), 'failed');
  assert.equal(status('failed', 'pending/poststop'), 'failed');
});

test('waiting for poststop is still running', () => {
  assert.equal(status('dead', 'pending/poststop'), 'running');
  assert.equal(status('pending', 'pending/poststop'), 'pending');
  assert.equal(status('dead', 'dead/poststop'), 'complete');
});

test("descriptions are Nomad's", () => {
  const of = (State: string, Failed = false) =>
    clientStatusOf([{ hook: 'main', state: { State, Failed } }]).description;
  assert.equal(of('running'), 'Tasks are running');
  assert.equal(of('pending'), 'No tasks have started');
  assert.equal(of('dead'), 'All tasks have completed');
  assert.equal(of('dead', true), 'Failed tasks');
});

test('the lifecycle block says when a task runs', () => {
  const of = (Hook: string, Sidecar: boolean) => hookOf({ Lifecycle: { Hook, Sidecar } });
  assert.deepEqual(hookOf({ Lifecycle: null }), { hook: 'main', sidecar: false });
  assert.deepEqual(of('prestart', true), { hook: 'prestart', sidecar: true });
  assert.deepEqual(of('poststart', false), { hook: 'poststart', sidecar: false });
  assert.deepEqual(of('poststop', true), { hook: 'poststop', sidecar: false });
  assert.deepEqual(of('', false), { hook: 'main', sidecar: false });
});
