// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AllocMetric, type Evaluation, make, Namespace, NodePool } from '@serai/api';
import { mockAlloc, mockEvalOf, mockJob, mockNode, TestState } from '#testing';
import { defaultSchedulerConfig } from '../defaults.ts';
import {
  deleteAllocs,
  stopAllocs,
  updateAllocDesiredTransition,
  updateAllocsFromClient,
} from './alloc/alloc.ts';
import {
  deleteNamespaces,
  deleteNodePools,
  setSchedulerConfig,
  upsertNamespaces,
  upsertNodePools,
} from './configuration.ts';
import { upsertEvals } from './evaluation.ts';
import { stopJob, upsertJob } from './job/job.ts';
import { initializeState } from './setup.ts';

const web = mockJob({ ID: 'web' });

function withJob(): TestState {
  const state = new TestState();
  state.write((tx) => upsertJob(tx, { job: web }));
  return state;
}
const put = (state: TestState, ...evals: Evaluation[]): void => state.write((tx) => upsertEvals(tx, evals));

describe('evaluations', () => {
  test('keep create index and time when they change', () => {
    const state = withJob();
    put(state, mockEvalOf(web, { ID: 'e', CreateTime: 5, ModifyTime: 5 }));
    put(state, mockEvalOf(web, { ID: 'e', CreateTime: 9, ModifyTime: 9, Status: 'complete' }));
    const evaluation = state.snapshot.evaluation('e');
    assert.deepEqual(
      [evaluation?.CreateIndex, evaluation?.ModifyIndex, evaluation?.CreateTime, evaluation?.ModifyTime],
      [2, 3, 5, 9],
    );
  });

  test('blocked and pending ones can be listed; the others are not among them', () => {
    const state = withJob();
    put(
      state,
      ...['blocked', 'pending', 'complete', 'failed', 'canceled'].map((Status) =>
        mockEvalOf(web, { ID: Status, Status }),
      ),
    );
    assert.deepEqual(
      state.snapshot.openEvals('pending').map(({ ID }) => ID),
      ['pending'],
    );
    put(state, mockEvalOf(web, { ID: 'blocked', Status: 'pending' }));
    assert.deepEqual(state.snapshot.openEvals('blocked'), []);
    assert.equal(state.snapshot.openEvals('pending').length, 2);
  });

  test('one that placed everything cancels the blocked ones of its job only', () => {
    const state = withJob();
    put(
      state,
      mockEvalOf(web, { ID: 'blocked', Status: 'blocked' }),
      mockEvalOf(web, { ID: 'pending', Status: 'pending' }),
      mockEvalOf(mockJob({ ID: 'web-admin' }), { ID: 'other', Status: 'blocked' }),
    );
    put(state, mockEvalOf(web, { ID: 'done', Status: 'complete', ModifyTime: 7 }));
    const canceled = state.snapshot.evaluation('blocked');
    assert.deepEqual(
      [canceled?.Status, canceled?.StatusDescription, canceled?.ModifyIndex, canceled?.ModifyTime],
      ['canceled', 'evaluation "done" successful', 3, 7],
    );
    assert.equal(state.snapshot.evaluation('pending')?.Status, 'pending');
    assert.equal(state.snapshot.evaluation('other')?.Status, 'blocked');
  });

  test('one that waited for a node leaves those of other nodes waiting', () => {
    const state = withJob();
    const waiting = (ID: string, NodeID: string): Evaluation =>
      mockEvalOf(web, { ID, NodeID, Status: 'blocked' });
    put(state, waiting('one', 'n1'), waiting('again', 'n1'), waiting('other', 'n2'));
    put(state, { ...waiting('one', 'n1'), Status: 'complete' });
    const statusOf = (id: string): string | undefined => state.snapshot.evaluation(id)?.Status;
    assert.deepEqual(['one', 'again', 'other'].map(statusOf), ['complete', 'canceled', 'blocked']);
    put(state, mockEvalOf(web, { ID: 'whole', NodeID: 'n3', Status: 'complete' }));
    assert.equal(statusOf('other'), 'canceled');
  });

  test('one that could not place everything cancels nothing', () => {
    const state = withJob();
    put(state, mockEvalOf(web, { ID: 'blocked', Status: 'blocked' }));
    put(
      state,
      mockEvalOf(web, { ID: 'e', Status: 'complete', FailedTGAllocs: { web: make(AllocMetric, {}) } }),
    );
    put(state, mockEvalOf(web, { ID: 'f', Status: 'failed' }));
    assert.equal(state.snapshot.evaluation('blocked')?.Status, 'blocked');
  });

  test('say what is queued, until the job stops', () => {
    const state = withJob();
    const queued = (): number | undefined =>
      state.snapshot.jobSummary('default', 'web')?.Summary?.['web']?.Queued;
    put(state, mockEvalOf(web, { ID: 'e', QueuedAllocations: { web: 4, unknown: 3 } }));
    assert.equal(queued(), 4);
    put(state, mockEvalOf(web, { ID: 'f', QueuedAllocations: {} }));
    assert.equal(queued(), 4);
    put(state, mockEvalOf(web, { ID: 'e', QueuedAllocations: { web: 0 } }));
    assert.equal(queued(), 0);
    put(state, mockEvalOf(web, { ID: 'e', QueuedAllocations: { web: 2 } }));
    state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'web', nowNs: 1 }));
    assert.equal(queued(), 0);
  });
});

describe('allocations', () => {
  const setup = (): TestState => {
    const state = withJob();
    const job = state.snapshot.job('default', 'web') ?? web;
    state.write((tx) => {
      for (const ID of ['a', 'b']) tx.put('allocs', mockAlloc({ ID, Job: job, AllocModifyIndex: 1 }));
    });
    return state;
  };

  test('of an update from a client only its own fields are taken, and those that are gone are skipped', () => {
    const state = setup();
    const alloc = state.snapshot.alloc('a');
    assert.ok(alloc);
    const forged = {
      ...alloc,
      ClientStatus: 'running',
      DesiredStatus: 'stop',
      NodeID: 'elsewhere',
      JobID: 'other',
    };
    const written = state.write((tx) =>
      updateAllocsFromClient(tx, {
        allocs: [forged, { ...forged, ID: 'gone' }],
        nowNs: 8,
        evals: [mockEvalOf(web, { ID: 'e' })],
      }),
    );
    assert.deepEqual(
      written.map(({ ID }) => ID),
      ['a'],
    );
    const stored = state.snapshot.alloc('a');
    assert.deepEqual(
      [stored?.ClientStatus, stored?.DesiredStatus, stored?.NodeID, stored?.JobID, stored?.ModifyTime],
      ['running', 'run', alloc.NodeID, 'web', 8],
    );
    assert.deepEqual([stored?.ModifyIndex, stored?.AllocModifyIndex], [3, 1]);
    assert.ok(state.snapshot.evaluation('e'));
  });

  test('transitions add to what was asked before, and the client sees them', () => {
    const state = setup();
    const none = { Migrate: null, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null };
    const ask = (transition: Partial<typeof none | Record<keyof typeof none, boolean>>): void =>
      state.write((tx) =>
        updateAllocDesiredTransition(tx, {
          transitions: new Map([
            ['a', { ...none, ...transition }],
            ['gone', none],
          ]),
          evals: [mockEvalOf(web, { ID: 'e' })],
          nowNs: 3,
        }),
      );
    ask({ Migrate: true });
    ask({ NoShutdownDelay: true });
    const stored = state.snapshot.alloc('a');
    assert.deepEqual(stored?.DesiredTransition, { ...none, Migrate: true, NoShutdownDelay: true });
    assert.equal(stored?.AllocModifyIndex, 4);
  });

  test('stopping sets the desired status once', () => {
    const state = setup();
    const stop = (...ids: string[]): void =>
      state.write((tx) => stopAllocs(tx, { ids, description: 'by hand', nowNs: 3 }));
    stop('a');
    stop('a');
    const stored = state.snapshot.alloc('a');
    assert.deepEqual(
      [stored?.DesiredStatus, stored?.DesiredDescription, stored?.ModifyIndex],
      ['stop', 'by hand', 3],
    );
    assert.throws(() => stop('b', 'gone'), { code: 'not-found' });
    assert.equal(state.snapshot.alloc('b')?.DesiredStatus, 'run');
  });

  test('collecting them leaves their counts', () => {
    const state = setup();
    const alloc = state.snapshot.alloc('a');
    assert.ok(alloc);
    state.write((tx) =>
      updateAllocsFromClient(tx, { allocs: [{ ...alloc, ClientStatus: 'complete' }], nowNs: 8 }),
    );
    state.write((tx) => deleteAllocs(tx, ['a', 'gone']));
    assert.equal(state.snapshot.alloc('a'), undefined);
    assert.equal(state.snapshot.jobSummary('default', 'web')?.Summary?.['web']?.Complete, 1);
  });
});

describe('configuration', () => {
  test('a new region gets a namespace, two pools and a scheduler configuration, once', () => {
    const state = new TestState();
    state.write(initializeState);
    assert.ok(state.snapshot.namespace('default'));
    assert.deepEqual(
      [...state.snapshot.nodePools()].map(({ Name }) => Name),
      ['all', 'default'],
    );
    assert.equal(state.snapshot.schedulerConfig().SchedulerAlgorithm, 'binpack');
    assert.equal(state.dryRun(initializeState).size, 0);
  });

  test('the scheduler configuration has a default, and is checked and set by its index', () => {
    const state = new TestState();
    assert.deepEqual(state.snapshot.schedulerConfig(), defaultSchedulerConfig);
    const config = { ...defaultSchedulerConfig, SchedulerAlgorithm: 'spread' };
    assert.equal(
      state.write((tx) => setSchedulerConfig(tx, config, { checkIndex: 7 })),
      false,
    );
    assert.equal(
      state.write((tx) => setSchedulerConfig(tx, config, { checkIndex: 0 })),
      true,
    );
    assert.deepEqual(state.snapshot.schedulerConfig(), { ...config, CreateIndex: 2, ModifyIndex: 2 });
    assert.equal(
      state.write((tx) => setSchedulerConfig(tx, defaultSchedulerConfig, { checkIndex: 2 })),
      true,
    );
    assert.equal(state.snapshot.schedulerConfig().CreateIndex, 2);
  });

  test('node pools: the built-in ones stay, used ones stay, others go', () => {
    const state = new TestState();
    state.write(initializeState);
    state.write((tx) =>
      upsertNodePools(tx, [make(NodePool, { Name: 'gpu' }), make(NodePool, { Name: 'arm' })]),
    );
    state.write((tx) => tx.put('nodes', mockNode({ ID: 'n', NodePool: 'gpu' })));
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'x', NodePool: 'arm', Type: 'system' }) }));
    const remove = (name: string) => () => state.write((tx) => deleteNodePools(tx, [name]));
    assert.throws(remove('default'), /deleting node pool "default" is not allowed/);
    assert.throws(remove('nope'), /node pool nope not found/);
    assert.throws(remove('gpu'), /has nodes/);
    assert.throws(remove('arm'), /is used by job "x"/);
    state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'x', nowNs: 1 }));
    remove('arm')();
    assert.equal(state.snapshot.nodePool('arm'), undefined);
    assert.throws(() => state.write((tx) => upsertNodePools(tx, [make(NodePool, { Name: 'all' })])), {
      code: 'invalid',
    });
  });

  test('namespaces: default stays, those with live jobs stay', () => {
    const state = new TestState();
    state.write(initializeState);
    state.write((tx) => upsertNamespaces(tx, [make(Namespace, { Name: 'dev' })]));
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'x', Namespace: 'dev', Type: 'system' }) }));
    const remove = (name: string) => () => state.write((tx) => deleteNamespaces(tx, [name]));
    assert.throws(remove('default'), /default namespace can not be deleted/);
    assert.throws(remove('nope'), { code: 'not-found' });
    assert.throws(remove('dev'), /has job "x", which is not dead/);
    state.write((tx) => stopJob(tx, { namespace: 'dev', jobId: 'x', nowNs: 1 }));
    remove('dev')();
    assert.deepEqual(
      [...state.snapshot.namespaces()].map(({ Name }) => Name),
      ['default'],
    );
  });
});
