// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Job, make, Namespace, NodePool, SchedulerConfiguration } from '@serai/api';
import { setSchedulerConfig, upsertNamespaces, upsertNodePools } from '#state';
import { mockBatchJob, mockJob, mockTask, mockTaskGroup, TestCluster } from '#testing';
import { admitSpecification, checkEvalPriority, checkJob, withServerFields } from './admission.ts';

/** As a user writes it: next to nothing. */
const bare = (fields: Partial<Job> = {}): Job => ({
  ...mockBatchJob({ ID: 'bare' }),
  Region: '',
  Namespace: '',
  NodePool: '',
  Priority: 0,
  ...fields,
});

describe('defaults', () => {
  test('fill in what a user leaves out', async (t) => {
    const { server } = await TestCluster.start(t);
    const { job } = admitSpecification(server.context, bare(), '');
    assert.deepEqual(
      [job.Region, job.Namespace, job.NodePool, job.Priority],
      ['global', 'default', 'default', 50],
    );
    const { job: again } = admitSpecification(server.context, job, 'default');
    assert.deepEqual(again, job, 'a second time changes nothing');
  });

  test('the pool is that of the namespace', async (t) => {
    const { server } = await TestCluster.start(t);
    const NodePoolConfiguration = { Default: 'gpu', Allowed: null, Denied: null };
    await server.context.writes.write('test', (tx) => {
      upsertNodePools(tx, [make(NodePool, { Name: 'gpu' })]);
      upsertNamespaces(tx, [make(Namespace, { Name: 'ml', NodePoolConfiguration })]);
    });
    const { job } = admitSpecification(server.context, bare({ Namespace: 'ml' }), 'ml');
    assert.equal(job.NodePool, 'gpu');
    const { job: named } = admitSpecification(
      server.context,
      bare({ Namespace: 'ml', NodePool: 'default' }),
      'ml',
    );
    assert.equal(named.NodePool, 'default');
  });

  test('secrets are not stored', async (t) => {
    const { server } = await TestCluster.start(t);
    const { job } = admitSpecification(server.context, bare({ ConsulToken: 'a', VaultToken: 'b' }), '');
    assert.deepEqual([job.ConsulToken, job.VaultToken], ['', '']);
  });
});

describe('rules of the cluster', () => {
  const errorsOf = async (
    t: Parameters<typeof TestCluster.start>[0],
    fields: Partial<Job>,
  ): Promise<string> => {
    const { server } = await TestCluster.start(t);
    return checkJob(server.context, mockJob({ ID: 'web', ...fields })).errors.join('; ');
  };

  test('namespace, pool and region must be there', async (t) => {
    assert.equal(await errorsOf(t, {}), '');
    assert.match(await errorsOf(t, { Namespace: 'nope' }), /nonexistent namespace "nope"/);
    assert.match(await errorsOf(t, { NodePool: 'nope' }), /nonexistent node pool "nope"/);
    assert.equal(await errorsOf(t, { NodePool: 'all' }), '');
    assert.match(await errorsOf(t, { Region: 'mars' }), /job region "mars" is not this region \("global"\)/);
  });

  test('priorities end where the operator says', async (t) => {
    const { server } = await TestCluster.start(t, { options: { jobMaxPriority: 60 } });
    assert.deepEqual(checkJob(server.context, mockJob({ Priority: 60 })).errors, []);
    assert.equal(checkJob(server.context, mockJob({ Priority: 61 })).errors.length, 1);
  });

  test('a job keeps its type', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.register(mockJob({ ID: 'web' }));
    const { errors } = checkJob(cluster.server.context, mockBatchJob({ ID: 'web' }));
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', /type/);
  });

  test('memory beyond the reservation is worth a warning unless the cluster allows it', async (t) => {
    const { server } = await TestCluster.start(t);
    const task = mockTask();
    const Resources = task.Resources && { ...task.Resources, MemoryMaxMB: 999 };
    const job = mockJob({ TaskGroups: [mockTaskGroup({ Tasks: [{ ...task, Resources }] })] });
    assert.equal(checkJob(server.context, job).warnings.length, 1);
    await server.context.writes.write('test', (tx) =>
      setSchedulerConfig(tx, make(SchedulerConfiguration, { MemoryOversubscriptionEnabled: true })),
    );
    assert.deepEqual(checkJob(server.context, job).warnings, []);
  });
});

test('the namespace that is written to is the one that was asked for', async (t) => {
  const { server } = await TestCluster.start(t);
  const admit = (asked: string, job: Job): unknown => admitSpecification(server.context, job, asked);
  admit('', bare());
  admit('default', bare());
  for (const [asked, named] of [
    ['default', 'prod'],
    ['', 'prod'],
    ['prod', ''],
    ['prod', 'default'],
  ] as const) {
    assert.throws(() => admit(asked, bare({ Namespace: named })), /mismatched request namespace/);
  }
});

test('priorities of evaluations', () => {
  for (const priority of [0, 1, 50, 100]) checkEvalPriority(priority);
  for (const priority of [-1, 101, 1_000]) {
    assert.throws(() => checkEvalPriority(priority), {
      status: 400,
      message: `eval priority must be between 1 and 100 inclusively; got ${priority}`,
    });
  }
});

test('what servers say is kept from the stored job, and never taken from a user', () => {
  const submitted = mockJob({
    ParentID: 'x',
    Dispatched: true,
    DispatchIdempotencyToken: 'y',
    Stable: true,
    Status: 'dead',
  });
  const stored = mockJob({ ParentID: 'parent', Dispatched: true, DispatchIdempotencyToken: 'token' });
  const fresh = withServerFields(submitted, undefined);
  assert.deepEqual(
    [fresh.ParentID, fresh.Dispatched, fresh.DispatchIdempotencyToken, fresh.Stable, fresh.Status],
    ['', false, '', false, ''],
  );
  const again = withServerFields(submitted, stored);
  assert.deepEqual(
    [again.ParentID, again.Dispatched, again.DispatchIdempotencyToken],
    ['parent', true, 'token'],
  );
});
