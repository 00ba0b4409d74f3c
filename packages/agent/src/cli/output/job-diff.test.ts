// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldDiff, JobDiff, make, TaskDiff, TaskGroupDiff } from '@serai/api';
import { formatJobDiff } from './job-diff.ts';

const plain = { ui: { color: false }, verbose: false };
const field = (Type: string, Name: string, Old: string, New: string): FieldDiff =>
  make(FieldDiff, { Type, Name, Old, New });

const diff = make(JobDiff, {
  Type: 'Edited',
  ID: 'web',
  Fields: [field('Edited', 'Priority', '50', '60'), field('None', 'Region', 'global', 'global')],
  Objects: [
    { Type: 'Added', Name: 'Constraint', Fields: [field('Added', 'RTarget', '', 'linux')], Objects: null },
  ],
  TaskGroups: [
    make(TaskGroupDiff, {
      Type: 'Edited',
      Name: 'app',
      Updates: { 'in-place update': 2, create: 1 },
      Tasks: [
        make(TaskDiff, { Type: 'Added', Name: 'new', Fields: [field('Added', 'Driver', '', 'exec')] }),
        make(TaskDiff, {
          Type: 'Edited',
          Name: 'old',
          Annotations: ['forces in-place update'],
          Fields: [field('Deleted', 'User', 'me', '')],
        }),
      ],
    }),
  ],
});

test('what was added, deleted and edited has its mark, nested as the job is', () => {
  assert.equal(
    formatJobDiff(diff, plain),
    [
      '+/- Job: "web"',
      '  +/- Priority: "50" => "60"',
      '  Region:   "global"',
      '  + Constraint {',
      '    + RTarget: "linux"',
      '  }',
      '+/- Task Group: "app" (1 create, 2 in-place update)',
      '  + Task: "new"',
      '  +/- Task: "old" (forces in-place update)',
      '    - User: "me"',
    ].join('\n'),
  );
});

test('with -verbose an added task is shown whole', () => {
  assert.match(formatJobDiff(diff, { ...plain, verbose: true }), /\+ Task: "new"\n {4}\+ Driver: "exec"/);
});

test('marks are coloured on a terminal', () => {
  const text = formatJobDiff(diff, { ui: { color: true }, verbose: false });
  assert.ok(text.includes('\u001b[33m+/-\u001b[0m'));
  assert.ok(text.includes('\u001b[32m+\u001b[0m'));
  assert.ok(text.includes('\u001b[31m-\u001b[0m'));
});
