// SPDX-License-Identifier: MPL-2.0
// Scaling on a whole server with fake nodes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Job,
  Job_Register,
  Job_Scale,
  Job_ScaleStatus,
  type JobScaleStatus,
  make,
  Operator_SchedulerSetConfiguration,
  type ReplyOf,
  type RequestOf,
  Scaling_GetPolicy,
  Scaling_ListPolicies,
  ScalingPolicy,
} from '@serai/api';
import { must } from '#base';
import { mockBatchJob, mockJob, mockSystemJob, mockTaskGroup, TestCluster } from '#testing';
import { maxScalingNoteBytes } from './scaling.ts';

const policy = make(ScalingPolicy, { Type: 'horizontal', Min: 1, Max: 5, Enabled: true });

function job(fields: Partial<Job> = {}, Scaling: ScalingPolicy | null = policy): Job {
  return mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: 2, Scaling })], ...fields });
}

function scale(
  cluster: TestCluster,
  fields: Partial<RequestOf<typeof Job_Scale>> = {},
): Promise<ReplyOf<typeof Job_Scale>> {
  return cluster.call(Job_Scale, { JobID: 'web', Target: { Group: 'web' }, ...fields });
}

async function status(cluster: TestCluster, jobId = 'web'): Promise<JobScaleStatus> {
  return must((await cluster.call(Job_ScaleStatus, { JobID: jobId })).JobScaleStatus, 'status');
}

test('scaling makes a new version with that count, and an event', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNodes(2);
  await cluster.run(job());
  const answer = await scale(cluster, { Count: 4, Message: 'more people', Meta: { by: 'me' } });
  await cluster.settle();
  const scaled = cluster.job('web');
  assert.deepEqual([scaled.Version, scaled.TaskGroups?.[0]?.Count], [1, 4]);
  assert.equal(answer.JobModifyIndex, scaled.JobModifyIndex);
  assert.equal(cluster.live('web').length, 4);
  const evaluation = cluster.state.evaluation(answer.EvalID);
  assert.deepEqual([evaluation?.TriggeredBy, evaluation?.Status], ['job-scaling', 'complete']);
  const { TaskGroups, JobStopped, JobModifyIndex, JobCreateIndex } = await status(cluster);
  assert.deepEqual(
    [JobStopped, JobModifyIndex, JobCreateIndex],
    [false, scaled.JobModifyIndex, scaled.CreateIndex],
  );
  const { Events, ...counts } = must(TaskGroups?.['web'], 'group');
  assert.deepEqual(counts, { Desired: 4, Placed: 4, Running: 4, Healthy: 4, Unhealthy: 0 });
  assert.deepEqual(Events, [
    {
      Time: cluster.clock.nowNs(),
      Count: 4,
      PreviousCount: 2,
      Message: 'more people',
      Error: false,
      Meta: { by: 'me' },
      EvalID: answer.EvalID,
      CreateIndex: answer.Index,
    },
  ]);
});

test('without a count only the event is recorded, newest first', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(job());
  await scale(cluster, { Message: 'first' });
  const answer = await scale(cluster, { Message: 'metrics are gone', Error: true });
  assert.deepEqual([answer.EvalID, answer.EvalCreateIndex], ['', 0]);
  assert.equal(cluster.job('web').Version, 0);
  const events = (await status(cluster)).TaskGroups?.['web']?.Events ?? [];
  assert.deepEqual(
    events.map(({ Message, Error: failed, Count, EvalID }) => [Message, failed, Count, EvalID]),
    [
      ['metrics are gone', true, null, null],
      ['first', false, null, null],
    ],
  );
});

const refusals: readonly {
  readonly why: string;
  readonly fields: Partial<RequestOf<typeof Job_Scale>>;
  readonly text: string;
  readonly status?: number;
}[] = [
  { why: 'no job', fields: { JobID: '' }, text: 'missing job ID for scaling' },
  { why: 'no group', fields: { Target: null }, text: 'missing task group name for scaling job' },
  {
    why: 'an unknown group',
    fields: { Target: { Group: 'db' }, Count: 1 },
    text: 'task group "db" specified for scaling does not exist in job',
  },
  { why: 'an unknown job', fields: { JobID: 'x', Count: 1 }, text: 'job "x" not found', status: 404 },
  { why: 'a negative count', fields: { Count: -1 }, text: "scaling action count can't be negative" },
  {
    why: 'an error with a count',
    fields: { Count: 1, Error: true },
    text: 'scaling action should not contain count if error is true',
  },
  {
    why: 'too few',
    fields: { Count: 0 },
    text: 'group count was less than scaling policy minimum: 0 < 1',
  },
  {
    why: 'too many',
    fields: { Count: 6 },
    text: 'group count was greater than scaling policy maximum: 6 > 5',
  },
  {
    why: 'another namespace in the target',
    fields: { Count: 1, Target: { Group: 'web', Namespace: 'prod' } },
    text: 'namespace in payload did not match the one of the request',
  },
  {
    why: 'a novel for a message',
    fields: { Message: 'x'.repeat(maxScalingNoteBytes) },
    text: `message and meta of a scaling event may have ${maxScalingNoteBytes} bytes`,
  },
];

test('what can not be done is refused and leaves no trace', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(job());
  const { index } = cluster.state;
  for (const { why, fields, text, status: code = 400 } of refusals)
    await assert.rejects(scale(cluster, fields), { message: text, status: code }, why);
  assert.equal(cluster.state.index, index);
});

test('system jobs have no count to change', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(mockSystemJob({ ID: 'web' }));
  await assert.rejects(scale(cluster, { Count: 1 }), { message: 'cannot scale jobs of type "system"' });
});

test('a deployment that is under way blocks scaling', async (t) => {
  const cluster = await TestCluster.start(t);
  // Nobody to place it on.
  await cluster.run(job());
  assert.equal(cluster.deployments('web')[0]?.Status, 'running');
  await assert.rejects(scale(cluster, { Count: 3 }), {
    message: 'job scaling blocked due to active deployment',
    status: 400,
  });
  await scale(cluster, { Message: 'a note is taken all the same' });
});

test('job_max_count holds when scaling and when registering', async (t) => {
  const cluster = await TestCluster.start(t, { options: { jobMaxCount: 10 } });
  await cluster.run(job({}, null));
  const message = 'total count was greater than configured job_max_count: 11 > 10';
  await assert.rejects(scale(cluster, { Count: 11 }), { message, status: 400 });
  const large = job({ TaskGroups: [mockTaskGroup({ Count: 11 })] });
  await assert.rejects(cluster.call(Job_Register, { Job: large }), { message, status: 400 });
  const endless = await TestCluster.start(t, { options: { jobMaxCount: 0 } });
  await endless.run(large);
});

test('a closed door is closed for scaling too', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(job());
  await cluster.call(Operator_SchedulerSetConfiguration, {
    Config: { ...cluster.state.schedulerConfig(), RejectJobRegistration: true },
  });
  await assert.rejects(scale(cluster, { Count: 3 }), { status: 403 });
});

test('a batch job is scaled without a deployment', async (t) => {
  const cluster = await TestCluster.start(t);
  const batch = mockBatchJob({ ID: 'web' });
  await cluster.run(batch);
  const Group = must(batch.TaskGroups?.[0], 'group').Name;
  await scale(cluster, { Target: { Group }, Count: 3 });
  assert.equal(cluster.job('web').TaskGroups?.[0]?.Count, 3);
});

test('the status of a job that is not there is null', async (t) => {
  const cluster = await TestCluster.start(t);
  assert.equal((await cluster.call(Job_ScaleStatus, { JobID: 'x' })).JobScaleStatus, null);
});

test('policies are listed by job, type, prefix and namespace, and go with the job', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.run(job());
  await cluster.run(job({ ID: 'api' }));
  await cluster.run(job({ ID: 'plain' }, null));
  const list = async (args: Partial<RequestOf<typeof Scaling_ListPolicies>> = {}) =>
    (await cluster.call(Scaling_ListPolicies, args)).Policies ?? [];
  const all = await list();
  assert.deepEqual(all.map(({ Target }) => Target?.['Job']).sort(), ['api', 'web']);
  const [web] = await list({ Job: 'web' });
  assert.ok(web);
  assert.deepEqual(web.Target, { Namespace: 'default', Job: 'web', Group: 'web' });
  assert.deepEqual(await list({ Prefix: web.ID.slice(0, 8) }), [web]);
  assert.deepEqual(
    [(await list({ Type: 'horizontal' })).length, (await list({ Type: 'cpu' })).length],
    [2, 0],
  );
  assert.deepEqual(
    [(await list({ Namespace: 'prod' })).length, (await list({ Namespace: '*' })).length],
    [0, 2],
  );
  const { Policy } = await cluster.call(Scaling_GetPolicy, { ID: web.ID });
  assert.deepEqual([Policy?.Min, Policy?.Max, Policy?.Enabled], [1, 5, true]);
  await cluster.stopJob('web', { purge: true });
  assert.equal((await cluster.call(Scaling_GetPolicy, { ID: web.ID })).Policy, null);
});
