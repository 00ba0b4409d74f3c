// SPDX-License-Identifier: MPL-2.0
// What a change of one attribute does: whether running allocations are replaced, and how the difference shows it.
// `UPDATE_GOLDEN=1` rewrites changes.txt; read its differences before you commit them.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FieldDiff, Job, JobDiff, ObjectDiff } from '@serai/api';
import { seededRandom } from '#base';
import { parseJob } from '#jobspec';
import { canonicalizeJob, diffJobs, jobSpecChanged, tasksUpdatedReason } from '#model';
import { fileOf, rowsOf, surface, titleOf } from '../jobspec/surface-file.ts';

const path = new URL('changes.txt', import.meta.url);
const random = seededRandom(1);

const other: Readonly<Record<string, string>> = {
  str: '"other"',
  int: '77',
  dur: '"77s"',
  list: '["other"]',
  map: '{ other = "x" }',
};

function jobOf(source: string): Job {
  return canonicalizeJob(parseJob({ source, filename: 'web.nomad' }, { random }).job);
}

function fields(list: readonly FieldDiff[] | null, prefix: string): string[] {
  return (list ?? []).map((each) => `${prefix}${each.Name}: ${each.Old || '-'} → ${each.New || '-'}`);
}

function objects(list: readonly ObjectDiff[] | null, prefix: string): string[] {
  return (list ?? []).flatMap((each) => {
    const name = `${prefix}${each.Name}.`;
    return [...fields(each.Fields, name), ...objects(each.Objects, name)];
  });
}

/** Every field that differs, from the job down. */
function changesOf(diff: JobDiff): string[] {
  const groups = (diff.TaskGroups ?? []).flatMap((group) => [
    ...fields(group.Fields, 'group.'),
    ...objects(group.Objects, 'group.'),
    ...(group.Tasks ?? []).flatMap((task) => [
      ...fields(task.Fields, 'task.'),
      ...objects(task.Objects, 'task.'),
    ]),
  ]);
  return [...fields(diff.Fields, ''), ...objects(diff.Objects, ''), ...groups];
}

interface Change {
  readonly name: string;
  readonly before: Job;
  readonly after: Job;
}

const changes: readonly Change[] = surface.flatMap((block) =>
  rowsOf(block).map((row) => {
    const value = row.type === 'bool' ? String(row.initial !== true) : other[row.type];
    return {
      name: `${titleOf(block)}: ${row.name}`,
      before: jobOf(fileOf(block, '').source),
      after: jobOf(fileOf(block, `${row.name} = ${value}`).source),
    };
  }),
);

function print({ name, before, after }: Change): string {
  const reason = tasksUpdatedReason(before, after, 'g');
  const shown = changesOf(diffJobs(before, after));
  return `${name}\n  ${reason === undefined ? 'in place' : `replaced: ${reason}`}\n${shown.map((line) => `  ${line}\n`).join('')}`;
}

if (process.env['UPDATE_GOLDEN']) writeFileSync(path, changes.map(print).join(''));

test('every change does what is recorded', () => {
  assert.deepEqual(changes.map(print).join('').split('\n'), readFileSync(path, 'utf8').split('\n'));
});

/** Tokens are handed on, not stored: they make no version. */
const hidden: ReadonlySet<string> = new Set(['job: consul_token', 'job: vault_token']);

test('every change is a new version, and the difference shows it in both directions', () => {
  for (const { name, before, after } of changes) {
    assert.equal(jobSpecChanged(before, after), !hidden.has(name), name);
    if (hidden.has(name)) continue;
    assert.equal(diffJobs(before, after).Type, 'Edited', name);
    assert.ok(changesOf(diffJobs(before, after)).length > 0, name);
    assert.equal(changesOf(diffJobs(before, after)).length, changesOf(diffJobs(after, before)).length, name);
  }
});

test('no job differs from itself', () => {
  for (const { name, after } of changes) {
    assert.equal(diffJobs(after, after).Type, 'None', name);
    assert.equal(tasksUpdatedReason(after, { ...after }, 'g'), undefined, name);
    assert.equal(jobSpecChanged(after, { ...after }), false, name);
  }
});

test('a replacement does not depend on the direction', () => {
  for (const { name, before, after } of changes) {
    const [there, back] = [tasksUpdatedReason(before, after, 'g'), tasksUpdatedReason(after, before, 'g')];
    assert.equal(there === undefined, back === undefined, name);
  }
});
