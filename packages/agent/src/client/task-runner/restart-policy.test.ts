// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestartPolicy } from '@serai/api';
import fc from 'fast-check';
import { seededRandom } from '#base';
import { restartReasons } from '../task/task-events.ts';
import {
  decideRestart,
  noRestarts,
  type RestartDecision,
  type RestartHistory,
  type RestartInput,
  restartsOnSuccess,
} from './restart-policy.ts';

const second = 1_000_000_000;

function policy(overrides: Partial<RestartPolicy> = {}): RestartPolicy {
  return {
    Attempts: 2,
    Interval: 60 * second,
    Delay: 10 * second,
    Mode: 'fail',
    RenderTemplates: false,
    ...overrides,
  };
}

function decide(overrides: Partial<RestartInput> = {}): RestartDecision {
  return decideRestart({
    policy: policy(),
    restartOnSuccess: true,
    outcome: { kind: 'exited', success: false },
    history: noRestarts,
    nowMs: 0,
    random: { float: () => 0.5 },
    ...overrides,
  });
}

function historyAfter(decision: RestartDecision): RestartHistory {
  assert.equal(decision.kind, 'restart');
  return decision.kind === 'restart' ? decision.history : noRestarts;
}

test('a failure within the policy restarts after the delay, stretched by up to a quarter', () => {
  assert.deepEqual(decide(), {
    kind: 'restart',
    delayMs: 11_250,
    reason: restartReasons.withinPolicy,
    history: { count: 1, startedMs: 0 },
  });
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const decision = decide({ random: seededRandom(seed) });
      assert.ok(decision.kind === 'restart' && decision.delayMs >= 10_000 && decision.delayMs <= 12_500);
    }),
  );
});

test('mode fail ends the task after its attempts', () => {
  let history = noRestarts;
  for (let i = 0; i < 2; i++) history = historyAfter(decide({ history }));
  assert.deepEqual(decide({ history }), {
    kind: 'end',
    failed: true,
    reason: 'Exceeded allowed attempts 2 in interval 1m0s and mode is "fail"',
  });
});

test('mode delay waits for the rest of the interval', () => {
  const history = { count: 2, startedMs: 0 };
  const decision = decide({ policy: policy({ Mode: 'delay' }), history, nowMs: 45_000 });
  assert.deepEqual(decision, {
    kind: 'restart',
    delayMs: 15_000,
    reason: restartReasons.delay,
    history: { count: 3, startedMs: 0 },
  });
});

test('a new interval counts from the start', () => {
  const decision = decide({ history: { count: 2, startedMs: 0 }, nowMs: 60_001 });
  assert.deepEqual(historyAfter(decision), { count: 1, startedMs: 60_001 });
});

test('success ends what does not run for ever', () => {
  const outcome = { kind: 'exited', success: true } as const;
  assert.deepEqual(decide({ outcome, restartOnSuccess: false }), {
    kind: 'end',
    failed: false,
    reason: restartReasons.success,
  });
  assert.equal(decide({ outcome }).kind, 'restart');
});

test('a service that ended well but may not restart has not failed', () => {
  const decision = decide({ outcome: { kind: 'exited', success: true }, policy: policy({ Attempts: 0 }) });
  assert.deepEqual(decision, { kind: 'end', failed: false, reason: restartReasons.noneAllowed });
});

test('no attempts in mode fail means no restart; in mode delay it means waiting', () => {
  assert.deepEqual(decide({ policy: policy({ Attempts: 0 }) }), {
    kind: 'end',
    failed: true,
    reason: 'Policy allows no restarts',
  });
  assert.equal(decide({ policy: policy({ Attempts: 0, Mode: 'delay' }) }).kind, 'restart');
  assert.equal(decide({ policy: null }).kind, 'end');
});

test('a start that can not work is not tried again; one that may is', () => {
  assert.deepEqual(decide({ outcome: { kind: 'start-failed', recoverable: false } }), {
    kind: 'end',
    failed: true,
    reason: 'Error was unrecoverable',
  });
  assert.equal(decide({ outcome: { kind: 'start-failed', recoverable: true } }).kind, 'restart');
});

test('a restart that was asked for is at once and does not count', () => {
  const history = { count: 2, startedMs: 5 };
  assert.deepEqual(decide({ outcome: { kind: 'requested' }, history }), {
    kind: 'restart',
    delayMs: 0,
    reason: '',
    history,
  });
});

test('which tasks start again after success', () => {
  const hook = (Hook: string, Sidecar: boolean) => ({ Hook, Sidecar });
  assert.equal(restartsOnSuccess('service', null), true);
  assert.equal(restartsOnSuccess('system', null), true);
  assert.equal(restartsOnSuccess('batch', null), false);
  assert.equal(restartsOnSuccess('sysbatch', null), false);
  assert.equal(restartsOnSuccess('service', hook('prestart', false)), false);
  assert.equal(restartsOnSuccess('batch', hook('prestart', true)), true);
  assert.equal(restartsOnSuccess('service', hook('poststart', false)), false);
  assert.equal(restartsOnSuccess('service', hook('poststop', true)), false);
});

test('quick failures: as many restarts as attempts, then one wait for the rest of the interval, then again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 30 }), (attempts, failures) => {
      const given = policy({ Mode: 'delay', Delay: 0, Attempts: attempts });
      let history = noRestarts;
      let nowMs = 0;
      for (let i = 0; i < failures; i++) {
        nowMs += 1;
        const decision = decide({ policy: given, history, nowMs });
        history = historyAfter(decision);
        if (decision.kind !== 'restart') return;
        const waits = i % (attempts + 1) === attempts;
        assert.equal(decision.reason, waits ? restartReasons.delay : restartReasons.withinPolicy);
        nowMs += decision.delayMs;
      }
    }),
  );
});
