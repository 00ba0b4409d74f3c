// SPDX-License-Identifier: MPL-2.0
// Parameterized jobs on a whole server with a fake node: dispatched, run, refused, collected.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Job,
  Job_Dispatch,
  Job_Evaluate,
  make,
  Operator_SchedulerSetConfiguration,
  ParameterizedJobConfig,
  Periodic_Force,
  PeriodicConfig,
  type ReplyOf,
  type RequestOf,
  System_GarbageCollect,
} from '@serai/api';
import { mockBatchJob, TestCluster } from '#testing';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 1);
const group = (mockBatchJob().TaskGroups ?? []).map((one) => ({ ...one, Count: 1 }));

function parameterized(fields: Partial<ParameterizedJobConfig> = {}, job: Partial<Job> = {}): Job {
  const ParameterizedJob = make(ParameterizedJobConfig, { Payload: 'optional', ...fields });
  return mockBatchJob({ ID: 'encode', TaskGroups: group, Meta: null, ParameterizedJob, ...job });
}

function send(
  cluster: TestCluster,
  fields: Partial<RequestOf<typeof Job_Dispatch>> = {},
): Promise<ReplyOf<typeof Job_Dispatch>> {
  return cluster.call(Job_Dispatch, { JobID: 'encode', ...fields });
}

const children = (cluster: TestCluster): Job[] => [...cluster.state.jobsByParent('default', 'encode')];

test('a parameterized job itself places nothing and counts as running', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const registered = await cluster.register(parameterized());
  await cluster.settle();
  assert.equal(registered.EvalID, '');
  assert.equal(cluster.job('encode').Status, 'running');
  assert.deepEqual([cluster.evals('encode'), cluster.allocs('encode')], [[], []]);
});

test('a dispatch runs a child with its payload and metadata', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(
    parameterized({ MetaRequired: ['input'], MetaOptional: ['quality'] }, { Meta: { quality: 'low' } }),
  );
  const answer = await send(cluster, { Payload: 'aGVsbG8=', Meta: { input: 'a.mov' } });
  await cluster.settle();
  assert.match(answer.DispatchedJobID, new RegExp(`^encode/dispatch-${start / 1000}-[0-9a-f]{8}$`));
  const child = cluster.job(answer.DispatchedJobID);
  assert.deepEqual(
    [child.ParentID, child.Dispatched, child.Payload, child.Meta, child.Status],
    ['encode', true, 'aGVsbG8=', { input: 'a.mov', quality: 'low' }, 'running'],
  );
  assert.equal(child.CreateIndex, answer.JobCreateIndex);
  assert.equal(child.SubmitTime, start * 1e6);
  const evaluation = cluster.state.evaluation(answer.EvalID);
  assert.deepEqual(
    [evaluation?.JobID, evaluation?.TriggeredBy, evaluation?.Status, evaluation?.CreateIndex],
    [child.ID, 'job-register', 'complete', answer.EvalCreateIndex],
  );
  const [alloc] = node.allocs;
  assert.deepEqual(
    [alloc?.JobID, alloc?.Job?.Payload],
    [child.ID, 'aGVsbG8='],
    'the client gets the payload',
  );
  assert.deepEqual(cluster.state.jobSummary('default', 'encode')?.Children, {
    Pending: 0,
    Running: 1,
    Dead: 0,
  });
});

test('a child can be evaluated and stopped like any job, and goes with the garbage when it is over', async (t) => {
  const cluster = await TestCluster.start(t);
  const node = await cluster.addNode();
  await cluster.run(parameterized());
  const { DispatchedJobID: first } = await send(cluster, { IdPrefixTemplate: 'nightly' });
  assert.match(first, /^encode\/dispatch-nightly-/);
  await cluster.settle();
  await cluster.evaluate(first);
  await cluster.stopJob(first);
  assert.equal(cluster.job(first).Status, 'dead');
  node.outcome = () => ({ status: 'complete' });
  const { DispatchedJobID: second } = await send(cluster);
  await cluster.settle();
  assert.equal(cluster.job(second).Status, 'dead');
  await cluster.call(System_GarbageCollect, {});
  await cluster.settle();
  assert.deepEqual(children(cluster), []);
  assert.equal(cluster.job('encode').Status, 'running');
});

test('the same idempotency token starts one child, however often and whatever else is asked', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(parameterized());
  await cluster.run(parameterized({}, { ID: 'other' }));
  const [first, ...repeated] = await Promise.all([
    send(cluster, { IdempotencyToken: 'upload-7' }),
    send(cluster, { IdempotencyToken: 'upload-7' }),
    send(cluster, { IdempotencyToken: 'upload-7', Payload: 'aGk=' }),
  ]);
  assert.ok(first);
  assert.notEqual(first.EvalID, '');
  for (const answer of repeated) {
    assert.equal(answer.DispatchedJobID, first.DispatchedJobID);
    assert.deepEqual([answer.EvalID, answer.EvalCreateIndex], ['', 0]);
    assert.equal(answer.JobCreateIndex, first.JobCreateIndex);
  }
  await cluster.settle();
  const later = await send(cluster, { IdempotencyToken: 'upload-7' });
  assert.equal(later.DispatchedJobID, first.DispatchedJobID);
  assert.equal(children(cluster).length, 1);
  await send(cluster, { IdempotencyToken: 'upload-8' });
  await send(cluster);
  await send(cluster);
  assert.equal(children(cluster).length, 4, 'another token or none is another child');
  const elsewhere = await send(cluster, { JobID: 'other', IdempotencyToken: 'upload-7' });
  assert.match(elsewhere.DispatchedJobID, /^other\//);
});

test('a token is free again when its child was collected', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(parameterized());
  const first = await send(cluster, { IdempotencyToken: 'once' });
  await cluster.stopJob(first.DispatchedJobID, { purge: true });
  const second = await send(cluster, { IdempotencyToken: 'once' });
  assert.notEqual(second.DispatchedJobID, first.DispatchedJobID);
});

test('what can not be dispatched is said in Nomad’s words', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(mockBatchJob({ ID: 'plain', TaskGroups: group }));
  await cluster.run(parameterized({ Payload: 'required', MetaRequired: ['input'] }));
  await cluster.run(parameterized({ Payload: 'forbidden' }, { ID: 'bare' }));
  const Meta = { input: 'x' };
  const Payload = 'aGk=';
  const cases: readonly (readonly [Partial<RequestOf<typeof Job_Dispatch>>, string])[] = [
    [{ JobID: '' }, 'missing parameterized job ID'],
    [{ JobID: 'nope' }, 'parameterized job not found'],
    [{ Namespace: 'other', Payload, Meta }, 'parameterized job not found'],
    [{ JobID: 'plain' }, 'Specified job "plain" is not a parameterized job'],
    [{ Meta }, 'Payload is not provided but required by parameterized job'],
    [{ JobID: 'bare', Payload }, 'Payload provided but forbidden by parameterized job'],
    [{ Payload }, 'Dispatch did not provide required meta keys: [input]'],
    [{ Payload, Meta: { ...Meta, a: '' } }, 'Dispatch request included unpermitted metadata keys: [a]'],
    [
      { Payload: Buffer.alloc(20_000).toString('base64'), Meta },
      'Payload exceeds maximum size; 20000 > 16384',
    ],
  ];
  for (const [fields, message] of cases) {
    await assert.rejects(send(cluster, fields), { status: 500, message });
  }
  const { DispatchedJobID } = await send(cluster, { Payload, Meta });
  await assert.rejects(send(cluster, { JobID: DispatchedJobID }), /is not a parameterized job$/);
  await assert.rejects(
    cluster.call(Periodic_Force, { JobID: 'encode' }),
    /can't force launch non-periodic job/,
  );
  await assert.rejects(cluster.call(Job_Evaluate, { JobID: 'encode' }), /can't evaluate parameterized job/);
  await cluster.stopJob('encode');
  await assert.rejects(send(cluster, { Payload, Meta }), { message: 'Specified job "encode" is stopped' });
  assert.equal(children(cluster).length, 1, 'a refused request leaves nothing behind');
});

test('an operator who closed the door for jobs closed it for dispatches too', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(parameterized());
  const Config = { ...cluster.state.schedulerConfig(), RejectJobRegistration: true };
  await cluster.call(Operator_SchedulerSetConfiguration, { Config });
  await assert.rejects(send(cluster), {
    code: 'denied',
    message: 'Job registration, dispatch, and scale are disabled by the scheduler configuration',
  });
  assert.deepEqual(children(cluster), []);
});

test('a job that is periodic as well is launched by the clock once it is dispatched', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const Periodic = make(PeriodicConfig, {
    Enabled: true,
    Specs: ['@hourly'],
    SpecType: 'cron',
    TimeZone: 'UTC',
  });
  await cluster.run(parameterized({ MetaRequired: ['input'] }, { Periodic }));
  await cluster.advance(2 * hour, hour / 4);
  assert.deepEqual(children(cluster), [], 'the template itself is not launched');
  await assert.rejects(cluster.call(Periodic_Force, { JobID: 'encode' }), /it is parameterized$/);
  const answer = await send(cluster, { Meta: { input: 'a' } });
  assert.equal(answer.EvalID, '');
  await cluster.advance(hour, hour / 4);
  const [child] = children(cluster);
  assert.deepEqual([child?.Status, child?.Dispatched], ['running', true]);
  const launched = cluster.state.jobsByParent('default', answer.DispatchedJobID);
  assert.deepEqual(
    launched.map((job) => [job.ID, job.Status, job.Meta]),
    [[`${answer.DispatchedJobID}/periodic-${(start + 3 * hour) / 1000}`, 'running', { input: 'a' }]],
  );
});
