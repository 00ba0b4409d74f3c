// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation, Job, Node } from '@serai/api';
import { mockAlloc, mockNode, mockSysbatchJob, mockSystemJob, mockTaskGroup } from '#testing';
import { diffSystem, type SystemDiff } from './system-diff.ts';

const job = mockSystemJob({ ID: 'sys' });
const nodes = ['a', 'b'].map((ID) => mockNode({ ID }));
const on = (NodeID: string, fields: Partial<Allocation> = {}): Allocation =>
  mockAlloc({ Job: job, NodeID, ClientStatus: 'running', ...fields });
const migrating = { Migrate: true, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null };

interface World {
  readonly job?: Job | undefined;
  readonly allocs?: readonly Allocation[];
  readonly eligible?: readonly Node[];
  readonly standby?: readonly string[];
  readonly tainted?: ReadonlyMap<string, Node | null>;
}

function diff(world: World): SystemDiff {
  return diffSystem({
    job: 'job' in world ? world.job : job,
    allocs: world.allocs ?? [],
    eligible: world.eligible ?? nodes,
    isStandby: (id) => (world.standby ?? []).includes(id),
    tainted: world.tainted ?? new Map(),
  });
}

function sizes(found: SystemDiff): Record<string, number> {
  return Object.fromEntries(
    Object.entries(found)
      .map(([key, list]): [string, number] => [key, list.length])
      .filter(([, count]) => count > 0),
  );
}

test('every eligible node gets every group', () => {
  const two = mockSystemJob({
    ID: 'sys',
    TaskGroups: [mockTaskGroup({ Count: 1 }), mockTaskGroup({ Name: 'db', Count: 1 })],
  });
  assert.deepEqual(sizes(diff({ job: two })), { place: 4 });
  assert.deepEqual(
    diff({}).place.map((item) => `${item.name} ${item.nodeId}`),
    ['sys.web[0] a', 'sys.web[0] b'],
  );
});

test('a group of count 0 is nowhere', () => {
  assert.deepEqual(sizes(diff({ job: mockSystemJob({ TaskGroups: [mockTaskGroup({ Count: 0 })] }) })), {});
});

test('what runs is left alone', () => {
  assert.deepEqual(sizes(diff({ allocs: [on('a'), on('b')] })), { ignore: 2 });
});

test('another version is updated', () => {
  const old = on('a', { Job: { ...job, JobModifyIndex: 1 } });
  const found = diff({ allocs: [old, on('b')] });
  assert.deepEqual(sizes(found), { update: 1, ignore: 1 });
  assert.equal(found.update[0]?.alloc, old);
});

test('a stopped or purged job stops everything, a removed group its own', () => {
  assert.deepEqual(sizes(diff({ job: { ...job, Stop: true }, allocs: [on('a')] })), { stop: 1 });
  assert.deepEqual(
    sizes(diff({ job: undefined, allocs: [on('a'), on('b', { ClientStatus: 'complete' })] })),
    {
      stop: 1,
      ignore: 1,
    },
  );
  const other = mockSystemJob({ ID: 'sys', TaskGroups: [mockTaskGroup({ Name: 'db', Count: 1 })] });
  assert.deepEqual(sizes(diff({ job: other, allocs: [on('a')], eligible: [] })), { stop: 1 });
});

test('nodes that are down or gone lose theirs', () => {
  const tainted = new Map<string, Node | null>([
    ['x', mockNode({ ID: 'x', Status: 'down' })],
    ['y', null],
  ]);
  const found = diff({
    allocs: [on('x'), on('y'), on('x', { ClientStatus: 'failed' })],
    tainted,
    eligible: [],
  });
  assert.deepEqual(sizes(found), { lost: 2, ignore: 1 });
});

test('draining nodes keep theirs until the drainer calls', () => {
  const drain = { Deadline: 0, IgnoreSystemJobs: false, ForceDeadline: '', StartedAt: '' };
  const tainted = new Map([['x', mockNode({ ID: 'x', DrainStrategy: drain })]]);
  assert.deepEqual(sizes(diff({ allocs: [on('x')], tainted, eligible: [] })), { ignore: 1 });
  assert.deepEqual(
    sizes(diff({ allocs: [on('x', { DesiredTransition: migrating })], tainted, eligible: [] })),
    { migrate: 1 },
  );
});

test('closed nodes keep theirs, nodes that are not meant any more do not', () => {
  assert.deepEqual(sizes(diff({ allocs: [on('x')], standby: ['x'], eligible: [] })), { ignore: 1 });
  assert.deepEqual(sizes(diff({ allocs: [on('x')], eligible: [] })), { stop: 1 });
});

test('a system allocation that ended is started again on its node', () => {
  const ended = [
    on('a', { ClientStatus: 'failed', CreateIndex: 1 }),
    on('a', { ClientStatus: 'complete', CreateIndex: 2 }),
  ];
  const found = diff({ allocs: ended, eligible: nodes.slice(0, 1) });
  assert.deepEqual(sizes(found), { place: 1, ignore: 2 });
  assert.equal(found.place[0]?.previous, ended[1]);
});

test('a sysbatch allocation runs once per version', () => {
  const batch = mockSysbatchJob({ ID: 'scan' });
  const ended = (fields: Partial<Allocation>): Allocation =>
    mockAlloc({ Job: batch, NodeID: 'a', ...fields });
  const place = (alloc: Allocation, current = batch): number =>
    diff({ job: current, allocs: [alloc], eligible: nodes.slice(0, 1) }).place.length;
  assert.equal(place(ended({ ClientStatus: 'complete' })), 0);
  assert.equal(place(ended({ ClientStatus: 'failed' })), 0);
  assert.equal(place(ended({ ClientStatus: 'lost' })), 1);
  assert.equal(place(ended({ ClientStatus: 'complete', DesiredStatus: 'stop' })), 1);
  assert.equal(place(ended({ ClientStatus: 'complete' }), { ...batch, Version: 1 }), 1);
});

test('an allocation of another name is not wanted', () => {
  assert.deepEqual(sizes(diff({ allocs: [on('a', { Name: 'sys.web[7]' })], eligible: nodes.slice(0, 1) })), {
    stop: 1,
    place: 1,
  });
});
