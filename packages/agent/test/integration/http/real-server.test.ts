// SPDX-License-Identifier: MPL-2.0
// Api client → HTTP → a real server, without a client agent: what the parts make of each other's words.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApiClient, ApiError, type Input, type JobSpec, routes } from '@serai/api';
import { memoryServer, testHttp } from '#testing';
import { NodeTransport } from '../../../src/cli/connection/node-transport.ts';

async function cluster(t: TestContext): Promise<ApiClient> {
  const server = memoryServer();
  await server.start();
  const rpc = server.localCaller();
  t.after(async () => {
    await rpc.stop();
    await server.stop();
  });
  const http = await testHttp(t, { dependencies: { rpc } });
  const transport = new NodeTransport({ address: `http://127.0.0.1:${http.port}` });
  t.after(() => transport.close());
  return new ApiClient({}, { transport: transport.send });
}

function jobSpec(id: string, more: Input<JobSpec> = {}): Input<JobSpec> {
  return {
    ID: id,
    Type: 'service',
    Datacenters: ['dc1'],
    TaskGroups: [
      { Name: 'web', Count: 2, Tasks: [{ Name: 'app', Driver: 'mock_driver', Config: { run_for: '1s' } }] },
    ],
    ...more,
  };
}

test('a job is registered, read in all its parts, stopped and purged', async (t) => {
  const client = await cluster(t);
  const params = { id: 'shop/web' };
  const registered = await client.request(routes.jobs.register, { body: { Job: jobSpec(params.id) } });
  assert.ok(registered.value.EvalID);
  assert.ok(registered.meta.Index > 0);
  const job = await client.value(routes.jobs.get, { params });
  assert.deepEqual([job.ID, job.Status, job.TaskGroups?.[0]?.Count], ['shop/web', 'pending', 2]);
  assert.equal((await client.value(routes.jobs.versions, { params })).Versions?.length, 1);
  assert.equal((await client.value(routes.jobs.summary, { params })).JobID, 'shop/web');
  assert.deepEqual(await client.value(routes.jobs.allocations, { params }), []);
  const evals = await client.value(routes.jobs.evaluations, { params });
  assert.ok(evals?.some((evaluation) => evaluation.ID === registered.value.EvalID));
  const found = await client.value(routes.evaluations.get, { params: { id: registered.value.EvalID } });
  assert.equal(found.JobID, 'shop/web');
  const stopped = await client.value(routes.jobs.deregister, { params });
  assert.ok(stopped.EvalID);
  assert.equal((await client.value(routes.jobs.get, { params })).Stop, true);
  await client.value(routes.jobs.deregister, { params, query: { purge: true } });
  await assert.rejects(
    client.value(routes.jobs.get, { params }),
    /Unexpected response code: 404 \(job not found\)/,
  );
});

test('a job that cannot be is refused with the reasons', async (t) => {
  const client = await cluster(t);
  const refused = async (spec: Input<JobSpec>): Promise<string> => {
    try {
      await client.value(routes.jobs.register, { body: { Job: spec } });
    } catch (error) {
      assert.ok(error instanceof ApiError);
      assert.ok(error.status === 400 || error.status === 500, String(error.status));
      return error.text;
    }
    return assert.fail('was accepted');
  };
  assert.match(await refused(jobSpec('a', { TaskGroups: null })), /task group/i);
  assert.match(await refused(jobSpec('a', { Type: 'nope' })), /nope|type/i);
  assert.match(await refused(jobSpec('a b\u0000')), /null|space/i);
  assert.match(await refused(jobSpec('a', { Priority: 10_000 })), /priority/i);
});

test('a list is filtered, paged, narrowed by prefix and reversed', async (t) => {
  const client = await cluster(t);
  for (const id of ['a-1', 'a-2', 'b-1', 'b-2', 'c-1'])
    await client.value(routes.jobs.register, {
      body: { Job: jobSpec(id, { Meta: { side: id.slice(0, 1) } }) },
    });
  const ids = async (options: object): Promise<string[]> =>
    ((await client.value(routes.jobs.list, { options })) ?? []).map((job) => job.ID);
  assert.deepEqual(await ids({}), ['a-1', 'a-2', 'b-1', 'b-2', 'c-1']);
  assert.deepEqual(await ids({ prefix: 'b' }), ['b-1', 'b-2']);
  assert.deepEqual(await ids({ filter: 'Meta.side == b or ID == "c-1"' }), ['b-1', 'b-2', 'c-1']);
  const paged: string[] = [];
  let nextToken = '';
  do {
    const page = await client.request(routes.jobs.list, {
      options: { perPage: 2, nextToken, filter: 'ID matches "1$"' },
    });
    paged.push(...(page.value ?? []).map((job) => job.ID));
    nextToken = page.meta.NextToken;
  } while (nextToken !== '');
  assert.deepEqual(paged, ['a-1', 'b-1', 'c-1']);
  await assert.rejects(
    ids({ filter: 'ID =' }),
    /Unexpected response code: 400 \(failed to create result paginator: failed to read filter expression: 1:4: /,
  );
  await assert.rejects(
    ids({ filter: 'Nope == 1' }),
    /400 \(failed to read result page: error finding value in datum/,
  );
});

test('a blocking query answers when something changed, not before', async (t) => {
  const client = await cluster(t);
  const before = await client.request(routes.jobs.list, {});
  const waiting = client.request(routes.jobs.list, { options: { index: before.meta.Index, wait: '30s' } });
  const order: string[] = [];
  const watched = waiting.then((reply) => {
    order.push('answered');
    return reply;
  });
  order.push('registering');
  await client.value(routes.jobs.register, { body: { Job: jobSpec('late') } });
  const after = await watched;
  assert.deepEqual(order, ['registering', 'answered']);
  assert.ok(after.meta.Index > before.meta.Index);
  assert.deepEqual(
    after.value?.map((job) => job.ID),
    ['late'],
  );
});

test('a plan shows what would happen and changes nothing', async (t) => {
  const client = await cluster(t);
  const plan = await client.value(routes.jobs.plan, {
    params: { id: 'new' },
    body: { Job: jobSpec('new'), Diff: true },
  });
  assert.equal(plan.Diff?.Type, 'Added');
  assert.ok(plan.FailedTGAllocs?.['web'], 'no node, so the group cannot be placed');
  assert.deepEqual(await client.value(routes.jobs.list, {}), []);
});

test('status, regions, members, scheduler configuration, pools and namespaces', async (t) => {
  const client = await cluster(t);
  assert.match(await client.value(routes.status.leader, {}), /^127\.0\.0\.1:\d+$/);
  assert.equal((await client.value(routes.status.peers, {}))?.length, 1);
  assert.deepEqual(await client.value(routes.status.regions, {}), ['global']);
  assert.equal((await client.value(routes.agent.members, {})).Members?.length, 1);
  const { SchedulerConfig } = await client.value(routes.operator.schedulerConfiguration, {});
  assert.equal(SchedulerConfig?.SchedulerAlgorithm, 'binpack');
  const set = await client.value(routes.operator.setSchedulerConfiguration, {
    body: { ...(SchedulerConfig ?? assert.fail()), SchedulerAlgorithm: 'spread' },
  });
  assert.equal(set.Updated, true);
  assert.equal((await client.value(routes.operator.raftConfiguration, {})).Servers?.length, 1);
  const pools = (await client.value(routes.nodePools.list, {})) ?? [];
  assert.deepEqual(
    pools.map((pool) => pool.Name),
    ['all', 'default'],
  );
  assert.deepEqual(await client.value(routes.nodePools.nodes, { params: { name: 'default' } }), []);
  assert.deepEqual(await client.value(routes.nodePools.jobs, { params: { name: 'default' } }), []);
  await assert.rejects(
    client.value(routes.nodePools.nodes, { params: { name: 'none' } }),
    /node pool not found/,
  );
  assert.equal((await client.value(routes.namespaces.get, { params: { name: 'default' } })).Name, 'default');
  await client.value(routes.system.gc, {});
});

test('an archive that was saved can be restored', async (t) => {
  const client = await cluster(t);
  await client.value(routes.jobs.register, { body: { Job: jobSpec('kept') } });
  const response = await client.open(routes.operator.snapshotSave, {});
  assert.match(response.headers['digest'] ?? '', /^sha-256=/);
  const pieces: Uint8Array[] = [];
  for await (const piece of response.chunks()) pieces.push(piece);
  await client.value(routes.jobs.register, { body: { Job: jobSpec('lost') } });
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  await client.value(routes.operator.snapshotRestore, { body: archive() });
  assert.deepEqual(
    (await client.value(routes.jobs.list, {}))?.map((job) => job.ID),
    ['kept'],
  );
  async function* junk(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('no archive');
  }
  await assert.rejects(client.value(routes.operator.snapshotRestore, { body: junk() }), ApiError);
});
