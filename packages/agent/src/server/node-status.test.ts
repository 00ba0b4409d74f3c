// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation } from '@serai/api';
import { seededRandom } from '#base';
import { upsertJob, upsertNode, upsertPlanResults } from '#state';
import { mockAlloc, mockJob, mockNode, TestState, VirtualClock } from '#testing';
import { changeNodeStatus, loseStopped, strayAllocs } from './node-status.ts';
import { type Stamp, stampNow } from './stamp.ts';

const clock = new VirtualClock();
const stamp = (): Stamp => stampNow({ clock, random: seededRandom(1) });
const node = mockNode();
const web = mockJob({ ID: 'web' });

function stateWith(...allocs: Allocation[]): TestState {
  const state = new TestState();
  state.write((tx) => upsertNode(tx, { node, nowIso: clock.nowIso() }));
  state.write((tx) => upsertJob(tx, { job: web }));
  state.write((tx) =>
    upsertPlanResults(tx, {
      result: {
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        nodeAllocation: new Map([['', allocs]]),
        deployment: null,
        deploymentUpdates: [],
      },
      job: web,
      evalId: '',
      nowNs: 1,
    }),
  );
  return state;
}
const on = (ID: string, fields: Partial<Allocation> = {}): Allocation =>
  mockAlloc({ ID, Job: web, NodeID: node.ID, ClientStatus: 'running', ...fields });

test('stray are those that should stop and have not; nobody but the node could tell', () => {
  const state = stateWith(
    on('runs'),
    on('stops', { DesiredStatus: 'stop' }),
    on('evicted', { DesiredStatus: 'evict' }),
    on('ended', { DesiredStatus: 'stop', ClientStatus: 'complete' }),
  );
  assert.deepEqual(
    strayAllocs(state.snapshot, node.ID).map((a) => a.ID),
    ['evicted', 'stops'],
  );
  assert.deepEqual(strayAllocs(state.snapshot, 'another'), []);
});

test('a node that is down takes what it was told to stop with it; the rest is for the scheduler', () => {
  const state = stateWith(on('runs'), on('stops', { DesiredStatus: 'stop', DesiredDescription: 'why' }));
  const evals = state.write((tx) =>
    changeNodeStatus(
      tx,
      {
        nodeId: node.ID,
        status: 'down',
        event: { message: 'gone', subsystem: 'Cluster', timestamp: clock.nowIso() },
      },
      stamp(),
    ),
  );
  const lost = state.snapshot.alloc('stops');
  assert.deepEqual(
    [lost?.ClientStatus, lost?.DesiredStatus, lost?.DesiredDescription, lost?.AllocStates?.at(-1)?.Value],
    ['lost', 'stop', 'why', 'lost'],
  );
  assert.equal(state.snapshot.alloc('runs')?.ClientStatus, 'running');
  const row = state.snapshot.node(node.ID);
  assert.deepEqual([row?.Status, row?.LastMissedHeartbeatIndex], ['down', state.index]);
  assert.equal(row?.Events?.at(-1)?.Message, 'gone');
  assert.equal(row?.StatusUpdatedAt, Math.floor(clock.nowMs() / 1000));
  assert.deepEqual(
    evals.map((e) => state.snapshot.evaluation(e.ID)?.JobID),
    ['web'],
  );
});

test('other transitions lose nothing', () => {
  const state = stateWith(on('stops', { DesiredStatus: 'stop' }));
  state.write((tx) => changeNodeStatus(tx, { nodeId: node.ID, status: 'disconnected' }, stamp()));
  assert.equal(state.snapshot.alloc('stops')?.ClientStatus, 'running');
  assert.throws(
    () => state.write((tx) => changeNodeStatus(tx, { nodeId: 'nope', status: 'down' }, stamp())),
    /node not found/,
  );
});

test('losing nothing writes nothing', () => {
  const state = stateWith();
  assert.equal(state.dryRun((tx) => loseStopped(tx, [], stamp())).size, 0);
});
