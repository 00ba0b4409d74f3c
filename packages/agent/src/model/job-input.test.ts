// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#base';
import { canonicalizeJob } from './canonicalize/job.ts';
import { decodeApiJob, isApiJson } from './job-input.ts';

test('the JSON of the API is told from a job file in JSON', () => {
  for (const value of [
    { Job: {} },
    { Job: null },
    { ID: 'a' },
    { id: 'a' },
    { TaskGroups: [] },
    { Name: 'a', x: 1 },
  ])
    assert.equal(isApiJson(value), true, JSON.stringify(value));
  for (const value of [
    { job: { a: {} } },
    { job: { a: {} }, variable: {} },
    {},
    { x: 1 },
    [],
    null,
    'Job',
    5,
  ])
    assert.equal(isApiJson(value), false, JSON.stringify(value));
});

test('a stored job that was inspected can be submitted again', () => {
  const stored = canonicalizeJob({
    ID: 'web',
    TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', Driver: 'x' }] }],
  });
  const inspected: unknown = JSON.parse(JSON.stringify({ Job: stored }));
  assert.deepEqual(canonicalizeJob(decodeApiJob(inspected)), stored);
});

test('a job must be an object', () => {
  for (const value of [null, [], 'x', { Job: [] }]) assert.throws(() => decodeApiJob(value), AppError);
});

test('lists that hold something else are reported by the decoder, not skipped', () => {
  assert.throws(() => decodeApiJob({ ID: 'a', TaskGroups: [5] }), /TaskGroups\[0\]/);
  assert.throws(() => decodeApiJob({ ID: 'a', TaskGroups: [{ Services: ['x'] }] }), /Services\[0\]/);
  assert.throws(() => decodeApiJob({ ID: 'a', TaskGroups: 'x' }), /TaskGroups/);
});
