// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, Task, TaskGroup } from '@serai/api';
import { missingParts } from './missing-parts.ts';

const parts = (task: unknown, group: unknown = {}): string[] =>
  missingParts(decode(Task, task), decode(TaskGroup, group));

test('a plain task lacks nothing, nor does one with the default identity', () => {
  assert.deepEqual(parts({ Name: 't', Driver: 'raw_exec' }), []);
  assert.deepEqual(parts({ Name: 't', Identity: { Name: 'default', Env: false, File: false } }), []);
});

test('each block that would be left out silently is named', () => {
  assert.deepEqual(parts({ Artifacts: [{ GetterSource: 'x' }] }), ['artifact']);
  assert.deepEqual(parts({ Templates: [{ EmbeddedTmpl: 'x' }] }), ['template']);
  assert.deepEqual(parts({ Vault: { Policies: ['a'] } }), ['vault']);
  assert.deepEqual(parts({ Identity: { Env: true } }), ['identity with env or file']);
  assert.deepEqual(parts({ Identities: [{ Name: 'x', File: true }] }), ['identity with env or file']);
  assert.deepEqual(parts({ VolumeMounts: [{ Volume: 'v' }] }), ['volume_mount']);
  assert.deepEqual(parts({}, { Services: [{ Connect: { Native: true } }] }), ['connect']);
  assert.deepEqual(parts({ Artifacts: [{}], Templates: [{}] }), ['artifact', 'template']);
});
