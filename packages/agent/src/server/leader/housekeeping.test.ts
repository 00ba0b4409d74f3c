// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evaluation } from '@serai/api';
import { AppError, type Metrics, nullMetrics } from '#base';
import { upsertEvals } from '#state';
import { mockEval, TestCluster } from '#testing';
import type { ServerContext } from '../context.ts';
import { Housekeeping } from './housekeeping.ts';

/** The context of a server, with what broker and blocked evaluations hand back. */
function contextWith(
  cluster: TestCluster,
  of: { canceled?: Evaluation[]; duplicates?: Evaluation[]; overrides?: Partial<ServerContext> },
): ServerContext {
  const { context } = cluster.server;
  return {
    ...context,
    broker: Object.assign(Object.create(context.broker) as typeof context.broker, {
      takeCanceled: () => of.canceled?.splice(0) ?? [],
      publishMetrics: () => {},
    }),
    blocked: Object.assign(Object.create(context.blocked) as typeof context.blocked, {
      takeDuplicates: () => of.duplicates?.splice(0) ?? [],
      stats: () => ({ blocked: 3, escaped: 1 }),
    }),
    ...of.overrides,
  };
}

const far = '2100-01-01T00:00:00Z';
const open = (ID: string): Evaluation => mockEval({ ID, JobID: ID, WaitUntil: far });

async function store(cluster: TestCluster, ...evals: Evaluation[]): Promise<void> {
  await cluster.server.context.writes.write('test', (tx) => upsertEvals(tx, evals));
}

test('needless evaluations are canceled in state, each with its reason', async (t) => {
  const cluster = await TestCluster.start(t);
  await store(cluster, open('older'), open('twice'));
  await new Housekeeping(
    contextWith(cluster, { canceled: [open('older')], duplicates: [open('twice')] }),
  ).run();
  const texts = ['older', 'twice'].map((id) => {
    const evaluation = cluster.state.evaluation(id);
    return `${evaluation?.Status}: ${evaluation?.StatusDescription}`;
  });
  assert.deepEqual(texts, [
    'canceled: canceled after more recent eval was processed',
    'canceled: existing blocked evaluation exists for this job',
  ]);
});

test('what ended or went meanwhile stays so', async (t) => {
  const cluster = await TestCluster.start(t);
  await store(cluster, { ...open('done'), Status: 'complete' });
  const { index } = cluster.state;
  await new Housekeeping(contextWith(cluster, { canceled: [open('done'), open('deleted')] })).run();
  assert.equal(cluster.state.evaluation('done')?.Status, 'complete');
  assert.equal(cluster.state.evaluation('deleted'), undefined);
  assert.equal(cluster.state.index, index);
});

test('when the queue is full they are kept for the next round', async (t) => {
  const cluster = await TestCluster.start(t);
  await store(cluster, open('older'));
  const { writes } = cluster.server.context;
  let full = true;
  const limited = Object.assign(Object.create(writes) as typeof writes, {
    write: (...args: Parameters<typeof writes.write>) =>
      full ? Promise.reject(new AppError('limit', 'too many writes')) : writes.write(...args),
  });
  Object.defineProperty(limited, 'depth', { value: 0 });
  const housekeeping = new Housekeeping(
    contextWith(cluster, { canceled: [open('older')], overrides: { writes: limited } }),
  );
  await housekeeping.run();
  assert.equal(cluster.state.evaluation('older')?.Status, 'pending');
  full = false;
  await housekeeping.run();
  assert.equal(cluster.state.evaluation('older')?.Status, 'canceled');
});

test('the gauges are set', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  const seen = new Map<string, number>();
  const metrics: Metrics = { ...nullMetrics, gauge: (name, value) => void seen.set(name, value) };
  await new Housekeeping(contextWith(cluster, { overrides: { metrics } })).run();
  assert.deepEqual(
    [
      seen.get('nomad.nomad.blocked_evals.total_blocked'),
      seen.get('nomad.nomad.blocked_evals.total_escaped'),
      seen.get('nomad.nomad.heartbeat.active'),
      seen.get('nomad.nomad.plan.queue_depth'),
    ],
    [3, 1, 2, 0],
  );
});
