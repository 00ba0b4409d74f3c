// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Job,
  Job_Allocations,
  Job_BatchDeregister,
  Job_Deployments,
  Job_Deregister,
  Job_Evaluate,
  Job_Evaluations,
  Job_GetJob,
  Job_GetJobSubmission,
  Job_GetJobVersions,
  Job_LatestDeployment,
  Job_List,
  Job_Plan,
  Job_Register,
  Job_Revert,
  Job_Summary,
  Job_Validate,
  type JobSubmission,
  make,
  Namespace,
  Operator_SchedulerSetConfiguration,
  ParameterizedJobConfig,
  PeriodicConfig,
  Resources,
  SchedulerConfiguration,
} from '@serai/api';
import { upsertNamespaces } from '#state';
import {
  GatedEngine,
  mockBatchJob,
  mockEval,
  mockJob,
  mockSystemJob,
  mockTask,
  mockTaskGroup,
  mockUpdate,
  TestCluster,
} from '#testing';

const web = (count = 1, fields: Partial<Job> = {}): Job =>
  mockJob({
    ID: 'web',
    TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate({ MaxParallel: 0 }) })],
    ...fields,
  });

function source(text: string): JobSubmission {
  return {
    Source: text,
    Format: 'hcl2',
    VariableFlags: { a: 'b' },
    Variables: '',
    Namespace: '',
    JobID: '',
    Version: 0,
    JobModifyIndex: 0,
  };
}

describe('registering a job', () => {
  test('answers with its evaluation and indexes', async (t) => {
    const cluster = await TestCluster.start(t);
    const reply = await cluster.register(web(), { EvalPriority: 77 });
    const evaluation = cluster.state.evaluation(reply.EvalID);
    assert.deepEqual(
      [evaluation?.Priority, evaluation?.TriggeredBy, evaluation?.JobModifyIndex, evaluation?.CreateIndex],
      [77, 'job-register', reply.JobModifyIndex, reply.EvalCreateIndex],
    );
    const job = cluster.job('web');
    assert.deepEqual([job.JobModifyIndex, job.Version], [reply.JobModifyIndex, 0]);
    assert.ok(job.SubmitTime > 0);
    assert.equal(reply.Warnings, '');
  });

  test('takes nothing that only servers say', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.register(
      web(1, {
        Stable: true,
        Status: 'running',
        Version: 9,
        CreateIndex: 7,
        ModifyIndex: 7,
        JobModifyIndex: 7,
        ParentID: 'someone',
        Dispatched: true,
        ConsulToken: 'secret',
        VaultToken: 'secret',
      }),
    );
    const job = cluster.job('web');
    assert.deepEqual(
      [job.Stable, job.Status, job.Version, job.ParentID, job.Dispatched, job.ConsulToken, job.VaultToken],
      [false, 'pending', 0, '', false, '', ''],
    );
    assert.notEqual(job.CreateIndex, 7);
  });

  test('refuses what is not valid, with all reasons, and stores nothing', async (t) => {
    const cluster = await TestCluster.start(t);
    const bad = web(1, { Type: 'nope', Priority: 1_000, NodePool: 'nowhere', Region: 'mars' });
    await assert.rejects(cluster.register(bad), (error: { status: number; message: string }) => {
      assert.equal(error.status, 500);
      for (const part of ['nope', 'priority', 'nonexistent node pool "nowhere"', 'job region "mars"']) {
        assert.ok(error.message.includes(part), part);
      }
      return true;
    });
    await assert.rejects(cluster.call(Job_Register, { Job: null }), /missing job/);
    await assert.rejects(cluster.register(web(), { EvalPriority: 101 }), { status: 400 });
    assert.deepEqual([...cluster.state.jobs()], []);
    assert.deepEqual([...cluster.state.evalsByPrefix('')], []);
  });

  test('keeps to the namespace that was asked for, which must exist', async (t) => {
    const cluster = await TestCluster.start(t);
    await assert.rejects(cluster.register(web(1, { Namespace: 'prod' })), /nonexistent namespace "prod"/);
    await cluster.server.context.writes.write('test', (tx) =>
      upsertNamespaces(tx, [make(Namespace, { Name: 'prod' })]),
    );
    await cluster.register(web(1, { Namespace: 'prod' }));
    assert.ok(cluster.state.job('prod', 'web'));
    for (const asked of ['', 'default']) {
      await assert.rejects(cluster.register(web(1, { Namespace: 'prod' }), { Namespace: asked }), {
        status: 400,
        message: /mismatched request namespace/,
      });
    }
    assert.equal((await cluster.call(Job_List, { Namespace: '*' })).Jobs?.length, 1);
    assert.equal((await cluster.call(Job_List, {})).Jobs?.length, 0);
    assert.equal((await cluster.call(Job_GetJob, { JobID: 'web' })).Job, null);
  });

  test('a template that is launched later gets no evaluation', async (t) => {
    const cluster = await TestCluster.start(t);
    const Periodic = make(PeriodicConfig, { Enabled: true, Spec: '0 0 1 1 *', SpecType: 'cron' });
    const ParameterizedJob = make(ParameterizedJobConfig, { Payload: 'optional' });
    for (const fields of [{ Periodic }, { ParameterizedJob }]) {
      const job = mockBatchJob({ ID: `template-${Object.keys(fields)[0]}`, ...fields });
      const reply = await cluster.register(job);
      assert.deepEqual([reply.EvalID, reply.EvalCreateIndex], ['', 0]);
      assert.equal(cluster.job(job.ID).Status, 'running');
      await assert.rejects(
        cluster.call(Job_Evaluate, { JobID: job.ID }),
        /can't evaluate (periodic|parameterized) job/,
      );
      const stopped = await cluster.call(Job_Deregister, { JobID: job.ID });
      assert.equal(stopped.EvalID, '');
      assert.equal(cluster.job(job.ID).Status, 'dead');
    }
  });

  test('keeps the source of each version, unless it is too large', async (t) => {
    const cluster = await TestCluster.start(t, { options: { jobMaxSourceBytes: 100 } });
    await cluster.register(web(1), { Submission: source('one') });
    await cluster.register(web(2), { Submission: source('two') });
    const submission = async (Version: number): Promise<string | undefined> =>
      (await cluster.call(Job_GetJobSubmission, { JobID: 'web', Version })).Submission?.Source;
    assert.deepEqual(
      [await submission(0), await submission(1), await submission(7)],
      ['one', 'two', undefined],
    );
    const reply = await cluster.register(web(3), { Submission: source('x'.repeat(101)) });
    assert.match(
      reply.Warnings,
      /job source size of 101 bytes exceeds maximum of 100 bytes and will be discarded/,
    );
    assert.deepEqual([cluster.job('web').Version, await submission(2)], [2, undefined]);
    await cluster.call(Job_Revert, { JobID: 'web', JobVersion: 0 });
    assert.equal(await submission(3), 'one', 'a revert brings the source along');
  });

  test('is closed when the operator says so; planning is not', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.register(web());
    await cluster.call(Operator_SchedulerSetConfiguration, {
      Config: make(SchedulerConfiguration, { RejectJobRegistration: true }),
    });
    const refusal = {
      status: 403,
      message: 'Job registration, dispatch, and scale are disabled by the scheduler configuration',
    };
    await assert.rejects(cluster.register(web(2)), refusal);
    await assert.rejects(cluster.call(Job_Revert, { JobID: 'web', JobVersion: 0 }), refusal);
    await cluster.call(Job_Plan, { Job: web(2), Namespace: 'default' });
  });

  test('too many writes at once: the rest is told to come again, with status 429', async (t) => {
    const engine = new GatedEngine();
    const cluster = await TestCluster.start(t, { dependencies: { engine } });
    await cluster.settle();
    engine.hold();
    const { writes } = cluster.server.context;
    const first = writes.write('held', () => 'first');
    const many = Array.from({ length: 9_000 }, () => cluster.call(Job_Evaluate, { JobID: 'none' }));
    const outcomes = Promise.allSettled(many);
    await new Promise((resolve) => setImmediate(resolve));
    engine.release();
    await first;
    const failures = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { status: number; code: string }) : undefined,
    );
    const limited = failures.filter((failure) => failure?.code === 'limit');
    assert.ok(limited.length > 0);
    assert.ok(limited.every((failure) => failure?.status === 429));
    assert.ok(limited.length < many.length, 'those that found room were worked on');
  });
});

describe('validating and planning', () => {
  test('validation tells errors and warnings without storing', async (t) => {
    const cluster = await TestCluster.start(t);
    const good = await cluster.call(Job_Validate, { Job: web() });
    assert.deepEqual([good.ValidationErrors, good.Error, good.DriverConfigValidated], [null, '', true]);
    const bad = await cluster.call(Job_Validate, { Job: web(-1) });
    assert.ok((bad.ValidationErrors?.length ?? 0) > 0);
    assert.match(bad.Error, /error occurred/);
    assert.deepEqual([...cluster.state.jobs()], []);
  });

  test('a plan says what would happen and changes nothing', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    const before = cluster.state.index;
    const first = await cluster.call(Job_Plan, { Job: web(3), Diff: true });
    assert.equal(first.Annotations?.DesiredTGUpdates?.['web']?.Place, 3);
    assert.equal(first.Diff?.Type, 'Added');
    assert.equal(first.JobModifyIndex, 0);
    assert.equal(cluster.state.index, before);
    await cluster.run(web(3));
    const index = cluster.job('web').JobModifyIndex;
    const same = await cluster.call(Job_Plan, { Job: web(3), Diff: true });
    assert.deepEqual([same.Diff?.Type, same.JobModifyIndex], ['None', index]);
    assert.equal(same.Annotations?.DesiredTGUpdates?.['web']?.Ignore, 3);
    const changed = web(4, {
      TaskGroups: [
        mockTaskGroup({
          Count: 4,
          Update: mockUpdate({ MaxParallel: 0 }),
          Tasks: [mockTask({ Env: { A: 'B' } })],
        }),
      ],
    });
    const update = await cluster.call(Job_Plan, { Job: changed, Diff: false });
    assert.deepEqual(
      [
        update.Annotations?.DesiredTGUpdates?.['web']?.DestructiveUpdate,
        update.Annotations?.DesiredTGUpdates?.['web']?.Place,
        update.Diff,
      ],
      [3, 1, null],
    );
    assert.equal(cluster.job('web').Version, 0);
  });

  test('a plan explains what finds no room', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    const huge = mockTask({ Resources: make(Resources, { CPU: 99_000, MemoryMB: 64 }) });
    const reply = await cluster.call(Job_Plan, {
      Job: web(2, { TaskGroups: [mockTaskGroup({ Count: 2, Tasks: [huge] })] }),
    });
    const metric = reply.FailedTGAllocs?.['web'];
    assert.deepEqual(
      [metric?.NodesEvaluated, metric?.DimensionExhausted, metric?.CoalescedFailures],
      [1, { cpu: 1 }, 1],
    );
    assert.equal(reply.CreatedEvals?.[0]?.Status, 'blocked');
    assert.deepEqual([...cluster.state.evalsByPrefix('')], []);
    await assert.rejects(cluster.call(Job_Plan, { Job: null }), /missing job/);
    await assert.rejects(cluster.call(Job_Plan, { Job: web(-1) }), { status: 500 });
  });

  test('a plan of a periodic job tells its next launch', async (t) => {
    const cluster = await TestCluster.start(t);
    const Periodic = make(PeriodicConfig, {
      Enabled: true,
      Spec: '0 6 * * *',
      SpecType: 'cron',
      TimeZone: 'UTC',
    });
    const reply = await cluster.call(Job_Plan, { Job: mockBatchJob({ ID: 'nightly', Periodic }) });
    assert.equal(reply.NextPeriodicLaunch, '2026-01-01T06:00:00.000Z');
  });
});

describe('what is done to a job that is there', () => {
  test('evaluating, stopping, reverting what is not there', async (t) => {
    const cluster = await TestCluster.start(t);
    await assert.rejects(cluster.call(Job_Evaluate, { JobID: 'web' }), {
      status: 500,
      message: 'job not found',
    });
    await assert.rejects(cluster.call(Job_Evaluate, {}), /missing job ID/);
    await assert.rejects(cluster.call(Job_Revert, { JobID: 'web', JobVersion: 1 }), {
      status: 500,
      message: 'job "web" not found',
    });
    await assert.rejects(cluster.call(Job_Deregister, { JobID: 'web', EvalPriority: 500 }), { status: 400 });
  });

  test('stopping can leave out the shutdown delay, and has a priority of its own', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    await cluster.run(web(2));
    const reply = await cluster.call(Job_Deregister, {
      JobID: 'web',
      NoShutdownDelay: true,
      EvalPriority: 9,
    });
    assert.equal(cluster.state.evaluation(reply.EvalID)?.Priority, 9);
    assert.equal(reply.JobModifyIndex, cluster.job('web').JobModifyIndex);
    await cluster.settle();
    assert.ok(cluster.allocs('web').every((alloc) => alloc.DesiredTransition.NoShutdownDelay === true));
  });

  test('several jobs are stopped or purged by a server', async (t) => {
    const cluster = await TestCluster.start(t);
    for (const ID of ['a', 'b']) await cluster.run(web(1, { ID, Name: ID }));
    const evaluation = mockEval({ JobID: 'a', TriggeredBy: 'job-deregister' });
    const spec = (ID: string, Purge: boolean): { Namespace: string; ID: string; Purge: boolean } => ({
      Namespace: 'default',
      ID,
      Purge,
    });
    const reply = await cluster.call(Job_BatchDeregister, {
      Jobs: [spec('a', false), spec('b', true), spec('none', true)],
      Evals: [evaluation],
    });
    assert.deepEqual(reply.JobEvals, [evaluation.ID]);
    assert.equal(cluster.job('a').Stop, true);
    assert.equal(cluster.state.job('default', 'b'), undefined);
  });
});

describe('reading jobs', () => {
  test('lists are filtered, paged, reversed and narrowed, and may show metadata', async (t) => {
    const cluster = await TestCluster.start(t);
    for (const [i, ID] of ['a-1', 'a-2', 'b-1', 'b-2'].entries())
      await cluster.register(web(1, { ID, Name: ID, Meta: { n: `${i}` } }));
    const ids = async (
      args: Parameters<typeof cluster.call<typeof Job_List>>[1],
    ): Promise<(string | undefined)[]> =>
      ((await cluster.call(Job_List, args)).Jobs ?? []).map((job) => job.ID);
    assert.deepEqual(await ids({}), ['a-1', 'a-2', 'b-1', 'b-2']);
    assert.deepEqual(await ids({ Prefix: 'b' }), ['b-1', 'b-2']);
    assert.deepEqual(await ids({ Filter: 'Meta.n == "2"' }), ['b-1']);
    const page = await cluster.call(Job_List, { PerPage: 3 });
    assert.deepEqual([page.Jobs?.length, page.NextToken], [3, 'default.b-2']);
    assert.deepEqual(await ids({ PerPage: 3, NextToken: page.NextToken }), ['b-2']);
    const [stub] = (await cluster.call(Job_List, { Fields: { Meta: true } })).Jobs ?? [];
    assert.deepEqual(stub?.Meta, { n: '0' });
    assert.equal((await cluster.call(Job_List, {})).Jobs?.[0]?.Meta, undefined);
    assert.ok(stub?.JobSummary);
    await assert.rejects(ids({ Filter: '==' }), { status: 400 });
  });

  test('one job in all its parts', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    const rolling = (count: number): Job =>
      mockJob({ ID: 'web', TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate() })] });
    await cluster.run(rolling(1));
    await cluster.run(rolling(2));
    const of = { JobID: 'web' };
    assert.equal((await cluster.call(Job_GetJob, of)).Job?.Version, 1);
    assert.equal((await cluster.call(Job_Summary, of)).JobSummary?.Summary?.['web']?.Running, 2);
    const versions = await cluster.call(Job_GetJobVersions, { ...of, Diffs: true });
    assert.deepEqual(
      versions.Versions?.map((job) => job.Version),
      [1, 0],
    );
    assert.deepEqual(
      versions.Diffs?.map((diff) => diff.Type),
      ['Edited'],
    );
    assert.equal((await cluster.call(Job_GetJobVersions, of)).Diffs, null);
    const allocs = (await cluster.call(Job_Allocations, of)).Allocations ?? [];
    assert.deepEqual([allocs.length, allocs[0]?.JobType], [2, 'service']);
    const evals = (await cluster.call(Job_Evaluations, of)).Evaluations ?? [];
    assert.ok(evals.length >= 2);
    assert.deepEqual(
      evals.map((e) => e.CreateIndex),
      evals.map((e) => e.CreateIndex).toSorted((a, b) => b - a),
      'newest first',
    );
    const deployments = (await cluster.call(Job_Deployments, of)).Deployments ?? [];
    assert.deepEqual(
      deployments.map((d) => d.JobVersion),
      [1, 0],
    );
    assert.equal((await cluster.call(Job_LatestDeployment, of)).Deployment?.JobVersion, 1);
  });

  test('what belongs to a job of the same name that was purged is shown only when asked for', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    await cluster.run(mockSystemJob({ ID: 'web' }));
    await cluster.stopJob('web', { purge: true });
    await cluster.run(web(1));
    const count = async (All: boolean): Promise<number | undefined> =>
      (await cluster.call(Job_Allocations, { JobID: 'web', All })).Allocations?.length;
    assert.deepEqual([await count(false), await count(true)], [1, 2]);
  });
});
