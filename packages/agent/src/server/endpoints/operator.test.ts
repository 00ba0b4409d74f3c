// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  make,
  Namespace_GetNamespace,
  Namespace_ListNamespaces,
  NodePool_GetNodePool,
  NodePool_List,
  Operator_RaftGetConfiguration,
  Operator_SchedulerGetConfiguration,
  Operator_SchedulerSetConfiguration,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  Region_List,
  SchedulerConfiguration,
  type SnapshotSaveResponse,
  Status_Leader,
  Status_Members,
  Status_Peers,
  Status_Ping,
  Status_RaftStats,
  Status_Version,
  type StreamMethod,
  System_GarbageCollect,
  System_ReconcileJobSummaries,
} from '@serai/api';
import { frameError, type RpcStream } from '#rpc';
import { mockBatchJob, mockJob, mockTaskGroup, mockUpdate, TestCluster } from '#testing';

const web = (count: number): Parameters<TestCluster['run']>[0] =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }) })],
  });

describe('the scheduler configuration', () => {
  test('has a default, is set, and with check-and-set only at its index', async (t) => {
    const cluster = await TestCluster.start(t);
    const read = async (): Promise<SchedulerConfiguration | null> =>
      (await cluster.call(Operator_SchedulerGetConfiguration, {})).SchedulerConfig;
    const before = await read();
    assert.equal(before?.SchedulerAlgorithm, 'binpack');
    const set = (fields: Partial<SchedulerConfiguration>, CAS = false): Promise<{ Updated: boolean }> =>
      cluster.call(Operator_SchedulerSetConfiguration, { CAS, Config: make(SchedulerConfiguration, fields) });
    assert.equal((await set({ SchedulerAlgorithm: 'spread' })).Updated, true);
    assert.equal((await read())?.SchedulerAlgorithm, 'spread');
    const index = (await read())?.ModifyIndex ?? 0;
    assert.equal((await set({ ModifyIndex: index - 1 }, true)).Updated, false);
    assert.equal((await set({ ModifyIndex: index }, true)).Updated, true);
    assert.equal((await read())?.SchedulerAlgorithm, 'binpack', 'none named is the default');
    await assert.rejects(set({ SchedulerAlgorithm: 'dice' }), {
      status: 400,
      message: /dice.*binpack or spread/,
    });
  });

  test('a paused broker lets evaluations wait; a change lets what was blocked try again', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    const set = (PauseEvalBroker: boolean): Promise<unknown> =>
      cluster.call(Operator_SchedulerSetConfiguration, {
        Config: make(SchedulerConfiguration, { PauseEvalBroker }),
      });
    await set(true);
    await cluster.register(web(1));
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(cluster.live('web').length, 0);
    assert.equal(cluster.state.openEvals('pending').length, 1);
    await set(false);
    await cluster.settle();
    assert.equal(cluster.live('web').length, 1);
  });
});

describe('garbage collection on demand', () => {
  test('takes everything that is over, at once', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    node.outcome = (alloc) =>
      alloc.JobID === 'sums' ? { status: 'complete' } : { status: 'running', healthy: true };
    await cluster.run(mockBatchJob({ ID: 'sums' }));
    await cluster.run(web(1));
    const dead = await cluster.addNode();
    dead.goSilent();
    await cluster.until(() => cluster.state.node(dead.id)?.Status === 'down', 60_000);
    await cluster.call(System_GarbageCollect, {});
    assert.equal(cluster.state.job('default', 'sums'), undefined);
    assert.deepEqual(cluster.allocs('sums'), []);
    assert.equal(cluster.state.node(dead.id), undefined);
    assert.equal(cluster.live('web').length, 1);
    await cluster.settle();
    assert.deepEqual(
      node.allocs.map((alloc) => alloc.JobID),
      ['web'],
      'the client hears of it',
    );
  });

  test('leaves a job that was registered again while it was at work', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode();
    node.outcome = () => ({ status: 'complete' });
    await cluster.run(mockBatchJob({ ID: 'sums' }));
    // Both are queued together: the job is written first, then collected as it was found before.
    const again = cluster.register(mockBatchJob({ ID: 'sums', Meta: { v: '2' } }));
    await cluster.call(System_GarbageCollect, {});
    await again;
    await cluster.settle();
    assert.equal(cluster.job('sums').Version, 1);
    assert.equal(cluster.allocs('sums').filter((alloc) => alloc.Job?.Version === 1).length, 10);
  });

  test('summaries are counted anew', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    await cluster.run(web(2));
    const { Index } = await cluster.call(System_ReconcileJobSummaries, {});
    assert.equal(cluster.state.jobSummary('default', 'web')?.Summary?.['web']?.Running, 2);
    assert.equal(cluster.state.index, Index);
  });
});

async function open(cluster: TestCluster, method: StreamMethod): Promise<RpcStream> {
  return cluster.rpc.stream(method, { Region: 'global' });
}

async function save(cluster: TestCluster): Promise<{ head: SnapshotSaveResponse; archive: Uint8Array[] }> {
  const stream = await open(cluster, Operator_SnapshotSave);
  const frames: unknown[] = [];
  for await (const frame of stream.frames()) frames.push(frame);
  const [head, ...archive] = frames;
  return { head: head as SnapshotSaveResponse, archive: archive as Uint8Array[] };
}

async function restore(
  cluster: TestCluster,
  pieces: readonly Uint8Array[],
  end: { readonly Message: string; readonly Code: number | null } | null = { Message: 'EOF', Code: null },
): Promise<unknown> {
  const stream = await open(cluster, Operator_SnapshotRestore);
  for (const Payload of pieces) await stream.send({ Error: null, Payload });
  if (end) await stream.send({ Error: end, Payload: null });
  let last: unknown;
  for await (const frame of stream.frames()) last = frame;
  const error = frameError(last);
  if (error) throw error;
  return last;
}

describe('snapshots', () => {
  test('what was saved comes back, on the same server and on another one', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    await cluster.run(web(2));
    const { head, archive } = await save(cluster);
    assert.match(head.SnapshotChecksum, /^sha-256=/);
    assert.ok(head.Index > 0 && head.Index <= cluster.state.index);
    const saved = cluster.live('web').map((alloc) => alloc.ID);
    await cluster.stopJob('web', { purge: true });
    const before = cluster.state.index;
    await restore(cluster, archive);
    assert.ok(cluster.state.index > before, 'the index never goes back');
    assert.equal(cluster.job('web').Status, 'running');
    assert.deepEqual(
      cluster.live('web').map((alloc) => alloc.ID),
      saved,
    );

    const other = await TestCluster.start(t);
    await restore(other, archive);
    assert.deepEqual(
      other.live('web').map((alloc) => alloc.ID),
      saved,
    );
    await other.addNode();
    await other.run({ ...web(1), ID: 'more' });
    assert.equal(other.live('more').length, 1, 'it goes on working');
  });

  test('what was going on at the time of the snapshot goes on after the restore', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.run(web(2));
    assert.equal(cluster.blockedEvals().length, 1);
    const { archive } = await save(cluster);
    const other = await TestCluster.start(t);
    await other.addNode();
    for (let i = 0; i < 30; i++) await other.register({ ...web(1), ID: `filler-${i}` });
    await other.settle();
    const rounds = other.state.index;
    await restore(other, archive);
    await other.settle();
    assert.ok(other.state.index < rounds + 20, 'blocked evaluations are not tried again and again');
    await other.advance(60_000);
    assert.equal(other.blockedEvals().length, 1);
    await other.addNode();
    await other.settle();
    assert.equal(other.live('web').length, 2);
  });

  test('a damaged or broken archive is refused and changes nothing', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.run(web(1));
    const { archive } = await save(cluster);
    const { index } = cluster.state;
    const broken = archive.map((piece) => Uint8Array.from(piece));
    const piece = broken[0];
    if (piece) piece[Math.floor(piece.length / 2)] = (piece[Math.floor(piece.length / 2)] ?? 0) ^ 0xff;
    await assert.rejects(restore(cluster, broken), { status: 400 });
    await assert.rejects(restore(cluster, [Buffer.from('hello')]), { status: 400 });
    await assert.rejects(restore(cluster, archive, { Message: 'disk full', Code: 500 }), {
      status: 400,
      message: 'the archive broke off: disk full',
    });
    assert.equal(cluster.state.index, index);
    assert.equal(cluster.job('web').Version, 0);
  });

  test('a caller that goes away in the middle leaves everything as it is', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.run(web(1));
    const { index } = cluster.state;
    const saving = await open(cluster, Operator_SnapshotSave);
    for await (const _ of saving.frames()) break;
    saving.close();
    const restoring = await open(cluster, Operator_SnapshotRestore);
    await restoring.send({ Error: null, Payload: Buffer.from('x') });
    restoring.close();
    await cluster.settle();
    assert.equal(cluster.state.index, index);
    await cluster.run(web(2));
    assert.equal(cluster.job('web').Version, 1);
  });
});

describe('who is there', () => {
  test('leader, peers, members, version, region', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.call(Status_Leader, {});
    assert.match(leader, /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(await cluster.call(Status_Peers, {}), [leader]);
    assert.deepEqual(await cluster.call(Status_Ping, {}), {});
    assert.deepEqual(await cluster.call(Region_List, {}), ['global']);
    assert.equal((await cluster.call(Status_Version, {})).Build, '1.6.5');
    assert.equal((await cluster.call(Status_RaftStats, {})).LastIndex, cluster.state.index);
    const members = await cluster.call(Status_Members, {});
    assert.deepEqual(
      members.Members?.map((member) => [member.Name, member.Status, member.Tags?.['port']]),
      [['test.global', 'alive', leader.split(':')[1]]],
    );
    const { Servers } = await cluster.call(Operator_RaftGetConfiguration, {});
    assert.deepEqual(
      Servers?.map((server) => [server.Address, server.Leader, server.Voter]),
      [[leader, true, true]],
    );
  });

  test('namespaces and node pools', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode({ NodePool: 'gpu' });
    const namespaces = await cluster.call(Namespace_ListNamespaces, {});
    assert.deepEqual(
      namespaces.Namespaces?.map((n) => n.Name),
      ['default'],
    );
    assert.equal(
      (await cluster.call(Namespace_GetNamespace, { Name: 'default' })).Namespace?.Name,
      'default',
    );
    assert.equal((await cluster.call(Namespace_GetNamespace, { Name: 'nope' })).Namespace, null);
    const names = async (args: Parameters<typeof cluster.call<typeof NodePool_List>>[1]): Promise<string[]> =>
      ((await cluster.call(NodePool_List, args)).NodePools ?? []).map((pool) => pool.Name);
    assert.deepEqual(await names({}), ['all', 'default', 'gpu']);
    assert.deepEqual(await names({ Prefix: 'g' }), ['gpu']);
    assert.deepEqual(await names({ Reverse: true, PerPage: 2 }), ['gpu', 'default']);
    assert.equal((await cluster.call(NodePool_GetNodePool, { Name: 'gpu' })).NodePool?.Name, 'gpu');
    assert.equal((await cluster.call(NodePool_GetNodePool, { Name: 'nope' })).NodePool, null);
  });
});
