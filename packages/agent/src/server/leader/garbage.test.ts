// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Allocation,
  Deployment,
  type Evaluation,
  type Job,
  make,
  type ReschedulePolicy,
} from '@serai/api';
import { upsertDeployment, upsertEvals, upsertJob, upsertNode, upsertPlanResults } from '#state';
import {
  mockAlloc,
  mockBatchJob,
  mockEvalOf,
  mockJob,
  mockNode,
  mockSysbatchJob,
  mockSystemJob,
  mockTaskGroup,
  TestState,
} from '#testing';
import {
  type Cutoffs,
  findGarbage,
  type Garbage,
  gatherGarbage,
  maxCollected,
  mayBeCollected,
  timesOf,
} from './garbage.ts';

const everything: Cutoffs = {
  evals: Number.POSITIVE_INFINITY,
  batchEvals: Number.POSITIVE_INFINITY,
  jobs: Number.POSITIVE_INFINITY,
  deployments: Number.POSITIVE_INFINITY,
  nodes: Number.POSITIVE_INFINITY,
};
const nothing: Cutoffs = { evals: 0, batchEvals: 0, jobs: 0, deployments: 0, nodes: 0 };

class World {
  readonly state = new TestState();

  job(job: Job): Job {
    return this.state.write((tx) => upsertJob(tx, { job }));
  }
  evals(...evals: Evaluation[]): this {
    this.state.write((tx) => upsertEvals(tx, evals));
    return this;
  }
  allocs(...allocs: Allocation[]): this {
    this.state.write((tx) =>
      upsertPlanResults(tx, {
        result: {
          nodeUpdate: new Map(),
          nodePreemptions: new Map(),
          nodeAllocation: new Map([['', allocs]]),
          deployment: null,
          deploymentUpdates: [],
        },
        job: null,
        evalId: '',
        nowNs: 1,
      }),
    );
    return this;
  }
  find(cutoffs: Partial<Cutoffs> = everything): Garbage {
    return findGarbage(this.state.snapshot, { ...nothing, ...cutoffs });
  }
}

const done = { Status: 'complete' };
const ended = { ClientStatus: 'complete' };
const stopped = { DesiredStatus: 'stop', ClientStatus: 'complete' };
const unlimited: ReschedulePolicy = {
  Attempts: 0,
  Interval: 0,
  Delay: 1,
  DelayFunction: 'constant',
  MaxDelay: 0,
  Unlimited: true,
};

describe('jobs', () => {
  test('which kinds may be collected', () => {
    const Periodic = {
      Enabled: true,
      Spec: '',
      Specs: null,
      SpecType: 'cron',
      ProhibitOverlap: false,
      TimeZone: '',
    };
    assert.ok(mayBeCollected(mockBatchJob()));
    assert.ok(mayBeCollected(mockSysbatchJob()));
    for (const job of [mockJob(), mockSystemJob(), mockBatchJob({ Periodic })]) {
      assert.ok(!mayBeCollected(job), job.Type);
      assert.ok(mayBeCollected({ ...job, Stop: true }), job.Type);
    }
  });

  test('a dead batch job goes with all that belongs to it', () => {
    const world = new World();
    const job = world.job(mockBatchJob({ ID: 'sums' }));
    world.evals(mockEvalOf(job, { ID: 'e1', ...done }));
    world.allocs(mockAlloc({ ID: 'a1', Job: job, EvalID: 'e1', ...ended }));
    const found = world.find();
    const { ModifyIndex: modifyIndex } = world.state.snapshot.job('default', 'sums') ?? { ModifyIndex: 0 };
    assert.deepEqual(found.jobs, [
      { namespace: 'default', id: 'sums', modifyIndex, evals: ['e1'], allocs: ['a1'] },
    ]);
    assert.deepEqual([found.evals, found.allocs], [[], []], 'they are listed once');
  });

  test('not while something of it is open, or young', () => {
    const open: readonly Partial<Evaluation>[] = [{ Status: 'pending' }, { Status: 'blocked' }];
    for (const fields of open) {
      const world = new World();
      const job = world.job(mockBatchJob({ ID: 'sums', Stop: true }));
      world.evals(mockEvalOf(job, { ID: 'e1', ...fields }));
      assert.deepEqual(world.find().jobs, []);
    }
    const running = new World();
    const job = running.job(mockBatchJob({ ID: 'sums', Stop: true }));
    running.evals(mockEvalOf(job, { ID: 'e1', ...done }));
    running.allocs(
      mockAlloc({ ID: 'a1', Job: job, EvalID: 'e1', DesiredStatus: 'stop', ClientStatus: 'running' }),
    );
    assert.deepEqual(running.find().jobs, [], 'its client still runs it');
    const young = new World();
    const fresh = young.job(mockBatchJob({ ID: 'sums' }));
    young.evals(mockEvalOf(fresh, done));
    assert.deepEqual(young.find({ jobs: young.state.index - 1 }).jobs, []);
    assert.equal(young.find({ jobs: young.state.index }).jobs.length, 1);
  });

  test('a service that failed everywhere stays until it is stopped', () => {
    const world = new World();
    const job = world.job(mockJob({ ID: 'web' }));
    world.evals(mockEvalOf(job, { ID: 'e1', ...done }));
    assert.equal(world.state.snapshot.job('default', 'web')?.Status, 'dead');
    assert.deepEqual(world.find().jobs, []);
    world.job(mockJob({ ID: 'web', Stop: true }));
    assert.equal(world.find().jobs.length, 1);
  });
});

describe('evaluations and allocations', () => {
  const group = (ReschedulePolicy: ReschedulePolicy | null): Job =>
    mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ ReschedulePolicy })] });

  test('an evaluation goes with all its allocations or not at all', () => {
    const world = new World();
    const job = world.job(group(null));
    world.evals(mockEvalOf(job, { ID: 'e1', ...done }), mockEvalOf(job, { ID: 'e2', ...done }));
    world.allocs(
      mockAlloc({ ID: 'a1', Job: job, EvalID: 'e1', ...stopped }),
      mockAlloc({ ID: 'a2', Job: job, EvalID: 'e1', ClientStatus: 'running' }),
      mockAlloc({ ID: 'a3', Job: job, EvalID: 'e2', ...stopped }),
    );
    const { evals, allocs } = world.find();
    assert.deepEqual([evals, allocs], [['e2'], ['a3']]);
  });

  test('batch and service have thresholds of their own', () => {
    const world = new World();
    const service = world.job(group(null));
    const batch = world.job(mockBatchJob({ ID: 'sums' }));
    world.evals(
      mockEvalOf(service, { ID: 's', ...done }),
      mockEvalOf(batch, { ID: 'b', Status: 'canceled' }),
    );
    assert.deepEqual(world.find({ evals: world.state.index }).evals, ['s']);
    assert.deepEqual(world.find({ batchEvals: world.state.index }).evals, ['b']);
    assert.deepEqual(world.find({ evals: world.state.index - 1 }).evals, []);
  });

  test('the history of a batch version that is not over stays: without it it would run again', () => {
    for (const make_ of [mockBatchJob, mockSysbatchJob]) {
      const world = new World();
      const old = world.job(make_({ ID: 'sums', Meta: { v: '0' } }));
      const job = world.job(make_({ ID: 'sums', Meta: { v: '1' } }));
      world.evals(mockEvalOf(old, { ID: 'e0', ...done }), mockEvalOf(job, { ID: 'e1', ...done }));
      world.allocs(
        mockAlloc({ ID: 'old', Job: old, EvalID: 'e0', ...ended }),
        mockAlloc({ ID: 'now', Job: job, EvalID: 'e1', ...ended }),
        mockAlloc({ ID: 'runs', Job: job, EvalID: 'e1', ClientStatus: 'running' }),
      );
      assert.deepEqual(world.find().allocs, ['old'], job.Type);
    }
  });

  test('a failed allocation stays while it may be rescheduled: its history of failures goes on', () => {
    const failed = { ClientStatus: 'failed' };
    const cases: readonly [string, ReschedulePolicy | null, Partial<Allocation>, boolean][] = [
      ['no policy', null, failed, true],
      ['no attempts', { ...unlimited, Unlimited: false }, failed, true],
      ['unlimited', unlimited, failed, false],
      ['some attempts', { ...unlimited, Unlimited: false, Attempts: 2 }, failed, false],
      ['replaced', unlimited, { ...failed, NextAllocation: 'next' }, true],
      ['stopped', unlimited, { ...failed, DesiredStatus: 'stop' }, true],
      ['lost', unlimited, { ClientStatus: 'lost', DesiredStatus: 'stop' }, true],
    ];
    for (const [what, policy, fields, goes] of cases) {
      const world = new World();
      const job = world.job(group(policy));
      world.evals(mockEvalOf(job, { ID: 'e1', ...done }));
      world.allocs(mockAlloc({ ID: 'a1', Job: job, EvalID: 'e1', ...fields }));
      assert.deepEqual(world.find().allocs, goes ? ['a1'] : [], what);
    }
  });

  test('of a job that was purged, or registered anew, everything that ended goes', () => {
    const world = new World();
    const before = mockJob({
      ID: 'web',
      CreateIndex: 1,
      TaskGroups: [mockTaskGroup({ ReschedulePolicy: unlimited })],
    });
    world.job(mockJob({ ID: 'web' }));
    world.allocs(
      mockAlloc({ ID: 'before', Job: { ...before, CreateIndex: 1000 }, ClientStatus: 'failed' }),
      mockAlloc({ ID: 'purged', Job: mockBatchJob({ ID: 'gone' }), ...ended }),
    );
    assert.deepEqual(world.find().allocs.toSorted(), ['before', 'purged'], 'their evaluations are gone');
  });

  test('orphans: allocations whose evaluation is gone are found too', () => {
    const world = new World();
    const job = world.job(group(null));
    world.evals(mockEvalOf(job, { ID: 'e1', Status: 'pending' }));
    world.allocs(
      mockAlloc({ ID: 'orphan', Job: job, EvalID: 'deleted', ...stopped }),
      mockAlloc({ ID: 'runs', Job: job, EvalID: 'deleted', ClientStatus: 'running' }),
      mockAlloc({ ID: 'child', Job: job, EvalID: 'e1', ...stopped }),
    );
    assert.deepEqual(world.find().allocs, ['orphan']);
    assert.deepEqual(world.find({ evals: 1 }).allocs, []);
  });
});

describe('deployments and nodes', () => {
  const deployment = (ID: string, fields: Partial<Deployment>): Deployment =>
    make(Deployment, { ID, Namespace: 'default', JobID: 'web', Status: 'successful', ...fields });

  test('a deployment goes when it is over, nothing of it runs, and it decides nothing', () => {
    const world = new World();
    const job = world.job(mockJob({ ID: 'web' }));
    const of = { JobCreateIndex: job.CreateIndex };
    for (const [id, fields] of [
      ['active', { Status: 'running', JobVersion: 7 }],
      ['newest', { ...of, Status: 'failed', JobVersion: job.Version }],
      ['used', { ...of, JobVersion: 7 }],
      ['old', { ...of, JobVersion: 7 }],
      ['before', { JobCreateIndex: 1000, JobVersion: job.Version }],
    ] as const) {
      world.state.write((tx) => upsertDeployment(tx, deployment(id, fields)));
    }
    world.allocs(
      mockAlloc({ ID: 'a1', Job: job, DeploymentID: 'used', ClientStatus: 'running' }),
      mockAlloc({ ID: 'a2', Job: job, DeploymentID: 'old', ...stopped }),
    );
    assert.deepEqual(world.find().deployments.toSorted(), ['before', 'old']);
    assert.deepEqual(world.find({ deployments: 1 }).deployments, []);
    world.job({ ...job, Stop: true });
    assert.ok(world.find().deployments.includes('newest'), 'of a stopped job it goes');
  });

  test('a node goes when it is down and nothing is meant to run there', () => {
    const world = new World();
    const nodes = [
      mockNode({ ID: 'down', Status: 'down' }),
      mockNode({ ID: 'up' }),
      mockNode({ ID: 'out', Status: 'disconnected' }),
      mockNode({ ID: 'busy', Status: 'down' }),
    ];
    for (const node of nodes) world.state.write((tx) => upsertNode(tx, { node, nowIso: '' }));
    const job = world.job(mockJob({ ID: 'web' }));
    world.allocs(mockAlloc({ ID: 'a1', Job: job, NodeID: 'busy', ClientStatus: 'running' }));
    assert.deepEqual(world.find().nodes, ['down']);
    assert.deepEqual(world.find({ nodes: 2 - 1 }).nodes, ['down'], 'age counts');
    assert.deepEqual(world.find({ nodes: 0 }).nodes, []);
  });

  test('strays: stopped ones on nodes that are down or gone', () => {
    const world = new World();
    for (const node of [mockNode({ ID: 'down', Status: 'down' }), mockNode({ ID: 'up' })]) {
      world.state.write((tx) => upsertNode(tx, { node, nowIso: '' }));
    }
    const job = mockJob({ ID: 'web' });
    const stopping = { Job: job, DesiredStatus: 'stop', ClientStatus: 'running' };
    world.allocs(
      mockAlloc({ ID: 's1', NodeID: 'down', ...stopping }),
      mockAlloc({ ID: 's2', NodeID: 'gone', ...stopping }),
      mockAlloc({ ID: 's3', NodeID: 'up', ...stopping }),
      mockAlloc({ ID: 's4', NodeID: 'down', Job: job, ClientStatus: 'running' }),
    );
    assert.deepEqual(
      world
        .find()
        .stray.map((alloc) => alloc.ID)
        .sort(),
      ['s1', 's2'],
    );
  });
});

test('a round is bounded, and what it takes it takes whole', () => {
  const world = new World();
  const job = world.job(mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ ReschedulePolicy: null })] }));
  const perEval = 700;
  for (let e = 0; e < 12; e++) {
    world.evals(mockEvalOf(job, { ID: `e${e}`, ...done }));
    world.allocs(
      ...Array.from({ length: perEval }, (_, i) =>
        mockAlloc({ ID: `a${e}-${i}`, Job: job, EvalID: `e${e}`, ...stopped }),
      ),
    );
  }
  const { evals, allocs } = world.find();
  assert.equal(allocs.length, evals.length * perEval);
  assert.ok(allocs.length <= maxCollected + perEval && allocs.length >= maxCollected - perEval);
});

test('times come from what never changes again', () => {
  const world = new World();
  const job = world.job(mockJob({ ID: 'web' }));
  world.evals(mockEvalOf(job, { ID: 'e1', CreateTime: 7e6, ModifyTime: 9e6 }));
  world.allocs(mockAlloc({ ID: 'a1', Job: job, CreateTime: 8e6 }));
  assert.deepEqual(
    [...timesOf(world.state.snapshot)],
    [
      { index: 2, timeMs: 7 },
      { index: 3, timeMs: 8 },
    ],
  );
});

test('much to look at is looked at in slices', () => {
  const world = new World();
  const job = world.job(mockJob({ ID: 'web' }));
  for (let e = 0; e < 20; e++) {
    world.allocs(
      ...Array.from({ length: 1_000 }, (_, i) =>
        mockAlloc({ ID: `a${e}-${i}`, Job: job, EvalID: 'none', ClientStatus: 'running' }),
      ),
    );
  }
  const slices = gatherGarbage(world.state.snapshot, everything);
  let pauses = 0;
  let slice = slices.next();
  for (; !slice.done; slice = slices.next()) pauses += 1;
  assert.ok(pauses >= 7, `${pauses}`);
  assert.deepEqual(slice.value, world.find());
});
