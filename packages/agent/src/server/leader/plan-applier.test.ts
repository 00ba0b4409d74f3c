// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Allocation, Deployment, DeploymentState, type Evaluation, make, Resources } from '@serai/api';
import type { Plan } from '#model';
import {
  updateAllocsFromClient,
  updateDeploymentStatus,
  updateNodeStatus,
  upsertDeployment,
  upsertEvals,
  upsertJob,
  upsertNode,
  upsertPlanResults,
} from '#state';
import { mockAlloc, mockEvalOf, mockJob, mockNode, mockTask, mockTaskGroup, TestState } from '#testing';
import { type Applied, applyPlan } from './plan-applier.ts';

const nowNs = 5e18;
const big = mockTask({ Resources: make(Resources, { CPU: 3000, MemoryMB: 256 }) });
const job = mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Tasks: [big], Networks: null })] });
const evaluation = mockEvalOf(job, { ID: 'e1' });

type Lists = Readonly<Record<string, readonly Allocation[]>>;
interface Wanted extends Partial<Omit<Plan, 'nodeUpdate' | 'nodeAllocation' | 'nodePreemptions'>> {
  readonly stop?: Lists;
  readonly place?: Lists;
  readonly evict?: Lists;
}

class World {
  readonly state = new TestState();

  constructor() {
    for (const ID of ['n1', 'n2']) {
      this.state.write((tx) => upsertNode(tx, { node: mockNode({ ID }), nowIso: '' }));
    }
    this.state.write((tx) => upsertJob(tx, { job }));
    this.state.write((tx) => upsertEvals(tx, [evaluation]));
  }

  plan(wanted: Wanted): Plan {
    const { stop = {}, place = {}, evict = {}, ...rest } = wanted;
    return {
      evalId: 'e1',
      priority: 50,
      allAtOnce: false,
      job: this.state.snapshot.job('default', 'web') ?? null,
      snapshotIndex: this.state.index,
      nodeUpdate: new Map(Object.entries(stop)),
      nodeAllocation: new Map(Object.entries(place)),
      nodePreemptions: new Map(Object.entries(evict)),
      deployment: null,
      deploymentUpdates: [],
      followups: [],
      annotations: null,
      ...rest,
    };
  }

  apply(plan: Plan): Applied {
    return this.state.write((tx) => applyPlan(tx, plan, nowNs));
  }

  /** Somebody else's, committed before. */
  occupy(nodeId: string, id: string): void {
    const other = mockJob({ ID: 'other', TaskGroups: job.TaskGroups });
    this.place(mockAlloc({ ID: id, Job: other, NodeID: nodeId, ClientStatus: 'running' }));
  }
  place(...allocs: Allocation[]): void {
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
  }
  desired(id: string): string | undefined {
    return this.state.snapshot.alloc(id)?.DesiredStatus;
  }
}

const on = (NodeID: string, ID: string, fields: Partial<Allocation> = {}): Allocation =>
  mockAlloc({ ID, Job: job, NodeID, EvalID: 'e1', ...fields });
const followUp = (ID: string): Evaluation => mockEvalOf(job, { ID, TriggeredBy: 'alloc-failure' });

describe('a plan that fits', () => {
  test('is committed as it is', () => {
    const world = new World();
    world.place(on('n2', 'old'));
    const plan = world.plan({
      place: { n1: [on('n1', 'new', { PreviousAllocation: 'old' })] },
      stop: { n2: [on('n2', 'old', { DesiredStatus: 'stop', DesiredDescription: 'why' })] },
    });
    const result = world.apply(plan);
    assert.deepEqual([result.refresh, result.rejectedNodes], [false, []]);
    const placed = world.state.snapshot.alloc('new');
    assert.deepEqual([placed?.CreateIndex, placed?.AllocModifyIndex], [world.state.index, world.state.index]);
    const old = world.state.snapshot.alloc('old');
    assert.deepEqual(
      [old?.DesiredStatus, old?.DesiredDescription, old?.NextAllocation],
      ['stop', 'why', 'new'],
    );
    assert.equal(world.state.snapshot.evaluation('e1')?.ModifyIndex, world.state.index);
  });

  test('replaces on the same node what it stops there', () => {
    const world = new World();
    world.place(on('n1', 'old', { ClientStatus: 'running' }));
    const plan = world.plan({
      stop: { n1: [on('n1', 'old', { DesiredStatus: 'stop' })] },
      place: { n1: [on('n1', 'new')] },
    });
    assert.equal(world.apply(plan).refresh, false);
    assert.equal(world.desired('old'), 'stop');
  });

  test('makes room by evicting what it says', () => {
    const world = new World();
    world.occupy('n1', 'weak');
    const evicted = world.state.snapshot.alloc('weak');
    assert.ok(evicted);
    const place = { n1: [on('n1', 'new')] };
    assert.equal(world.apply(world.plan({ place })).refresh, true);
    const evict = { n1: [{ ...evicted, PreemptedByAllocation: 'new' }] };
    assert.equal(world.apply(world.plan({ place, evict })).refresh, false);
    assert.equal(world.desired('weak'), 'evict');
  });

  test('that changes nothing writes nothing', () => {
    const world = new World();
    assert.equal(world.state.dryRun((tx) => applyPlan(tx, world.plan({}), nowNs)).size, 0);
  });
});

describe('a plan that fits no more', () => {
  test('is refused for the nodes that filled up; the rest is committed', () => {
    const world = new World();
    const plan = world.plan({ place: { n1: [on('n1', 'a')], n2: [on('n2', 'b')] } });
    world.occupy('n1', 'theirs');
    const result = world.apply(plan);
    assert.deepEqual([result.refresh, result.rejectedNodes], [true, ['n1']]);
    assert.deepEqual([...result.nodeAllocation.keys()], ['n2']);
    assert.deepEqual([world.desired('a'), world.desired('b')], [undefined, 'run']);
  });

  test('keeps what it would have replaced there', () => {
    const world = new World();
    world.place(on('n1', 'old', { ClientStatus: 'running' }));
    const plan = world.plan({
      stop: {
        n1: [on('n1', 'old', { DesiredStatus: 'stop' })],
        n2: [on('n2', 'x', { DesiredStatus: 'stop' })],
      },
      place: { n1: [on('n1', 'new')] },
    });
    world.state.write((tx) => updateNodeStatus(tx, { nodeId: 'n1', status: 'disconnected', updatedAt: 0 }));
    assert.equal(world.apply(plan).refresh, true);
    assert.equal(world.desired('old'), 'run');
  });

  test('with all_at_once is refused as a whole', () => {
    const world = new World();
    const plan = world.plan({ allAtOnce: true, place: { n1: [on('n1', 'a')], n2: [on('n2', 'b')] } });
    world.occupy('n1', 'theirs');
    const result = world.apply(plan);
    assert.deepEqual([result.refresh, result.rejectedNodes, result.nodeAllocation.size], [true, ['n1'], 0]);
    assert.equal(world.desired('b'), undefined);
  });

  test('on a node that is gone or takes nothing is refused', () => {
    for (const status of ['down', 'disconnected', 'initializing']) {
      const world = new World();
      const plan = world.plan({ place: { n1: [on('n1', 'a')], gone: [on('gone', 'b')] } });
      world.state.write((tx) => updateNodeStatus(tx, { nodeId: 'n1', status, updatedAt: 0 }));
      assert.deepEqual(world.apply(plan).rejectedNodes, ['n1', 'gone'], status);
    }
  });

  test('keeps only the follow-ups of what was accepted', () => {
    const world = new World();
    world.place(on('n2', 'failed', { ClientStatus: 'failed' }));
    const plan = world.plan({
      place: {
        n1: [on('n1', 'new', { FollowupEvalID: 'f1' })],
        n2: [on('n2', 'failed', { FollowupEvalID: 'f2' })],
      },
      followups: [followUp('f1'), followUp('f2')],
    });
    world.occupy('n1', 'theirs');
    world.apply(plan);
    assert.equal(world.state.snapshot.evaluation('f1'), undefined);
    assert.equal(world.state.snapshot.evaluation('f2')?.Status, 'pending');
  });
});

describe('a plan made on an old view of its own job', () => {
  test('is refused as a whole: its count is wrong', () => {
    const world = new World();
    const plan = world.plan({ place: { n2: [on('n2', 'b')] } });
    world.place(on('n1', 'a'));
    const result = world.apply(plan);
    assert.deepEqual([result.refresh, result.nodeAllocation.size], [true, 0]);
    assert.equal(world.desired('b'), undefined);
  });

  test('is fine when only clients reported since', () => {
    const world = new World();
    world.place(on('n1', 'a'));
    const plan = world.plan({ place: { n2: [on('n2', 'b')] } });
    world.state.write((tx) =>
      updateAllocsFromClient(tx, { allocs: [on('n1', 'a', { ClientStatus: 'running' })], nowNs }),
    );
    assert.equal(world.apply(plan).refresh, false);
  });

  test('is refused when its evaluation ended or is gone', () => {
    for (const Status of ['canceled', 'complete']) {
      const world = new World();
      const plan = world.plan({ place: { n1: [on('n1', 'a')] } });
      world.state.write((tx) => upsertEvals(tx, [{ ...evaluation, Status }]));
      assert.equal(world.apply(plan).refresh, true);
      assert.equal(world.desired('a'), undefined);
    }
    const world = new World();
    assert.equal(world.apply(world.plan({ evalId: 'nope', place: { n1: [on('n1', 'a')] } })).refresh, true);
  });
});

describe('deployments of a plan', () => {
  const state = (fields: Partial<DeploymentState>): DeploymentState => make(DeploymentState, fields);
  const deployment = (fields: Partial<Deployment>): Deployment =>
    make(Deployment, { ID: 'd', JobID: 'web', Namespace: 'default', Status: 'running', ...fields });

  test('what was counted since the snapshot stays; new groups are added', () => {
    const world = new World();
    world.state.write((tx) =>
      upsertDeployment(tx, deployment({ TaskGroups: { web: state({ HealthyAllocs: 3, DesiredTotal: 4 }) } })),
    );
    const stale = deployment({
      TaskGroups: { web: state({ HealthyAllocs: 1, DesiredTotal: 4 }), db: state({ DesiredTotal: 2 }) },
    });
    world.apply(world.plan({ deployment: stale }));
    const groups = world.state.snapshot.deployment('d')?.TaskGroups;
    assert.deepEqual([groups?.['web']?.HealthyAllocs, groups?.['db']?.DesiredTotal], [3, 2]);
  });

  test('one that ended meanwhile stays as it ended, and the rest of the plan counts', () => {
    const world = new World();
    world.state.write((tx) => upsertDeployment(tx, deployment({})));
    world.state.write((tx) =>
      updateDeploymentStatus(tx, {
        update: { DeploymentID: 'd', Status: 'failed', StatusDescription: 'why' },
      }),
    );
    const cancel = { DeploymentID: 'd', Status: 'cancelled', StatusDescription: 'newer' };
    const unknown = { ...cancel, DeploymentID: 'nope' };
    const result = world.apply(
      world.plan({
        deployment: deployment({}),
        deploymentUpdates: [cancel, unknown],
        place: { n1: [on('n1', 'a')] },
      }),
    );
    assert.deepEqual([result.refresh, result.deployment, result.deploymentUpdates], [false, null, []]);
    assert.equal(world.state.snapshot.deployment('d')?.Status, 'failed');
    assert.equal(world.desired('a'), 'run');
  });

  test('an update of an open one is written', () => {
    const world = new World();
    world.state.write((tx) => upsertDeployment(tx, deployment({})));
    const done = { DeploymentID: 'd', Status: 'successful', StatusDescription: 'all well' };
    world.apply(world.plan({ deploymentUpdates: [done] }));
    assert.equal(world.state.snapshot.deployment('d')?.Status, 'successful');
  });
});
