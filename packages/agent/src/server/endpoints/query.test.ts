// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Alloc_GetAlloc,
  Deployment_List,
  Eval_GetEval,
  Eval_List,
  Job_Allocations,
  Job_Deployments,
  Job_Evaluations,
  Job_GetJob,
  Job_GetJobVersions,
  Job_LatestDeployment,
  Job_List,
  Job_Stable,
  Job_Summary,
  make,
  Node_GetAllocs,
  Node_GetNode,
  Node_List,
  NodePool_List,
  type QueryMeta,
  type RequestOf,
  type RpcMethod,
} from '@serai/api';
import { AppError } from '#base';
import { upsertJob } from '#state';
import { mockBatchJob, mockJob, mockTaskGroup, mockUpdate, TestCluster, TestState } from '#testing';
import { checkIdPrefix, inNamespace, maxBlockMs, namespaceOf, ReplyCache } from './query.ts';

const second = 1_000;
const ns = 1e6;

/** A call that may wait: what it answered, once it has. */
class Asked {
  reply: QueryMeta | undefined;
  error: AppError | undefined;
  readonly done: Promise<void>;

  constructor(call: Promise<unknown>) {
    this.done = call.then(
      (reply) => {
        this.reply = reply as QueryMeta;
      },
      (error: unknown) => {
        this.error = AppError.from(error);
      },
    );
  }
  get waits(): boolean {
    return this.reply === undefined && this.error === undefined;
  }
}

function ask<M extends RpcMethod>(cluster: TestCluster, method: M, args: Partial<RequestOf<M>>): Asked {
  return new Asked(cluster.call(method, args));
}

const web = (count: number): Parameters<TestCluster['run']>[0] =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }) })],
  });

describe('a blocking query', () => {
  test('waits at most what it was told, with a little jitter, and answers the same index', async (t) => {
    const cluster = await TestCluster.start(t);
    const { Index } = await cluster.call(Job_List, {});
    const asked = ask(cluster, Job_List, { MinQueryIndex: Index, MaxQueryTime: 30 * second * ns });
    await cluster.clock.advance(29 * second);
    assert.ok(asked.waits);
    await cluster.clock.advance(3 * second);
    assert.equal(asked.reply?.Index, Index);
  });

  test('without a time, or with too long a one, waits five minutes', async (t) => {
    const cluster = await TestCluster.start(t);
    for (const MaxQueryTime of [0, 24 * 3_600 * second * ns, -1]) {
      const asked = ask(cluster, Job_List, { MinQueryIndex: 1_000, MaxQueryTime });
      await cluster.clock.advance(maxBlockMs - second);
      assert.ok(asked.waits, `${MaxQueryTime}`);
      await cluster.clock.advance(maxBlockMs / 16 + 2 * second);
      assert.ok(!asked.waits, `${MaxQueryTime}`);
    }
  });

  test('without an index answers at once, also when there is nothing, with an index one can wait on', async (t) => {
    const cluster = await TestCluster.start(t);
    const reply = await cluster.call(Job_GetJob, { JobID: 'none' });
    assert.deepEqual([reply.Job, reply.KnownLeader, reply.LastContact], [null, true, 0]);
    assert.ok(reply.Index >= 1);
  });

  test('ends when its caller gives up', async (t) => {
    const cluster = await TestCluster.start(t);
    const controller = new AbortController();
    const args = make(Job_List.request, { Region: 'global', MinQueryIndex: 1_000 });
    const asked = new Asked(cluster.rpc.call(Job_List, args, { signal: controller.signal }));
    await cluster.settle();
    controller.abort();
    await asked.done;
    assert.equal(asked.error?.code, 'canceled');
    assert.equal(cluster.server.context.store.watchers, 0);
  });

  test('is told when the server stops', async (t) => {
    const cluster = await TestCluster.start(t);
    const asked = ask(cluster, Job_List, { MinQueryIndex: 1_000 });
    await cluster.settle();
    await cluster.server.stop();
    await asked.done;
    assert.deepEqual([asked.error?.code, asked.error?.message], ['unavailable', 'this server is stopping']);
  });
});

/** Reads, and what is done to make each answer another thing. */
const reads: readonly [RpcMethod, (cluster: TestCluster) => Record<string, unknown>][] = [
  [Job_List, () => ({})],
  [Job_GetJob, () => ({ JobID: 'web' })],
  [Job_Summary, () => ({ JobID: 'web' })],
  [Job_GetJobVersions, () => ({ JobID: 'web' })],
  [Job_Allocations, () => ({ JobID: 'web' })],
  [Job_Evaluations, () => ({ JobID: 'web' })],
  [Eval_List, () => ({})],
  [Node_GetAllocs, (cluster) => ({ NodeID: cluster.nodes[0]?.id })],
];

for (const [method, args] of reads) {
  test(`${method.name}: wakes at a change, blocks again at once after it, and sleeps while others change`, async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    await cluster.run(web(1));
    const query = args(cluster);
    let { Index } = (await cluster.call(method, query)) as QueryMeta;
    assert.ok(Index > 1);
    for (const count of [2, 1]) {
      const asked = ask(cluster, method, { ...query, MinQueryIndex: Index });
      await cluster.settle();
      assert.ok(asked.waits, 'the index of an answer blocks');
      await cluster.run(web(count));
      assert.ok(asked.reply, `wakes at count ${count}`);
      assert.ok(asked.reply.Index > Index);
      ({ Index } = (await cluster.call(method, query)) as QueryMeta);
    }
    const asked = ask(cluster, method, { ...query, MinQueryIndex: Index });
    await cluster.advance(minuteMs);
    assert.ok(asked.waits, 'nothing happens, nothing is answered');
    await cluster.stopJob('web', { purge: true });
    assert.ok(asked.reply, 'wakes at the purge');
  });
}
const minuteMs = 60 * second;

test('a query for what is not there wakes when it comes, and for what goes when it goes', async (t) => {
  const cluster = await TestCluster.start(t);
  const [node] = await cluster.addNodes(1);
  await cluster.run({ ...web(1), ID: 'other' });
  const { Index } = await cluster.call(Job_GetJob, { JobID: 'web' });
  const coming = ask(cluster, Job_GetJob, { JobID: 'web', MinQueryIndex: Index });
  await cluster.run({ ...web(1), ID: 'third' });
  assert.ok(coming.waits, 'another job is no reason');
  await cluster.run(web(1));
  assert.ok(coming.reply);
  const versions = await cluster.call(Job_GetJobVersions, { JobID: 'web' });
  const waiting = ask(cluster, Job_GetJobVersions, { JobID: 'web', MinQueryIndex: versions.Index });
  await cluster.stopJob('web', { purge: true });
  const gone = waiting.reply as (QueryMeta & { Versions: unknown }) | undefined;
  assert.equal(gone?.Versions, null);
  // blocked on a job that is gone: no busy loop
  const again = ask(cluster, Job_GetJobVersions, { JobID: 'web', MinQueryIndex: gone?.Index ?? 0 });
  await cluster.settle();
  assert.ok(again.waits);
  const nodeIndex = (await cluster.call(Node_GetNode, { NodeID: node?.id ?? '' })).Index;
  const nodeGone = ask(cluster, Node_GetNode, { NodeID: node?.id ?? '', MinQueryIndex: nodeIndex });
  node?.goSilent();
  await cluster.advance(minuteMs);
  assert.equal((nodeGone.reply as { Node?: { Status?: string } } | undefined)?.Node?.Status, 'down');
});

test('versions: an older version that becomes stable is news', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(web(1));
  await cluster.run(web(2));
  const { Index } = await cluster.call(Job_GetJobVersions, { JobID: 'web' });
  const asked = ask(cluster, Job_GetJobVersions, { JobID: 'web', MinQueryIndex: Index });
  await cluster.settle();
  assert.ok(asked.waits);
  await cluster.call(Job_Stable, { JobID: 'web', JobVersion: 0, Stable: true });
  await cluster.settle();
  assert.ok(asked.reply);
});

test('deployments, single objects and lists of nodes wake as well', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const rolling = (count: number): Parameters<TestCluster['run']>[0] =>
    mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate() })] });
  await cluster.run(rolling(1));
  const [alloc] = cluster.live('web');
  const [evaluation] = cluster.evals('web');
  assert.ok(alloc && evaluation);
  const cases: readonly [RpcMethod, Record<string, unknown>, boolean][] = [
    [Job_Deployments, { JobID: 'web' }, true],
    [Job_LatestDeployment, { JobID: 'web' }, true],
    [Deployment_List, {}, true],
    [Alloc_GetAlloc, { AllocID: alloc.ID }, true],
    [Eval_GetEval, { EvalID: evaluation.ID }, false],
    [Node_List, {}, false],
    [NodePool_List, {}, false],
  ];
  const asked: Asked[] = [];
  for (const [method, args] of cases) {
    const { Index } = (await cluster.call(method, args)) as QueryMeta;
    asked.push(ask(cluster, method, { ...args, MinQueryIndex: Index }));
  }
  await cluster.run({ ...rolling(1), Meta: { changed: 'yes' } });
  for (const [i, [method, , wakes]] of cases.entries()) {
    assert.equal(asked[i]?.waits, !wakes, method.name);
  }
  await cluster.addNode({ NodePool: 'gpu' });
  assert.ok(asked.at(-1)?.reply, 'a new pool');
  assert.ok(asked.at(-2)?.reply, 'a new node');
});

test('a restore answers everybody', async (t) => {
  const cluster = await TestCluster.start(t);
  const asked = ask(cluster, Job_List, { MinQueryIndex: 1_000_000 });
  await cluster.settle();
  const { engine, store } = cluster.server.context;
  await store.load(await engine.open());
  await asked.done;
  assert.ok(asked.reply);
});

describe('names and prefixes', () => {
  const of = (Namespace: string): Parameters<typeof inNamespace>[0] =>
    ({ Namespace }) as Parameters<typeof inNamespace>[0];

  test('no namespace is the default one; a star is all of them', () => {
    assert.equal(namespaceOf({ Namespace: '' }), 'default');
    assert.equal(namespaceOf({ Namespace: 'prod' }), 'prod');
    const matches = (asked: string, has: string): boolean => inNamespace(of(asked))({ Namespace: has });
    assert.deepEqual(
      [matches('*', 'any'), matches('', 'default'), matches('', 'prod'), matches('prod', 'prod')],
      [true, true, false, true],
    );
  });

  test('an id prefix is hexadecimal and has whole bytes', () => {
    assert.equal(checkIdPrefix(''), '');
    assert.equal(checkIdPrefix('AB'), 'ab');
    assert.equal(checkIdPrefix('aabbccdd-ee'), 'aabbccdd-ee');
    assert.throws(() => checkIdPrefix('abc'), {
      status: 500,
      message: 'Input (without hyphens) must be even length',
    });
    assert.throws(() => checkIdPrefix('zz'), { status: 500, message: /^Invalid UUID: .*invalid byte/ });
  });
});

describe('the cache of replies', () => {
  test('gives the same object while the tables are the same', () => {
    const state = new TestState();
    const cache = new ReplyCache(['jobs']);
    let built = 0;
    const get = (key: string): object =>
      cache.get(state.snapshot, key, () => {
        built += 1;
        return { built };
      });
    const first = get('a');
    assert.equal(get('a'), first);
    assert.notEqual(get('b'), first);
    state.write((tx) => upsertJob(tx, { job: mockBatchJob() }));
    assert.notEqual(get('a'), first);
    assert.equal(built, 3);
  });

  test('is bounded: the oldest goes', () => {
    const state = new TestState();
    const cache = new ReplyCache(['jobs']);
    const get = (key: number): object => cache.get(state.snapshot, `${key}`, () => ({ key }));
    const first = get(0);
    const last = get(1_000);
    for (let i = 1; i <= 255; i++) get(i);
    assert.notEqual(get(0), first);
    assert.equal(get(255), get(255));
    assert.ok(last);
  });
});
