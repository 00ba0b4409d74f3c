// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mockAlloc, mockEval, mockJob, mockNode, TestState, VirtualClock } from '#testing';
import { upsertEvals } from './operations/evaluation.ts';
import { upsertJob } from './operations/job/job.ts';
import { jobKey } from './tables/keys.ts';
import type { WatchSet } from './watch.ts';

describe('snapshots', () => {
  test('a snapshot does not see later writes', () => {
    const state = new TestState();
    state.write((tx) => tx.put('nodes', mockNode({ ID: 'a' })));
    const before = state.snapshot;
    state.write((tx) => {
      tx.put('nodes', mockNode({ ID: 'b' }));
      tx.delete('nodes', 'a');
    });
    assert.deepEqual(
      [...before.nodes()].map(({ ID }) => ID),
      ['a'],
    );
    assert.equal(before.index, 1);
    assert.deepEqual(
      [...state.snapshot.nodes()].map(({ ID }) => ID),
      ['b'],
    );
  });

  test('an operation that throws changes nothing', () => {
    const state = new TestState();
    state.write((tx) => tx.put('nodes', mockNode({ ID: 'a' })));
    const { snapshot } = state;
    assert.throws(() =>
      state.write((tx) => {
        tx.put('nodes', mockNode({ ID: 'b' }));
        tx.delete('nodes', 'a');
        throw new Error('no');
      }),
    );
    assert.equal(state.snapshot, snapshot);
    assert.equal(snapshot.node('b'), undefined);
    assert.ok(snapshot.node('a'));
  });

  test('rows are frozen when asked for', () => {
    const state = new TestState();
    state.write((tx) => tx.put('nodes', mockNode({ ID: 'a' })));
    const node = state.snapshot.node('a');
    assert.ok(Object.isFrozen(node) && Object.isFrozen(node?.Attributes));
  });

  test('allocsByNode gives the same array until an allocation of the node changes', () => {
    const state = new TestState();
    const alloc = mockAlloc({ ID: 'a1', NodeID: 'n1', Job: null, JobID: 'j', TaskGroup: 'web' });
    state.write((tx) => tx.put('allocs', alloc));
    state.write((tx) => tx.put('allocs', { ...alloc, ID: 'a2', NodeID: 'n2' }));
    const first = state.snapshot.allocsByNode('n1');
    state.write((tx) => tx.put('allocs', { ...alloc, ID: 'a3', NodeID: 'n2' }));
    assert.equal(state.snapshot.allocsByNode('n1'), first);
    state.write((tx) => tx.put('allocs', { ...alloc, ClientStatus: 'running' }));
    assert.notEqual(state.snapshot.allocsByNode('n1'), first);
    assert.equal(first[0]?.ClientStatus, 'pending');
  });

  test('a row that moves to another index value leaves the old one', () => {
    const state = new TestState();
    const alloc = mockAlloc({ ID: 'a1', NodeID: 'n1', DeploymentID: 'd1' });
    state.write((tx) => tx.put('allocs', alloc));
    state.write((tx) => tx.put('allocs', { ...alloc, NodeID: 'n2', DeploymentID: '' }));
    assert.deepEqual(state.snapshot.allocsByNode('n1'), []);
    assert.deepEqual(state.snapshot.allocsByDeployment('d1'), []);
    assert.equal(state.snapshot.allocsByNode('n2').length, 1);
  });

  test('job lists by namespace and prefix never mix names that start alike', () => {
    const state = new TestState();
    for (const [Namespace, ID] of [
      ['default', 'web'],
      ['default', 'web-admin'],
      ['default', 'db'],
      ['default2', 'web'],
      ['dev', 'web'],
    ] as const) {
      state.write((tx) => tx.put('jobs', mockJob({ Namespace, ID })));
    }
    const ids = (list: Iterable<{ Namespace: string; ID: string }>): string[] =>
      [...list].map((job) => `${job.Namespace}/${job.ID}`);
    assert.deepEqual(ids(state.snapshot.jobs({ namespace: 'default' })), [
      'default/db',
      'default/web',
      'default/web-admin',
    ]);
    assert.deepEqual(ids(state.snapshot.jobs({ namespace: 'default', prefix: 'web' })), [
      'default/web',
      'default/web-admin',
    ]);
    assert.deepEqual(ids(state.snapshot.jobs({ prefix: 'we' })), [
      'default/web',
      'default/web-admin',
      'default2/web',
      'dev/web',
    ]);
    assert.deepEqual(ids(state.snapshot.jobs({ from: { namespace: 'default', id: 'web-admin' } })), [
      'default/web-admin',
      'default2/web',
      'dev/web',
    ]);
    assert.equal(state.snapshot.job('default', 'web-')?.ID, undefined);
  });

  test('lists by creation are in order of index, then id, from anywhere and backwards', () => {
    const state = new TestState();
    for (const ids of [['m', 'c'], ['a'], ['z', 'b']]) {
      state.write((tx) =>
        upsertEvals(
          tx,
          ids.map((ID) => mockEval({ ID })),
        ),
      );
    }
    const ids = (list: Iterable<{ ID: string }>): string => [...list].map(({ ID }) => ID).join('');
    assert.equal(ids(state.snapshot.evalsByCreation()), 'cmabz');
    assert.equal(ids(state.snapshot.evalsByCreation({ reverse: true })), 'zbamc');
    assert.equal(ids(state.snapshot.evalsByCreation({ from: { createIndex: 1, id: 'm' } })), 'mabz');
    assert.equal(
      ids(state.snapshot.evalsByCreation({ from: { createIndex: 3, id: 'b' }, reverse: true })),
      'bamc',
    );
    assert.equal(ids(state.snapshot.evalsByCreation({ from: { createIndex: 2, id: '' } })), 'abz');
    assert.equal(ids(state.snapshot.evalsByCreation({ from: { createIndex: 9, id: 'x' } })), '');
  });

  test('nodes are found by pool and by secret, and an empty secret finds none', () => {
    const state = new TestState();
    state.write((tx) => {
      tx.put('nodes', mockNode({ ID: 'a', SecretID: 's', NodePool: 'gpu' }));
      tx.put('nodes', mockNode({ ID: 'b', SecretID: '', NodePool: 'default' }));
    });
    assert.equal(state.snapshot.nodeBySecret('s')?.ID, 'a');
    assert.equal(state.snapshot.nodeBySecret(''), undefined);
    assert.deepEqual(
      state.snapshot.nodesInPool('gpu').map(({ ID }) => ID),
      ['a'],
    );
  });

  test('each table remembers the index of its last change', () => {
    const state = new TestState();
    state.write((tx) => tx.put('nodes', mockNode({ ID: 'a' })));
    state.write((tx) => tx.put('evals', mockEval({ ID: 'e' })));
    state.write((tx) => tx.delete('nodes', 'a'));
    assert.equal(state.snapshot.tableIndex('nodes'), 3);
    assert.equal(state.snapshot.tableIndex('evals'), 2);
    assert.equal(state.snapshot.tableIndex('nodes', 'evals'), 3);
    assert.equal(state.snapshot.tableIndex('allocs'), 1);
  });

  test('tells which nodes changed since an index', () => {
    const state = new TestState();
    state.write((tx) => tx.put('nodes', mockNode({ ID: 'n1' })));
    state.write((tx) => tx.put('allocs', mockAlloc({ ID: 'a', NodeID: 'n2' })));
    const { snapshot } = state;
    state.write((tx) => tx.delete('allocs', 'a'));
    state.write((tx) => tx.put('nodes', mockNode({ ID: 'n3' })));
    assert.deepEqual([...(snapshot.changedNodesSince(0) ?? [])].sort(), ['n1', 'n2']);
    assert.deepEqual([...(state.snapshot.changedNodesSince(2) ?? [])].sort(), ['n2', 'n3']);
    assert.deepEqual([...(state.snapshot.changedNodesSince(4) ?? [])], []);
    for (let i = 0; i < 1100; i++) state.write((tx) => tx.put('evals', mockEval({ ID: String(i) })));
    assert.equal(state.snapshot.changedNodesSince(3), undefined);
    assert.deepEqual([...(state.snapshot.changedNodesSince(1000) ?? [])], []);
  });
});

describe('blocking queries', () => {
  const jobQuery = (id: string) => (snapshot: TestState['snapshot'], watch: WatchSet) => {
    watch.row('jobs', jobKey('default', id));
    const job = snapshot.job('default', id);
    return { index: job?.ModifyIndex ?? snapshot.tableIndex('jobs'), value: job };
  };
  const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('answers at once without an index and when the result is newer', async () => {
    const state = new TestState();
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
    for (const minIndex of [0]) {
      const { index } = await state.store.blockingQuery({ minIndex, maxWaitMs: 1000, run: jobQuery('web') });
      assert.equal(index, 1);
    }
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
    const { index } = await state.store.blockingQuery({ minIndex: 1, maxWaitMs: 1000, run: jobQuery('web') });
    assert.equal(index, 2);
  });

  test('waits for its row, is not woken by others, and answers with the new row', async () => {
    const state = new TestState();
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
    let runs = 0;
    const query = jobQuery('web');
    const answer = state.store.blockingQuery({
      minIndex: 1,
      maxWaitMs: 60_000,
      run: (snapshot, watch) => {
        runs += 1;
        return query(snapshot, watch);
      },
    });
    for (let i = 0; i < 10; i++) state.write((tx) => upsertJob(tx, { job: mockJob({ ID: `other${i}` }) }));
    await flush();
    assert.equal(runs, 1);
    assert.equal(state.store.watchers, 1);
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web', Priority: 77 }) }));
    const { index, value } = await answer;
    assert.deepEqual([index, value?.Priority, runs, state.store.watchers], [12, 77, 2, 0]);
  });

  test('a row that does not exist yet wakes its watcher when it is created', async () => {
    const state = new TestState();
    const answer = state.store.blockingQuery({ minIndex: 1, maxWaitMs: 60_000, run: jobQuery('new') });
    state.write((tx) => tx.put('evals', mockEval()));
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'new' }) }));
    assert.equal((await answer).value?.ID, 'new');
  });

  test('an index watch sees rows come, change and go', async () => {
    const state = new TestState();
    const ask = (minIndex: number): Promise<{ index: number; value: number }> =>
      state.store.blockingQuery({
        minIndex,
        maxWaitMs: 60_000,
        run: (snapshot, watch) => {
          watch.index('allocs', 'node', 'n1');
          return { index: snapshot.index, value: snapshot.allocsByNode('n1').length };
        },
      });
    const alloc = mockAlloc({ ID: 'a', NodeID: 'n1' });
    const came = ask(state.index || 1);
    state.write((tx) => tx.put('allocs', mockAlloc({ NodeID: 'n2' })));
    await flush();
    state.write((tx) => tx.put('allocs', alloc));
    assert.equal((await came).value, 1);
    const moved = ask(state.index);
    state.write((tx) => tx.put('allocs', { ...alloc, NodeID: 'n2' }));
    assert.equal((await moved).value, 0);
  });

  test('answers with what there is when the time is up', async () => {
    const clock = new VirtualClock();
    const state = new TestState(clock);
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
    const answer = state.store.blockingQuery({ minIndex: 5, maxWaitMs: 10_000, run: jobQuery('web') });
    await clock.waitForTimers(1);
    await clock.advance(9_999);
    assert.equal(state.store.watchers, 1);
    await clock.advance(1);
    assert.equal((await answer).index, 1);
    assert.deepEqual([state.store.watchers, clock.pendingTimers], [0, 0]);
  });

  test('rejects with canceled when the caller gives up, and forgets it', async () => {
    const clock = new VirtualClock();
    const state = new TestState(clock);
    const abort = new AbortController();
    const query = { minIndex: 5, maxWaitMs: 10_000, signal: abort.signal, run: jobQuery('web') };
    const answer = state.store.blockingQuery(query);
    await clock.waitForTimers(1);
    abort.abort();
    await assert.rejects(answer, { code: 'canceled' });
    await assert.rejects(state.store.blockingQuery(query), { code: 'canceled' });
    assert.deepEqual([state.store.watchers, clock.pendingTimers], [0, 0]);
  });

  test('a restore answers everybody', async () => {
    const state = new TestState();
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
    const answer = state.store.blockingQuery({ minIndex: 900, maxWaitMs: 60_000, run: jobQuery('web') });
    await flush();
    await state.store.load({ index: 2, rows: (async function* () {})() });
    assert.deepEqual(await answer, { index: 1, value: undefined });
  });

  test('ten thousand waiters of one row wake together, and cost other writes nothing', async () => {
    const state = new TestState();
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
    const answers = Array.from({ length: 10_000 }, () =>
      state.store.blockingQuery({ minIndex: 1, maxWaitMs: 60_000, run: jobQuery('web') }),
    );
    await flush();
    assert.equal(state.store.watchers, 10_000);
    state.write((tx) => tx.put('evals', mockEval()));
    await flush();
    assert.equal(state.store.watchers, 10_000);
    state.write((tx) => upsertJob(tx, { job: mockJob({ ID: 'web' }) }));
    const found = await Promise.all(answers);
    assert.ok(found.every(({ index }) => index === 3));
    assert.equal(state.store.watchers, 0);
  });
});

describe('waiting for an index', () => {
  test('resolves with a snapshot that has it', async () => {
    const state = new TestState();
    const waiting = state.store.snapshotAt(2);
    state.write((tx) => tx.put('evals', mockEval({ ID: 'a' })));
    state.write((tx) => tx.put('evals', mockEval({ ID: 'b' })));
    const snapshot = await waiting;
    assert.equal(snapshot.index, 2);
    assert.equal(await state.store.snapshotAt(1), state.snapshot);
  });

  test('rejects when the caller gives up', async () => {
    const state = new TestState();
    const abort = new AbortController();
    const waiting = state.store.snapshotAt(2, { signal: abort.signal });
    abort.abort();
    await assert.rejects(waiting);
  });
});

describe('commit listeners', () => {
  test('get each commit with rows before and after, until they are removed', () => {
    const state = new TestState();
    const seen: string[] = [];
    const remove = state.store.onCommit(({ index, changes, snapshot }) => {
      assert.equal(snapshot.index, index);
      for (const { table, key, before, after } of changes)
        seen.push(`${index} ${table}/${key} ${before ? 'was' : 'new'} ${after ? 'is' : 'gone'}`);
    });
    state.write((tx) => tx.put('evals', mockEval({ ID: 'a' })));
    state.write((tx) => tx.put('evals', mockEval({ ID: 'a', Priority: 2 })));
    state.write((tx) => tx.delete('evals', 'a'));
    remove();
    state.write((tx) => tx.put('evals', mockEval({ ID: 'a' })));
    assert.deepEqual(seen, ['1 evals/a new is', '2 evals/a was is', '3 evals/a was gone']);
  });
});
