// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@serai/api';
import { AppError } from '#base';
import { apiErrorText, attempting, CommandFailure, describeFailure, isCanceled } from './failure.ts';

test('an answer of one line keeps the phrase that scripts look for', () => {
  assert.equal(
    describeFailure(new ApiError(404, 'job not found\n')).message,
    'Unexpected response code: 404 (job not found)',
  );
});

test('a list of errors is printed as one', () => {
  const text = '2 errors occurred:\n\t* Missing job ID\n\t* group "a": 1 error occurred:\n\t\t* too many\n\n';
  assert.equal(
    apiErrorText(new ApiError(500, text)),
    [
      'Unexpected response code: 500 (2 errors occurred)',
      '  * Missing job ID',
      '  * group "a": 1 error occurred:',
      '    * too many',
    ].join('\n'),
  );
});

test('lines without indentation get one', () => {
  assert.equal(apiErrorText(new ApiError(400, 'bad:\nhere')), 'Unexpected response code: 400 (bad)\n  here');
});

test('what was attempted stands before the reason, and the advice is that of the reason', async () => {
  const failed = attempting('Error submitting job', Promise.reject(new ApiError(403, 'Permission denied')));
  await assert.rejects(failed, CommandFailure);
  const { message, hint } = describeFailure(await failed.catch((error: unknown) => error));
  assert.equal(message, 'Error submitting job: Unexpected response code: 403 (Permission denied)');
  assert.match(hint, /-token or NOMAD_TOKEN/);
  assert.equal(await attempting('x', Promise.resolve(1)), 1);
});

test('giving up is no failure of what was attempted', async () => {
  const gaveUp = new AppError('canceled', 'request canceled');
  await assert.rejects(attempting('x', Promise.reject(gaveUp)), gaveUp);
  assert.ok(isCanceled(gaveUp));
  assert.ok(isCanceled(new DOMException('aborted', 'AbortError')));
  assert.ok(!isCanceled(new Error('x')));
  assert.ok(!isCanceled('x'));
});

test('the advice says what to do next', () => {
  const hint = (error: unknown): string => describeFailure(error).hint;
  assert.match(hint(new ApiError(500, 'No cluster leader')), /server members/);
  assert.match(hint(new ApiError(413, '')), /size/);
  assert.match(hint(new ApiError(429, '')), /try again/);
  assert.equal(hint(new ApiError(404, 'x')), '');
  assert.match(
    hint(new AppError('unavailable', 'x', { context: { code: 'ECONNREFUSED' } })),
    /"serai agent -dev"/,
  );
  assert.equal(hint(new AppError('unavailable', 'x', { context: { code: 'ETIMEDOUT' } })), '');
  assert.equal(hint('text'), '');
});
