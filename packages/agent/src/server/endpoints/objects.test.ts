// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Alloc_GetAlloc,
  Alloc_List,
  Alloc_Stop,
  Alloc_UpdateDesiredTransition,
  Deployment_Allocations,
  Deployment_Fail,
  Deployment_GetDeployment,
  Deployment_List,
  Deployment_Promote,
  Deployment_SetAllocHealth,
  Eval_Allocations,
  Eval_Count,
  Eval_Delete,
  Eval_GetEval,
  Eval_List,
  type Job,
  make,
  Operator_SchedulerSetConfiguration,
  SchedulerConfiguration,
} from '@serai/api';
import { mockEval, mockJob, mockTaskGroup, mockUpdate, TestCluster } from '#testing';

const web = (count: number, ID = 'web'): Job =>
  mockJob({ ID, Name: ID, TaskGroups: [mockTaskGroup({ Count: count, Update: mockUpdate() })] });

async function withWeb(t: Parameters<typeof TestCluster.start>[0], count: number): Promise<TestCluster> {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  await cluster.run(web(count));
  return cluster;
}

describe('allocations', () => {
  test('lists: order, pages, prefix, filter, fields, namespaces', async (t) => {
    const cluster = await withWeb(t, 4);
    const list = async (args: Parameters<typeof cluster.call<typeof Alloc_List>>[1]): Promise<string[]> =>
      ((await cluster.call(Alloc_List, args)).Allocations ?? []).map((alloc) => alloc.ID);
    const all = await list({});
    assert.equal(all.length, 4);
    assert.deepEqual(await list({ Reverse: true }), all.toReversed());
    const page = await cluster.call(Alloc_List, { PerPage: 3 });
    assert.match(page.NextToken, /^\d+\.[0-9a-f-]{36}$/);
    assert.deepEqual(await list({ PerPage: 3, NextToken: page.NextToken }), all.slice(3));
    const prefix = (all[0] ?? '').slice(0, 8);
    assert.deepEqual(await list({ Prefix: prefix }), [all[0]]);
    assert.deepEqual(await list({ Filter: 'Name == "web.web[2]"' }), [
      cluster.live('web').find((alloc) => alloc.Name === 'web.web[2]')?.ID,
    ]);
    assert.deepEqual(await list({ Namespace: 'prod' }), []);
    assert.equal((await list({ Namespace: '*' })).length, 4);
    const [plain] = (await cluster.call(Alloc_List, {})).Allocations ?? [];
    assert.equal(plain?.AllocatedResources, undefined);
    assert.ok(plain?.TaskStates);
    const Fields = { Resources: true, TaskStates: false };
    const [bare] = (await cluster.call(Alloc_List, { Fields })).Allocations ?? [];
    assert.ok(bare?.AllocatedResources);
    assert.equal(bare.TaskStates, null);
    assert.deepEqual([bare.JobType, bare.JobVersion], ['service', 0]);
  });

  test('one is read whole, stopped and replaced', async (t) => {
    const cluster = await withWeb(t, 1);
    const [alloc] = cluster.live('web');
    const found = await cluster.call(Alloc_GetAlloc, { AllocID: alloc?.ID ?? '' });
    assert.equal(found.Alloc?.Job?.ID, 'web');
    assert.equal((await cluster.call(Alloc_GetAlloc, { AllocID: 'nope' })).Alloc, null);
    const reply = await cluster.call(Alloc_Stop, { AllocID: alloc?.ID ?? '', NoShutdownDelay: true });
    const evaluation = cluster.state.evaluation(reply.EvalID);
    assert.deepEqual([evaluation?.TriggeredBy, evaluation?.CreateIndex], ['alloc-stop', reply.Index]);
    await cluster.settle();
    const stopped = cluster.state.alloc(alloc?.ID ?? '');
    assert.deepEqual(
      [stopped?.DesiredStatus, stopped?.ClientStatus, stopped?.DesiredTransition.NoShutdownDelay],
      ['stop', 'complete', true],
    );
    assert.equal(cluster.live('web').length, 1);
    assert.equal(stopped?.NextAllocation, cluster.live('web')[0]?.ID);
    await assert.rejects(cluster.call(Alloc_Stop, { AllocID: 'nope' }), {
      status: 404,
      message: 'Unknown allocation "nope"',
    });
  });

  test('a server marks several at once', async (t) => {
    const cluster = await withWeb(t, 2);
    const [alloc] = cluster.live('web');
    const transition = { Migrate: true, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null };
    const evaluation = mockEval({ JobID: 'web', TriggeredBy: 'node-drain' });
    await cluster.call(Alloc_UpdateDesiredTransition, {
      Allocs: { [alloc?.ID ?? '']: transition },
      Evals: [evaluation],
    });
    await cluster.settle();
    assert.equal(cluster.state.alloc(alloc?.ID ?? '')?.DesiredStatus, 'stop');
    assert.equal(cluster.live('web').length, 2);
  });
});

describe('evaluations', () => {
  test('lists: filters of both kinds, but not together', async (t) => {
    const cluster = await withWeb(t, 1);
    await cluster.run(web(99, 'wide'));
    // the older one of two that are blocked is canceled each second
    await cluster.advance(2_000);
    const list = async (args: Parameters<typeof cluster.call<typeof Eval_List>>[1]): Promise<string[]> =>
      ((await cluster.call(Eval_List, args)).Evaluations ?? []).map((e) => `${e.JobID} ${e.Status}`);
    assert.deepEqual(await list({ FilterJobID: 'wide', FilterEvalStatus: 'blocked' }), ['wide blocked']);
    assert.deepEqual(await list({ Filter: 'Status == "blocked"' }), ['wide blocked']);
    await assert.rejects(list({ Filter: 'Status == "blocked"', FilterJobID: 'wide' }), {
      status: 400,
      message: 'Filter expression cannot be used with other filter parameters',
    });
    const count = async (args: Parameters<typeof cluster.call<typeof Eval_Count>>[1]): Promise<number> =>
      (await cluster.call(Eval_Count, args)).Count;
    assert.equal(await count({}), (await list({})).length);
    assert.equal(await count({ Filter: 'JobID == "wide" and Status == "blocked"' }), 1);
    assert.equal(await count({ Namespace: 'prod' }), 0);
    await assert.rejects(count({ Filter: 'Nope ==' }), { status: 400 });
  });

  test('one with its relatives and its allocations', async (t) => {
    const cluster = await TestCluster.start(t);
    await cluster.addNode();
    await cluster.run(web(99));
    const first = cluster.evals('web').find((e) => e.TriggeredBy === 'job-register');
    const related = await cluster.call(Eval_GetEval, { EvalID: first?.ID ?? '', IncludeRelated: true });
    assert.deepEqual(
      related.Eval?.RelatedEvals?.map((e) => e.ID),
      [first?.BlockedEval],
    );
    const alone = await cluster.call(Eval_GetEval, { EvalID: first?.ID ?? '' });
    assert.ok(!alone.Eval?.RelatedEvals);
    const allocs = await cluster.call(Eval_Allocations, { EvalID: first?.ID ?? '' });
    assert.ok((allocs.Allocations?.length ?? 0) > 0);
    assert.equal((await cluster.call(Eval_GetEval, { EvalID: 'nope' })).Eval, null);
  });

  test('are deleted by id or filter while the broker is paused', async (t) => {
    const cluster = await withWeb(t, 1);
    const [evaluation] = cluster.evals('web');
    const EvalIDs = [evaluation?.ID ?? ''];
    await assert.rejects(cluster.call(Eval_Delete, { EvalIDs }), {
      status: 500,
      message: 'eval broker is enabled; eval broker must be paused to delete evals',
    });
    await cluster.call(Operator_SchedulerSetConfiguration, {
      Config: make(SchedulerConfiguration, { PauseEvalBroker: true }),
    });
    await assert.rejects(cluster.call(Eval_Delete, {}), /by either ID or filter/);
    await assert.rejects(
      cluster.call(Eval_Delete, { EvalIDs, Filter: 'ID == "x"' }),
      /by either ID or filter/,
    );
    await assert.rejects(cluster.call(Eval_Delete, { EvalIDs: ['nope'] }), /eval not found: nope/);
    await assert.rejects(
      cluster.call(Eval_Delete, { EvalIDs: Array.from({ length: 7_282 }, (_, i) => `${i}`) }),
      /must be 7281 or fewer/,
    );
    assert.equal((await cluster.call(Eval_Delete, { EvalIDs: [...EvalIDs, ...EvalIDs] })).Count, 1);
    assert.equal(cluster.state.evaluation(EvalIDs[0] ?? ''), undefined);
    await cluster.register(web(3));
    const pending = cluster.state.openEvals('pending').length;
    assert.equal(pending, 1, 'a paused broker hands out nothing');
    const deleted = await cluster.call(Eval_Delete, { Filter: 'Status == "pending"' });
    assert.equal(deleted.Count, 1);
    await cluster.call(Operator_SchedulerSetConfiguration, { Config: make(SchedulerConfiguration, {}) });
    await cluster.settle();
    assert.equal(cluster.live('web').length, 1, 'what was deleted while it waited is not worked on');
    assert.deepEqual(cluster.state.openEvals('pending'), []);
  });
});

describe('deployments', () => {
  test('lists and reads', async (t) => {
    const cluster = await withWeb(t, 2);
    await cluster.run(web(1, 'other'));
    const [deployment] = cluster.deployments('web');
    const id = deployment?.ID ?? '';
    const all = await cluster.call(Deployment_List, {});
    assert.deepEqual(
      all.Deployments?.map((d) => d.JobID),
      ['web', 'other'],
    );
    assert.equal((await cluster.call(Deployment_List, { Prefix: id.slice(0, 6) })).Deployments?.[0]?.ID, id);
    assert.equal(
      (await cluster.call(Deployment_List, { Filter: 'JobID == "other"' })).Deployments?.length,
      1,
    );
    assert.equal(
      (await cluster.call(Deployment_GetDeployment, { DeploymentID: id })).Deployment?.JobID,
      'web',
    );
    assert.equal((await cluster.call(Deployment_Allocations, { DeploymentID: id })).Allocations?.length, 2);
    assert.equal((await cluster.call(Deployment_GetDeployment, { DeploymentID: 'nope' })).Deployment, null);
  });

  test('what can not be done to one', async (t) => {
    const cluster = await withWeb(t, 1);
    const DeploymentID = cluster.deployments('web')[0]?.ID ?? '';
    await assert.rejects(cluster.call(Deployment_Fail, {}), {
      status: 500,
      message: 'missing deployment ID',
    });
    await assert.rejects(cluster.call(Deployment_Fail, { DeploymentID: 'nope' }), {
      status: 404,
      message: 'deployment not found',
    });
    await assert.rejects(cluster.call(Deployment_Fail, { DeploymentID }), {
      status: 500,
      message: "can't fail terminal deployment",
    });
    await assert.rejects(cluster.call(Deployment_Promote, { DeploymentID, All: true }), {
      message: "can't promote terminal deployment",
    });
    for (const node of cluster.nodes) node.outcome = () => ({ status: 'running', healthy: null });
    await cluster.run({ ...web(1), Meta: { v: '2' }, TaskGroups: web(2).TaskGroups });
    const next = cluster.deployments('web')[0]?.ID ?? '';
    const promote = (args: object): Promise<unknown> =>
      cluster.call(Deployment_Promote, { DeploymentID: next, ...args });
    await assert.rejects(promote({}), /either all groups or the named ones/);
    await assert.rejects(promote({ All: true, Groups: ['web'] }), /either all groups or the named ones/);
    await assert.rejects(promote({ Groups: ['nope'] }), /task group "nope" is not part of this deployment/);
    const health = (args: object): Promise<unknown> =>
      cluster.call(Deployment_SetAllocHealth, { DeploymentID: next, ...args });
    await assert.rejects(health({}), /must specify at least one/);
    await assert.rejects(health({ HealthyAllocationIDs: ['nope'] }), /unknown alloc "nope"/);
    await assert.rejects(health({ HealthyAllocationIDs: Array.from({ length: 4_097 }, (_, i) => `${i}`) }), {
      code: 'limit',
    });
  });
});
