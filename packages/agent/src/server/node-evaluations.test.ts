// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation, Job, Node } from '@serai/api';
import { seededRandom } from '#base';
import { upsertJob, upsertNode, upsertPlanResults } from '#state';
import {
  mockAlloc,
  mockJob,
  mockNode,
  mockSysbatchJob,
  mockSystemJob,
  mockTaskGroup,
  TestState,
  VirtualClock,
} from '#testing';
import {
  acceptsAllocs,
  needsEvaluation,
  nodeEvaluations,
  offersOther,
  silentStatus,
} from './node-evaluations.ts';
import { type Stamp, stampNow } from './stamp.ts';

const minuteNs = 60e9;
const clock = new VirtualClock();
const stamp = (): Stamp => stampNow({ clock, random: seededRandom(1) });

function stateWith(of: { node?: Node; jobs?: readonly Job[]; allocs?: readonly Allocation[] }): TestState {
  const state = new TestState();
  const { node } = of;
  if (node) state.write((tx) => upsertNode(tx, { node, nowIso: clock.nowIso() }));
  for (const job of of.jobs ?? []) state.write((tx) => upsertJob(tx, { job }));
  state.write((tx) =>
    upsertPlanResults(tx, {
      result: {
        nodeUpdate: new Map(),
        nodePreemptions: new Map(),
        nodeAllocation: new Map([['', [...(of.allocs ?? [])]]]),
        deployment: null,
        deploymentUpdates: [],
      },
      job: null,
      evalId: '',
      nowNs: 1,
    }),
  );
  return state;
}

test('each job with something on the node is evaluated once, and each system job that is not stopped', () => {
  const node = mockNode();
  const web = mockJob({ ID: 'web' });
  const other = mockJob({ ID: 'other' });
  const state = stateWith({
    node,
    jobs: [
      web,
      other,
      mockSystemJob({ ID: 'agent' }),
      mockSystemJob({ ID: 'stopped', Stop: true }),
      mockSysbatchJob({ ID: 'ping' }),
    ],
    allocs: [
      mockAlloc({ Job: web, NodeID: node.ID, index: 0 }),
      mockAlloc({ Job: web, NodeID: node.ID, index: 1 }),
      mockAlloc({ Job: other, NodeID: 'elsewhere' }),
    ],
  });
  const evals = nodeEvaluations(state.snapshot, node, stamp());
  assert.deepEqual(evals.map((e) => e.JobID).sort(), ['agent', 'ping', 'web']);
  for (const evaluation of evals) {
    assert.deepEqual(
      [evaluation.TriggeredBy, evaluation.Status, evaluation.NodeID, evaluation.NodeModifyIndex],
      ['node-update', 'pending', node.ID, state.index],
    );
  }
});

test('what ended on the node is no reason; what is left of a purged job is one', () => {
  const node = mockNode();
  const state = stateWith({
    node,
    allocs: [
      mockAlloc({ Job: mockJob({ ID: 'done' }), NodeID: node.ID, ClientStatus: 'complete' }),
      mockAlloc({ Job: mockJob({ ID: 'stopping' }), NodeID: node.ID, DesiredStatus: 'stop' }),
      mockAlloc({ Job: mockJob({ ID: 'purged', Priority: 70 }), NodeID: node.ID }),
    ],
  });
  const evals = nodeEvaluations(state.snapshot, node, stamp());
  assert.deepEqual(
    evals.map((e) => [e.JobID, e.Priority, e.Type]),
    [['purged', 70, 'service']],
  );
});

test('which transitions need an evaluation', () => {
  const yes = [
    [undefined, 'ready'],
    ['initializing', 'ready'],
    ['ready', 'down'],
    ['ready', 'disconnected'],
    ['down', 'initializing'],
    ['disconnected', 'initializing'],
    ['disconnected', 'down'],
  ] as const;
  const no = [
    [undefined, 'initializing'],
    ['ready', 'ready'],
    ['ready', 'initializing'],
    ['down', 'down'],
  ] as const;
  for (const [before, after] of yes) assert.ok(needsEvaluation(before, after), `${before} → ${after}`);
  for (const [before, after] of no) assert.ok(!needsEvaluation(before, after), `${before} → ${after}`);
});

test('a node offers something else when class or resources differ, not when an equal copy registers', () => {
  const node = mockNode();
  assert.ok(!offersOther(node, structuredClone(node)));
  assert.ok(offersOther(node, { ...node, ComputedClass: 'v1:1' }));
  const { NodeResources: resources } = node;
  assert.ok(resources);
  assert.ok(offersOther(node, { ...node, NodeResources: { ...resources, Memory: { MemoryMB: 1 } } }));
});

test('only a ready, eligible node that does not drain takes allocations', () => {
  const node = mockNode();
  const DrainStrategy = { Deadline: 0, IgnoreSystemJobs: false, ForceDeadline: '', StartedAt: '' };
  assert.ok(acceptsAllocs(node));
  for (const wrong of [{ Status: 'down' }, { SchedulingEligibility: 'ineligible' }, { DrainStrategy }]) {
    assert.ok(!acceptsAllocs({ ...node, ...wrong }));
  }
});

test('a silent node is disconnected only while one of its allocations may wait for it', () => {
  const node = mockNode();
  const patient = mockJob({ TaskGroups: [mockTaskGroup({ MaxClientDisconnect: 10 * minuteNs })] });
  const at = (agoMs: number): Allocation['AllocStates'] => [
    { Field: 'ClientStatus', Value: 'unknown', Time: new Date(clock.nowMs() - agoMs).toISOString() },
  ];
  const statusWith = (alloc: Partial<Allocation>): string => {
    const state = stateWith({ node, allocs: [mockAlloc({ Job: patient, NodeID: node.ID, ...alloc })] });
    return silentStatus(state.snapshot, node, clock.nowMs());
  };
  assert.equal(statusWith({ ClientStatus: 'running' }), 'disconnected');
  assert.equal(statusWith({ ClientStatus: 'unknown', AllocStates: at(60_000) }), 'disconnected');
  assert.equal(statusWith({ ClientStatus: 'unknown', AllocStates: at(11 * 60_000) }), 'down');
  assert.equal(statusWith({ ClientStatus: 'pending' }), 'down');
  assert.equal(statusWith({ ClientStatus: 'running', DesiredStatus: 'stop' }), 'down');
  assert.equal(statusWith({ ClientStatus: 'running', Job: mockJob() }), 'down');
});
