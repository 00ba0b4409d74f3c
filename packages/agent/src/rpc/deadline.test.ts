// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError } from '#base';
import { VirtualClock } from '#testing';
import { deadline } from './deadline.ts';

test('without limits the work decides', async () => {
  const limit = deadline(new VirtualClock(), undefined, 'x');
  assert.equal(await limit.race(Promise.resolve(5)), 5);
  assert.equal(await limit.race(6), 6);
  await assert.rejects(limit.race(Promise.reject(new Error('no'))), /no/);
  limit.done();
  assert.equal(limit.signal.aborted, false);
});

test('the time-out names the call and fires the signal', async () => {
  const clock = new VirtualClock();
  const limit = deadline(clock, { timeoutMs: 500 }, 'Job.List');
  const failed = assert.rejects(limit.race(new Promise(() => {})), {
    code: 'timeout',
    message: 'Job.List: no answer within 500 ms',
  });
  await clock.advance(500);
  await failed;
  assert.ok(limit.signal.aborted);
});

test('the signal of the caller cancels, also when it was aborted before', async () => {
  const controller = new AbortController();
  const limit = deadline(new VirtualClock(), { signal: controller.signal }, 'Job.List');
  const failed = assert.rejects(limit.race(new Promise(() => {})), AppError);
  controller.abort(new Error('closed the page'));
  await failed;
  const late = deadline(new VirtualClock(), { signal: controller.signal }, 'Job.List');
  await assert.rejects(late.race(Promise.reject(new Error('not heard'))), {
    code: 'canceled',
    message: 'Job.List: canceled by the caller',
  });
});

test('a limit that is done leaves neither timer nor listener', async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const limit = deadline(clock, { timeoutMs: 500, signal: controller.signal }, 'x');
  limit.done();
  assert.equal(clock.pendingTimers, 0);
  controller.abort();
  assert.equal(limit.signal.aborted, false);
});
