// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Alloc_GetAllocs,
  Allocation,
  type Job,
  make,
  type Node,
  Node_BatchDeregister,
  Node_EmitEvents,
  Node_Evaluate,
  Node_GetAllocs,
  Node_GetClientAllocs,
  Node_GetNode,
  Node_List,
  Node_Register,
  Node_UpdateAlloc,
  Node_UpdateDrain,
  Node_UpdateEligibility,
  Node_UpdateStatus,
  type QueryMeta,
  Status_HasNodeConn,
  System_GarbageCollect,
  zeroTime,
} from '@serai/api';
import { must, seededRandom } from '#base';
import { upsertNode } from '#state';
import {
  FakeRpc,
  mockJob,
  mockNode,
  mockSystemJob,
  mockTaskGroup,
  mockUpdate,
  TestCluster,
  TestState,
  VirtualClock,
} from '#testing';
import { stampNow } from '../stamp.ts';
import { checkRegistration, nextStatus, registerNode } from './node-registration.ts';

const second = 1_000;
const minute = 60 * second;
const ns = 1e6;

const web = (count: number): Job =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }) })],
  });

describe('registration', () => {
  test('refuses what is incomplete, in the order and words that clients know', () => {
    const node = mockNode();
    const cases: readonly [Partial<Node> | null, string][] = [
      [null, 'missing node for client registration'],
      [{ ID: '' }, 'missing node ID for client registration'],
      [{ Datacenter: '' }, 'missing datacenter for client registration'],
      [{ Name: '' }, 'missing node name for client registration'],
      [{ Attributes: {} }, 'missing attributes for client registration'],
      [{ SecretID: '' }, 'missing node secret ID for client registration'],
      [{ NodePool: 'all' }, 'invalid node pool: invalid name "all"'],
      [{ NodePool: 'a b' }, 'invalid node pool: invalid name "a b"'],
      [{ NodePool: 'x'.repeat(129) }, `invalid node pool: invalid name "${'x'.repeat(129)}"`],
      [{ Status: 'lazy' }, 'invalid status "lazy" for node'],
    ];
    for (const [fields, message] of cases) {
      assert.throws(() => checkRegistration(fields && { ...node, ...fields }), { status: 500, message });
    }
    assert.equal(checkRegistration(node), node);
    checkRegistration({ ...node, Status: '', NodePool: '' });
  });

  test('fills in defaults, computes the class, tells the cluster', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = mockNode({ Status: '', SchedulingEligibility: '', NodePool: '', ComputedClass: 'made up' });
    const reply = await cluster.call(Node_Register, { Node: node });
    const row = must(cluster.state.node(node.ID), 'node');
    assert.deepEqual(
      [row.Status, row.SchedulingEligibility, row.NodePool],
      ['initializing', 'eligible', 'default'],
    );
    assert.match(row.ComputedClass, /^v1:\d+$/);
    assert.deepEqual(
      [reply.NodeModifyIndex, reply.Index, reply.NumNodes, reply.EvalIDs, reply.EvalCreateIndex],
      [row.ModifyIndex, row.ModifyIndex, 1, null, 0],
    );
    assert.equal(reply.LeaderRPCAddr, reply.Servers?.[0]?.RPCAdvertiseAddr);
    assert.match(reply.LeaderRPCAddr, /^127\.0\.0\.1:\d+$/);
    assert.ok(reply.HeartbeatTTL >= 10 * second * ns && reply.HeartbeatTTL <= 20 * second * ns);
  });

  test('a new pool comes with its first node; another secret is refused', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode({ NodePool: 'gpu' });
    assert.ok(cluster.state.nodePool('gpu'));
    await assert.rejects(
      cluster.call(Node_Register, { Node: { ...node.node, SecretID: mockNode().SecretID } }),
      { status: 500, message: 'node secret ID does not match. Not registering node.' },
    );
  });

  test('a node that registers again keeps what servers know of it', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await cluster.call(Node_UpdateEligibility, { NodeID: node.id, Eligibility: 'ineligible' });
    await cluster.call(Node_Register, { Node: { ...node.node, Status: 'initializing', Name: 'renamed' } });
    const row = cluster.state.node(node.id);
    assert.deepEqual(
      [row?.Status, row?.SchedulingEligibility, row?.Name],
      ['ready', 'ineligible', 'renamed'],
    );
  });

  test('decides on the newest row, not on what was read before: a heartbeat in between counts', () => {
    const state = new TestState();
    const clock = new VirtualClock();
    const node = mockNode({ Status: 'initializing' });
    state.write((tx) => upsertNode(tx, { node: { ...node, Status: 'ready' }, nowIso: clock.nowIso() }));
    const stamp = stampNow({ clock, random: seededRandom(1) });
    const evals = state.write((tx) => registerNode(tx, node, stamp));
    assert.deepEqual([state.snapshot.node(node.ID)?.Status, evals], ['ready', []]);
  });

  test('binds the connection, so that the node can be called back', async (t) => {
    const cluster = await TestCluster.start(t);
    const caller = cluster.server.localCaller({ reverse: new FakeRpc() });
    const node = mockNode();
    const connected = async (): Promise<boolean> =>
      (await cluster.call(Status_HasNodeConn, { NodeID: node.ID })).Connected;
    assert.equal(await connected(), false);
    const args = make(Node_Register.request, { Region: 'global', Node: node });
    await caller.call(Node_Register, { ...args, Forwarded: true });
    assert.equal(await connected(), false, 'a forwarded registration came over another connection');
    await caller.call(Node_Register, args);
    assert.equal(await connected(), true);
    await caller.stop();
    assert.equal(await connected(), false);
  });
});

describe('heartbeats', () => {
  test('an unknown node and a strange status are refused', async (t) => {
    const cluster = await TestCluster.start(t);
    const beat = (NodeID: string, Status = 'ready'): Promise<unknown> =>
      cluster.call(Node_UpdateStatus, { NodeID, Status });
    await assert.rejects(beat('nope'), { status: 500, message: 'node not found' });
    await assert.rejects(beat(''), { status: 500, message: 'missing node ID for client status update' });
    await assert.rejects(beat('nope', 'fine'), { status: 500, message: 'invalid status "fine" for node' });
  });

  test('Index is 0 unless something changed', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    const beat = (Status: string): ReturnType<typeof cluster.call<typeof Node_UpdateStatus>> =>
      cluster.call(Node_UpdateStatus, { NodeID: node.id, Status });
    const same = await beat('ready');
    assert.deepEqual([same.Index, same.EvalIDs, same.SchedulingEligibility], [0, null, 'eligible']);
    await cluster.run(mockSystemJob({ ID: 'agent' }));
    const down = await beat('down');
    assert.ok(down.Index > 0);
    assert.equal(down.EvalIDs?.length, 1);
    assert.equal(down.EvalCreateIndex, down.Index);
    assert.equal(down.HeartbeatTTL, 0, 'no heartbeat is expected from a node that is down');
  });

  test('a node that was silent is ready only after it has reported', () => {
    const state = new TestState();
    const node = mockNode({ Status: 'down', LastMissedHeartbeatIndex: 9, LastAllocUpdateIndex: 4 });
    assert.equal(nextStatus(state.snapshot, node, 'ready'), 'ready', 'there is nothing to report');
    assert.equal(nextStatus(state.snapshot, { ...node, Status: 'ready' }, 'ready'), 'ready');
    assert.equal(nextStatus(state.snapshot, node, 'down'), 'down');
  });
});

describe('reports of allocations', () => {
  test('refusals', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    const report = (...allocs: Partial<Allocation>[]): Promise<unknown> =>
      cluster.call(Node_UpdateAlloc, { Alloc: allocs.map((fields) => make(Allocation, fields)) });
    await assert.rejects(report(), { status: 500, message: 'must update at least one allocation' });
    await assert.rejects(report({ NodeID: 'nope' }), { status: 500, message: 'node nope not found' });
    await assert.rejects(report({ NodeID: node.id }, { NodeID: 'other' }), /of its own node/);
    await cluster.call(Node_UpdateStatus, { NodeID: node.id, Status: 'down' });
    await assert.rejects(report({ NodeID: node.id }), {
      status: 500,
      message: `node ${node.id} is not allowed to update allocs while in status down`,
    });
  });

  test('an allocation of another node stays as it is', async (t) => {
    const cluster = await TestCluster.start(t);
    const [one, other] = await cluster.addNodes(2);
    await cluster.run(web(2));
    const theirs = must(
      cluster.live('web').find((alloc) => alloc.NodeID === other?.id),
      'alloc',
    );
    await cluster.call(Node_UpdateAlloc, {
      Alloc: [make(Allocation, { ID: theirs.ID, NodeID: one?.id ?? '', ClientStatus: 'failed' })],
    });
    assert.equal(cluster.state.alloc(theirs.ID)?.ClientStatus, 'running');
  });

  test('several failures of a job make one evaluation', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await cluster.run(web(3));
    for (const alloc of cluster.live('web')) node.force(alloc.ID, { status: 'failed' });
    await cluster.settle();
    assert.equal(
      cluster.evals('web').filter((e) => e.TriggeredBy === 'alloc-failure' && e.PreviousEval === '').length,
      1,
    );
  });
});

describe('the work list of a client', () => {
  const list = (
    cluster: TestCluster,
    node: { id: string; node: Node },
    MinQueryIndex = 0,
  ): Promise<QueryMeta & { Allocs: Readonly<Record<string, number>> | null }> =>
    cluster.call(Node_GetClientAllocs, { NodeID: node.id, SecretID: node.node.SecretID, MinQueryIndex });

  test('needs the secret of the node', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await assert.rejects(cluster.call(Node_GetClientAllocs, { NodeID: node.id, SecretID: 'guess' }), {
      status: 500,
      message: 'node secret ID does not match',
    });
    await assert.rejects(cluster.call(Node_GetClientAllocs, {}), /missing node ID/);
    const unknown = await cluster.call(Node_GetClientAllocs, { NodeID: 'nope', SecretID: '' });
    assert.deepEqual([unknown.Allocs, unknown.Index], [{}, 1]);
  });

  test('wakes the client for what a server changed, not for its own reports', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await cluster.run(web(1));
    const first = await list(cluster, node);
    const [alloc] = cluster.live('web');
    assert.deepEqual(first.Allocs, { [alloc?.ID ?? '']: alloc?.AllocModifyIndex });
    let woken = false;
    const waiting = list(cluster, node, first.Index).finally(() => {
      woken = true;
    });
    node.force(alloc?.ID ?? '', { status: 'running', healthy: false });
    await cluster.settle();
    assert.equal(woken, false, 'its own report');
    await cluster.stopJob('web');
    assert.ok((await waiting).Index > first.Index);
  });

  test('wakes when an allocation was collected, and then blocks again', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await cluster.run(web(1));
    await cluster.run({ ...web(1), ID: 'stays' });
    await cluster.stopJob('web', { purge: true });
    const before = await list(cluster, node);
    assert.equal(Object.keys(before.Allocs ?? {}).length, 2);
    const waiting = list(cluster, node, before.Index);
    await cluster.call(System_GarbageCollect, {});
    const after = await waiting;
    assert.equal(Object.keys(after.Allocs ?? {}).length, 1);
    let again: unknown;
    void list(cluster, node, after.Index).then((reply) => {
      again = reply;
    });
    await cluster.advance(minute);
    assert.equal(again, undefined);
    await cluster.stopJob('stays', { purge: true });
    await cluster.call(System_GarbageCollect, {});
    const empty = await list(cluster, node);
    assert.deepEqual(empty.Allocs, {});
    assert.ok(empty.Index > after.Index, 'also when nothing is left');
  });

  test('what it names is fetched by id; a missing one makes the client ask for its list again', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    await cluster.run(web(2));
    const ids = cluster.live('web').map((alloc) => alloc.ID);
    const all = await cluster.call(Alloc_GetAllocs, { AllocIDs: ids });
    assert.deepEqual(
      all.Allocs?.map((alloc) => alloc.ID),
      ids,
    );
    assert.ok(all.Allocs?.every((alloc) => alloc.Job?.ID === 'web'));
    const missing = await cluster.call(Alloc_GetAllocs, { AllocIDs: [...ids, 'gone'], MinQueryIndex: 1 });
    assert.equal(missing.Allocs, null);
    let woken = false;
    const waiting = cluster.call(Alloc_GetAllocs, { AllocIDs: ids, MinQueryIndex: all.Index }).finally(() => {
      woken = true;
    });
    await cluster.settle();
    assert.equal(woken, false);
    await cluster.stopJob('web');
    assert.equal((await waiting).Allocs?.length, 2);
  });
});

describe('reading nodes', () => {
  test('lists show what was asked for; nobody gets the secret', async (t) => {
    const cluster = await TestCluster.start(t);
    const [one] = await cluster.addNodes(3);
    const nodes = (await cluster.call(Node_List, {})).Nodes ?? [];
    assert.equal(nodes.length, 3);
    assert.deepEqual(
      nodes.map((node) => node.ID),
      nodes.map((node) => node.ID).toSorted(),
    );
    assert.ok(!JSON.stringify(nodes).includes(one?.node.SecretID ?? '-'));
    assert.equal(nodes[0]?.NodeResources, undefined);
    const Fields = { Resources: true, OS: true };
    const [full] = (await cluster.call(Node_List, { Fields, PerPage: 1 })).Nodes ?? [];
    assert.ok(full?.NodeResources);
    assert.deepEqual(full.Attributes, { 'os.name': 'debian' });
    const prefixed = await cluster.call(Node_List, { Prefix: (one?.id ?? '').slice(0, 8) });
    assert.deepEqual(
      prefixed.Nodes?.map((node) => node.ID),
      [one?.id],
    );
    const named = await cluster.call(Node_List, { Filter: 'Name == "node-1"' });
    assert.equal(named.Nodes?.length, 1);
    assert.equal((await cluster.call(Node_GetNode, { NodeID: one?.id ?? '' })).Node?.SecretID, '');
    assert.equal((await cluster.call(Node_GetNode, { NodeID: 'nope' })).Node, null);
    await assert.rejects(cluster.call(Node_List, { Prefix: 'abc' }), /even length/);
  });

  test('allocations of a node', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await cluster.run(web(2));
    assert.equal((await cluster.call(Node_GetAllocs, { NodeID: node.id })).Allocs?.length, 2);
  });
});

describe('operating nodes', () => {
  test('evaluating a node makes evaluations for its jobs', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    await cluster.run(web(1));
    const reply = await cluster.call(Node_Evaluate, { NodeID: node.id });
    assert.equal(cluster.state.evaluation(reply.EvalIDs?.[0] ?? '')?.TriggeredBy, 'node-update');
    await assert.rejects(cluster.call(Node_Evaluate, { NodeID: 'nope' }), { status: 500 });
  });

  test('a drain has a date, keeps its start, and closes the node', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    node.outcome = () => ({ status: 'running', healthy: null });
    await cluster.run(web(1));
    const drain = (deadlineMs: number): Promise<unknown> =>
      cluster.call(Node_UpdateDrain, {
        NodeID: node.id,
        Meta: { message: 'kernel' },
        DrainStrategy: {
          Deadline: deadlineMs * ns,
          IgnoreSystemJobs: false,
          ForceDeadline: '2000-01-01T00:00:00Z',
          StartedAt: zeroTime,
        },
      });
    await drain(minute);
    const first = must(cluster.state.node(node.id), 'node');
    assert.equal(first.DrainStrategy?.ForceDeadline, new Date(cluster.clock.nowMs() + minute).toISOString());
    assert.deepEqual(
      [first.SchedulingEligibility, first.LastDrain?.Meta],
      ['ineligible', { message: 'kernel' }],
    );
    await assert.rejects(cluster.call(Node_UpdateEligibility, { NodeID: node.id, Eligibility: 'eligible' }), {
      status: 500,
      message: 'can not set node eligible while it is draining',
    });
    await cluster.clock.advance(second);
    await drain(0);
    const next = must(cluster.state.node(node.id), 'node');
    assert.equal(next.DrainStrategy?.ForceDeadline, zeroTime, 'without deadline there is no date');
    assert.equal(next.DrainStrategy?.StartedAt, first.DrainStrategy?.StartedAt);
    assert.equal(next.Events?.at(-1)?.Message, 'Node drain strategy updated');
    await assert.rejects(cluster.call(Node_UpdateDrain, { NodeID: 'nope' }), { status: 500 });
  });

  test('several nodes are purged at once, or none', async (t) => {
    const cluster = await TestCluster.start(t);
    const nodes = await cluster.addNodes(2);
    const NodeIDs = nodes.map((node) => node.id);
    await assert.rejects(
      cluster.call(Node_BatchDeregister, { NodeIDs: [...NodeIDs, 'nope'] }),
      /node not found/,
    );
    assert.equal(cluster.state.count('nodes'), 2);
    await assert.rejects(cluster.call(Node_BatchDeregister, { NodeIDs: [] }), /missing node IDs/);
    await assert.rejects(
      cluster.call(Node_BatchDeregister, { NodeIDs: Array.from({ length: 1_001 }, (_, i) => `${i}`) }),
      { code: 'limit' },
    );
    await cluster.call(Node_BatchDeregister, { NodeIDs: [...NodeIDs, NodeIDs[0] ?? ''] });
    assert.equal(cluster.state.count('nodes'), 0);
    assert.equal(cluster.server.context.heartbeats.active, 0);
  });

  test('events of a client are kept with its node', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    const event = {
      Message: 'driver healthy',
      Subsystem: 'Driver',
      Details: { driver: 'raw_exec' },
      Timestamp: cluster.clock.nowIso(),
      CreateIndex: 0,
    };
    await cluster.call(Node_EmitEvents, { NodeEvents: { [node.id]: [event], nope: [event] } });
    const last = cluster.state.node(node.id)?.Events?.at(-1);
    assert.deepEqual([last?.Message, last?.Details], ['driver healthy', { driver: 'raw_exec' }]);
    await assert.rejects(cluster.call(Node_EmitEvents, { NodeEvents: {} }), /no node events/);
  });
});
