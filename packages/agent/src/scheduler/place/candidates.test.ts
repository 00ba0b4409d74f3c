// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockJob, mockNode, SchedulerHarness } from '#testing';
import { newFleet } from '../fleet/fleet.ts';
import { type Candidates, candidatesFor } from './candidates.ts';
import { settingsFor } from './settings.ts';

function candidates(fields: Parameters<typeof mockJob>[0]): { found: Candidates; names: string[] } {
  const harness = new SchedulerHarness();
  harness.putNodes(
    mockNode({ ID: 'a', Datacenter: 'dc1' }),
    mockNode({ ID: 'b', Datacenter: 'dc1', Status: 'down' }),
    mockNode({ ID: 'c', Datacenter: 'dc2' }),
    mockNode({ ID: 'd', Datacenter: 'dc2', NodePool: 'gpu' }),
    mockNode({ ID: 'e', Datacenter: 'east', SchedulingEligibility: 'ineligible' }),
  );
  const fleet = newFleet();
  fleet.sync(harness);
  const found = candidatesFor(fleet, mockJob(fields));
  return { found, names: found.rows.map((row) => fleet.rows[row]?.node.ID ?? '').sort() };
}

test('ready nodes of the pool and the datacenters', () => {
  const { found, names } = candidates({ Datacenters: ['dc1', 'dc2'] });
  assert.deepEqual(names, ['a', 'c']);
  assert.deepEqual(found.available, { dc1: 1, dc2: 1 });
  assert.equal(found.inPool, 2);
});

test('datacenters may be patterns', () => {
  assert.deepEqual(candidates({ Datacenters: ['*'] }).names, ['a', 'c']);
  assert.deepEqual(candidates({ Datacenters: ['*2'] }).names, ['c']);
});

test('pools', () => {
  assert.deepEqual(candidates({ Datacenters: ['*'], NodePool: 'gpu' }).names, ['d']);
  assert.deepEqual(candidates({ Datacenters: ['*'], NodePool: 'all' }).names, ['a', 'c', 'd']);
  assert.deepEqual(candidates({ Datacenters: ['*'], NodePool: 'none' }).names, []);
});

test('no node at all', () => {
  const { found } = candidates({ Datacenters: ['mars'] });
  assert.equal(found.available, null);
  assert.equal(found.inPool, 2);
});

test('the pool may override the region’s settings', () => {
  const harness = new SchedulerHarness();
  const pool = (SchedulerAlgorithm: string, MemoryOversubscriptionEnabled: boolean | null) => ({
    Name: 'default',
    Description: '',
    Meta: null,
    SchedulerConfiguration: { SchedulerAlgorithm, MemoryOversubscriptionEnabled },
    Hash: null,
    CreateIndex: 1,
    ModifyIndex: 1,
  });
  assert.deepEqual(settingsFor(harness, mockJob()), {
    algorithm: 'binpack',
    memoryOversubscription: false,
    preemption: false,
  });
  harness.putPool(pool('spread', true));
  assert.equal(settingsFor(harness, mockJob()).algorithm, 'spread');
  assert.equal(settingsFor(harness, mockJob()).memoryOversubscription, true);
  harness.putPool(pool('', null));
  harness.configure({ SchedulerAlgorithm: 'spread', MemoryOversubscriptionEnabled: true });
  assert.equal(settingsFor(harness, mockJob()).algorithm, 'spread');
  assert.equal(settingsFor(harness, mockJob()).memoryOversubscription, true);
});

test('preemption is allowed by kind of job', () => {
  const harness = new SchedulerHarness();
  harness.configure({
    PreemptionConfig: {
      SystemSchedulerEnabled: true,
      SysBatchSchedulerEnabled: false,
      BatchSchedulerEnabled: false,
      ServiceSchedulerEnabled: true,
    },
  });
  const allowed = ['service', 'batch', 'system', 'sysbatch'].map(
    (Type) => settingsFor(harness, mockJob({ Type })).preemption,
  );
  assert.deepEqual(allowed, [true, false, true, false]);
});
