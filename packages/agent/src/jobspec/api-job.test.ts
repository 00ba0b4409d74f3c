// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toApiJob } from './api-job.ts';

test('every key of the job is printed, null where nothing was written', () => {
  const { Job } = toApiJob({ ID: 'web' });
  assert.equal(Job['ID'], 'web');
  assert.equal(Job['Dispatched'], false);
  for (const key of [
    'Region',
    'Type',
    'Priority',
    'Datacenters',
    'NodePool',
    'TaskGroups',
    'Update',
    'Reschedule',
    'Migrate',
    'Meta',
    'Stop',
    'Version',
  ])
    assert.equal(Job[key], null, key);
});

test('fields of later versions only appear when they were written', () => {
  assert.ok(!('UI' in toApiJob({ ID: 'web' }).Job));
  assert.ok('UI' in toApiJob({ ID: 'web', UI: { Description: 'x' } }).Job);
});

test('fields that are no pointers in the API have their zero value', () => {
  const { Job } = toApiJob({
    ID: 'web',
    TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't' }], Services: [{ Name: 's', Checks: [{}] }] }],
  });
  const [group = {}] = Job['TaskGroups'] as Record<string, unknown>[];
  assert.equal(group['Count'], null);
  const [task] = group['Tasks'] as Record<string, unknown>[];
  assert.deepEqual(
    [task?.['Driver'], task?.['Leader'], task?.['ShutdownDelay'], task?.['KillTimeout']],
    ['', false, 0, null],
  );
  assert.ok(!('CSIPluginConfig' in (task ?? {})));
  const [service] = group['Services'] as Record<string, unknown>[];
  assert.deepEqual([service?.['Id'], service?.['CheckRestart'], service?.['Provider']], ['', null, '']);
  assert.ok(!('Namespace' in (service ?? {})));
});

test('volumes keep their names', () => {
  const { Job } = toApiJob({ TaskGroups: [{ Volumes: { data: { Type: 'host' } } }] });
  const [group] = Job['TaskGroups'] as { Volumes: Record<string, Record<string, unknown>> }[];
  assert.deepEqual([group?.Volumes['data']?.['Type'], group?.Volumes['data']?.['Source']], ['host', '']);
});
