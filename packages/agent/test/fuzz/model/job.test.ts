// SPDX-License-Identifier: MPL-2.0
// Properties of defaults, validation and differences over random jobs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Input, type Job, JobSpec, type TaskGroup } from '@serai/api';
import fc from 'fast-check';
import {
  annotateDiff,
  canonicalizeJob,
  diffJobs,
  formatErrors,
  jobSpecChanged,
  tasksUpdated,
  validateJob,
  validateJobUpdate,
} from '#model';
import { arbitraryInput } from '../arbitrary-object.ts';

const runs = { numRuns: 150 };
const spec = arbitraryInput(JobSpec).map((value) => ({ ...(value as Input<JobSpec>), ID: 'web' }));
const job = spec.map((value) => canonicalizeJob(value));

test('canonicalizing twice is the same as once', () => {
  fc.assert(
    fc.property(job, (once) => assert.deepEqual(canonicalizeJob(once), once)),
    runs,
  );
});

test('canonicalizing survives the way through JSON', () => {
  fc.assert(
    fc.property(job, (once) =>
      assert.deepEqual(canonicalizeJob(JSON.parse(JSON.stringify(once)) as Job), once),
    ),
    runs,
  );
});

test('validation answers for every job, with text', () => {
  fc.assert(
    fc.property(job, (any) => {
      const { errors, warnings } = validateJob(any);
      for (const message of [...errors, ...warnings]) assert.ok(message.length > 0);
      assert.ok(errors.length === 0 || formatErrors(errors).includes('error'));
    }),
    runs,
  );
});

/** Validation refuses names that stand twice. */
function hasOwnNames(any: Job, group: TaskGroup): boolean {
  const names = group.Tasks?.map((task) => task.Name) ?? [];
  const same = any.TaskGroups?.filter((each) => each.Name === group.Name) ?? [];
  return new Set(names).size === names.length && same.length === 1;
}

test('a job has no difference to itself and none to its copy', () => {
  fc.assert(
    fc.property(job, (any) => {
      const copy = structuredClone(any);
      assert.equal(diffJobs(any, copy, true).Type, 'None');
      assert.equal(jobSpecChanged(any, copy), false);
      assert.deepEqual(validateJobUpdate(any, copy), []);
      for (const group of any.TaskGroups ?? []) {
        if (hasOwnNames(any, group)) assert.equal(tasksUpdated(any, copy, group.Name), false);
      }
    }),
    runs,
  );
});

test('a difference is shown exactly when the job has changed', () => {
  fc.assert(
    fc.property(job, job, (a, b) => {
      const diff = diffJobs(a, b);
      // Groups and tasks of the same name are one in a difference, and one's order does not count.
      if (diff.Type === 'Edited') assert.equal(jobSpecChanged(a, b), true);
    }),
    runs,
  );
});

test('a difference is the same backwards with added and deleted swapped', () => {
  const swap: Readonly<Record<string, string>> = { Added: 'Deleted', Deleted: 'Added' };
  fc.assert(
    fc.property(job, job, (a, b) => {
      const forwards = diffJobs(a, b);
      const backwards = diffJobs(b, a);
      assert.equal(swap[forwards.Type] ?? forwards.Type, backwards.Type);
      assert.deepEqual(
        forwards.Fields?.map((field) => [field.Name, field.New, field.Old]).sort(),
        backwards.Fields?.map((field) => [field.Name, field.Old, field.New]).sort(),
      );
      assert.equal(forwards.Objects?.length, backwards.Objects?.length);
    }),
    runs,
  );
});

test('annotating keeps the difference as it is', () => {
  fc.assert(
    fc.property(job, job, (a, b) => {
      const diff = diffJobs(a, b, true);
      const plain = JSON.parse(JSON.stringify(annotateDiff(diff, null)), (key, value: unknown) =>
        key === 'Annotations' ? null : value,
      ) as unknown;
      assert.deepEqual(plain, JSON.parse(JSON.stringify(diff)));
    }),
    runs,
  );
});
