// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evaluation } from '@serai/api';
import { AppError } from '#base';
import { type Batch, type CommitOutcome, MemoryEngine } from '#engine';
import { upsertEvals } from '#state';
import { mockEvalOf, mockJob, mockTaskGroup, mockUpdate, TestCluster } from '#testing';
import { defaultEvalBrokerOptions } from './eval-broker.ts';
import { failedFollowUpMs } from './worker.ts';

const second = 1_000;

const web = (count: number, ID = 'web'): Parameters<TestCluster['run']>[0] =>
  mockJob({
    ID,
    Name: ID,
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }) })],
  });

/** Commits that write one of these rows fail while it is broken. */
class BreakableEngine extends MemoryEngine {
  broken: RegExp | undefined;
  failures = 0;

  override commit(batch: Batch): Promise<CommitOutcome> {
    if (batch.changes.some(({ key }) => this.broken?.test(key))) {
      this.failures += 1;
      return Promise.reject(new AppError('internal', 'no space left on device'));
    }
    return super.commit(batch);
  }
}

test('an evaluation that fails again and again is given up, and tried anew later', async (t) => {
  const engine = new BreakableEngine();
  const cluster = await TestCluster.start(t, { dependencies: { engine } });
  await cluster.addNode();
  engine.broken = /^allocs\//;
  await cluster.register(web(1));
  const { initialNackDelayMs, subsequentNackDelayMs } = defaultEvalBrokerOptions;
  await cluster.clock.advance(initialNackDelayMs + subsequentNackDelayMs + 2 * second);
  const [failed, followUp] = cluster.evals('web');
  assert.equal(engine.failures, defaultEvalBrokerOptions.deliveryLimit);
  assert.deepEqual([failed?.Status, failed?.NextEval], ['failed', followUp?.ID]);
  assert.match(failed?.StatusDescription ?? '', /delivery limit/);
  assert.deepEqual(
    [followUp?.TriggeredBy, followUp?.Status, followUp?.PreviousEval],
    ['failed-follow-up', 'pending', failed?.ID],
  );
  assert.equal(cluster.live('web').length, 0);
  engine.broken = undefined;
  await cluster.advance(failedFollowUpMs + second, 5 * second);
  assert.equal(cluster.live('web').length, 1);
  assert.equal(cluster.state.evaluation(followUp?.ID ?? '')?.Status, 'complete');
});

test('a failed write of the outcome leaves nothing undone: the evaluation runs again and finds its work done', async (t) => {
  const engine = new BreakableEngine();
  const cluster = await TestCluster.start(t, { dependencies: { engine } });
  await cluster.addNode();
  let broke = false;
  cluster.server.context.store.onCommit(({ changes }) => {
    // The plan is committed; what comes next fails once.
    if (broke || !changes.some(({ table }) => table === 'allocs')) return;
    broke = true;
    engine.broken = /^evals\//;
  });
  await cluster.register(web(2));
  for (let i = 0; i < 20 && engine.failures === 0; i++) await new Promise((resolve) => setImmediate(resolve));
  engine.broken = undefined;
  assert.equal(engine.failures, 1);
  await cluster.clock.advance(5 * second);
  await cluster.settle();
  assert.equal(cluster.allocs('web').length, 2, 'placed once');
  assert.equal(cluster.evals('web')[0]?.Status, 'complete');
});

test('an evaluation that was canceled or deleted while it was queued is not worked on', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const { broker, writes } = cluster.server.context;
  broker.setPaused(true);
  await cluster.register(web(1));
  await cluster.register(web(1, 'other'));
  const [evaluation] = cluster.evals('web');
  assert.ok(evaluation);
  await writes.write('test', (tx) => upsertEvals(tx, [{ ...evaluation, Status: 'canceled' }]));
  await writes.write('test', (tx) => {
    for (const { ID } of cluster.evals('other')) tx.delete('evals', ID);
  });
  broker.setPaused(false);
  await cluster.settle();
  assert.deepEqual([cluster.allocs('web').length, cluster.allocs('other').length], [0, 0]);
  assert.equal(cluster.evals('web')[0]?.Status, 'canceled');
  assert.deepEqual(cluster.evals('other'), []);
});

test('an evaluation of a type that nobody schedules ends as failed', async (t) => {
  const cluster = await TestCluster.start(t);
  const strange: Evaluation = mockEvalOf(web(1), { Type: '_core' });
  await cluster.server.context.writes.write('test', (tx) => upsertEvals(tx, [strange]));
  await cluster.settle();
  const stored = cluster.state.evaluation(strange.ID);
  assert.deepEqual(
    [stored?.Status, stored?.StatusDescription],
    ['failed', 'no scheduler for evaluations of type "_core"'],
  );
});

test('capacity that comes while a blocked evaluation is worked on wakes it again', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(web(1));
  const [blocked] = cluster.blockedEvals();
  assert.ok(blocked);
  const { context } = cluster.server;
  // The worker has it: it left the blocked ones and is with nobody else.
  context.blocked.unblockAll(context.store.index);
  assert.equal(context.blocked.has(blocked.ID), false);
  await cluster.addNode();
  await cluster.settle();
  assert.equal(cluster.live('web').length, 1);
  assert.deepEqual(cluster.blockedEvals(), []);
});

test('many workers on one job place it once', async (t) => {
  const cluster = await TestCluster.start(t, {
    options: { numSchedulers: 8, evalBroker: { ...defaultEvalBrokerOptions, nackTimeoutMs: 1 } },
  });
  await cluster.addNodes(3);
  await cluster.register(web(5));
  // Time-outs take the evaluation from its worker again and again while the plans are in flight.
  for (let i = 0; i < 30; i++) await cluster.clock.advance(1);
  await cluster.advance(60 * second, second);
  assert.equal(cluster.allocs('web').length, 5);
  assert.equal(cluster.live('web').length, 5);
});
