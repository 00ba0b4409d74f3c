// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, systemClock } from '#base';
import { answerParent, runInWorker } from '#hcl';

const entry = new URL('echo-worker.ts', import.meta.url);
const clock = systemClock;

test('a worker answers with its result', async () => {
  assert.deepEqual(await runInWorker({ entry, input: [1, 'a'] }, { clock }), { got: [1, 'a'] });
});

test('an error in a worker keeps its code', async () => {
  const failing = runInWorker({ entry, input: 'fail' }, { clock });
  await assert.rejects(
    failing,
    (error) => error instanceof AppError && error.code === 'invalid' && error.message === 'no good',
  );
});

test('a worker that never ends is stopped', async () => {
  const hanging = runInWorker({ entry, input: 'hang' }, { clock, timeoutMs: 300 });
  await assert.rejects(hanging, /took more than 0\.3 seconds/);
});

test('a worker that is no longer wanted is stopped', async () => {
  const abort = new AbortController();
  const hanging = runInWorker({ entry, input: 'hang' }, { clock, signal: abort.signal });
  abort.abort();
  await assert.rejects(hanging, { code: 'canceled' });
  await assert.rejects(runInWorker({ entry, input: 1 }, { clock, signal: abort.signal }), {
    code: 'canceled',
  });
});

test('a worker that takes too much memory is stopped', async () => {
  const growing = runInWorker({ entry, input: 'grow' }, { clock, memoryMb: 16 });
  await assert.rejects(growing, { code: 'limit' });
});

test('a module that is missing is an error, not a crash', async () => {
  const missing = new URL('nothing.ts', import.meta.url);
  await assert.rejects(runInWorker({ entry: missing, input: 1 }, { clock }), { code: 'internal' });
});

test('outside of a worker, answering does nothing', () => {
  let called = false;
  answerParent(() => {
    called = true;
  });
  assert.equal(called, false);
});
