// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  ApiClient,
  type ApiClientOptions,
  ApiError,
  FileSystem_Logs,
  Job_GetJob,
  Job_List,
  Job_Register,
  JobListStub,
  make,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  routes,
} from '@serai/api';
import { AppError } from '#base';
import { mockJob, type TestHttp, testHttp } from '#testing';
import { NodeTransport } from '../../../src/cli/connection/node-transport.ts';

const meta = { Index: 7, LastContact: 3_000_000, KnownLeader: true, NextToken: 'next' };

async function connected(
  t: TestContext,
  options: ApiClientOptions = {},
): Promise<{ client: ApiClient; http: TestHttp; transport: NodeTransport }> {
  const http = await testHttp(t);
  const transport = new NodeTransport({ address: `http://127.0.0.1:${http.port}` });
  t.after(() => transport.close());
  return { client: new ApiClient(options, { transport: transport.send }), http, transport };
}

test('a list comes with its meta, in the types of the route', async (t) => {
  const { client, http } = await connected(t, { region: 'eu', namespace: 'prod', token: 'secret' });
  http.rpc.on(Job_List, () => ({ ...meta, Jobs: [make(JobListStub, { ID: 'web', Namespace: 'prod' })] }));
  const reply = await client.request(routes.jobs.list, {
    query: { meta: true },
    options: { prefix: 'w', perPage: 2, filter: 'ID == "a b"', stale: true, index: 4, wait: '1s' },
  });
  assert.equal(reply.value?.[0]?.ID, 'web');
  assert.deepEqual(reply.meta, meta);
  const args = http.rpc.last(Job_List);
  assert.deepEqual(
    [
      args['Region'],
      args['Namespace'],
      args['AuthToken'],
      args['Filter'],
      args['PerPage'],
      args['AllowStale'],
    ],
    ['eu', 'prod', 'secret', 'ID == "a b"', 2, true],
  );
  assert.deepEqual([args['MinQueryIndex'], args['MaxQueryTime'], args['Fields']], [4, 1e9, { Meta: true }]);
});

test('an id with slashes and odd characters arrives as it is', async (t) => {
  const { client, http } = await connected(t);
  const id = 'batch/periodic-1?x=%2F&ü #1';
  http.rpc.on(Job_GetJob, () => ({ ...meta, Job: mockJob({ ID: id }) }));
  const job = await client.value(routes.jobs.get, { params: { id } });
  assert.equal(http.rpc.last(Job_GetJob)['JobID'], id);
  assert.equal(job.ID, id);
});

test('a job is sent as it is given', async (t) => {
  const { client, http } = await connected(t);
  http.rpc.on(Job_Register, () => ({
    ...meta,
    EvalID: 'e1',
    EvalCreateIndex: 7,
    JobModifyIndex: 7,
    Warnings: '',
  }));
  const answer = await client.value(routes.jobs.register, {
    body: { Job: { ID: 'web', Type: 'batch' }, EnforceIndex: true, JobModifyIndex: 3 },
    options: { namespace: 'n' },
  });
  assert.equal(answer.EvalID, 'e1');
  const { Job, EnforceIndex, JobModifyIndex } = http.rpc.last(Job_Register) as {
    Job: { Type: string; Namespace: string };
    EnforceIndex: boolean;
    JobModifyIndex: number;
  };
  assert.deepEqual([Job.Type, Job.Namespace, EnforceIndex, JobModifyIndex], ['batch', 'n', true, 3]);
});

test("an error reads as Nomad's client prints it", async (t) => {
  const { client, http } = await connected(t);
  http.rpc.on(Job_List, () => {
    throw new AppError('unavailable', 'No cluster leader');
  });
  await assert.rejects(client.value(routes.jobs.list, {}), (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.message, 'Unexpected response code: 500 (No cluster leader)');
    assert.deepEqual([error.status, error.text], [500, 'No cluster leader']);
    return true;
  });
});

test('an answer without an object is null', async (t) => {
  const { client } = await connected(t);
  assert.equal(await client.value(routes.jobs.deployment, { params: { id: 'web' } }), null);
  assert.equal(await client.value(routes.system.gc, {}), undefined);
});

test('frames of a log are put together, heartbeats left out', async (t) => {
  const { client, http } = await connected(t);
  const text = 'ä"}{\\ odd';
  http.rpc.onStream(FileSystem_Logs, async function* () {
    const json = JSON.stringify({
      Data: Buffer.from(text).toString('base64'),
      File: 'wéb.stdout.0',
      Offset: 12,
    });
    const bytes = Buffer.from(`{}${json}{}{"FileEvent":"file truncated"}`);
    for (let i = 0; i < bytes.length; i += 3) yield { Error: null, Payload: bytes.subarray(i, i + 3) };
  });
  const frames = await collect(
    client.frames(routes.fs.logs, {
      params: { id: 'a1' },
      query: { task: 'web', type: 'stdout', follow: true },
    }),
  );
  assert.equal(frames.length, 2);
  assert.equal(Buffer.from(frames[0]?.Data ?? '', 'base64').toString(), text);
  assert.deepEqual(
    [frames[0]?.File, frames[0]?.Offset, frames[1]?.FileEvent],
    ['wéb.stdout.0', 12, 'file truncated'],
  );
});

test('leaving the frames ends the stream on the server', async (t) => {
  const { client, http } = await connected(t);
  const ended = Promise.withResolvers<void>();
  http.rpc.onStream(FileSystem_Logs, async function* () {
    yield { Error: null, Payload: Buffer.from('{"Data":"eA=="}') };
    await new Promise<void>((resolve) =>
      http.rpc.calls.at(-1)?.signal?.addEventListener('abort', () => resolve()),
    );
    ended.resolve();
  });
  for await (const frame of client.frames(routes.fs.logs, {
    params: { id: 'a1' },
    query: { task: 'web', type: 'stdout' },
  })) {
    assert.equal(frame.Data, 'eA==');
    break;
  }
  await ended.promise;
});

test('an archive is streamed both ways', async (t) => {
  const { client, http } = await connected(t);
  const archive = Buffer.alloc(300_000, 'z');
  http.rpc.onStream(Operator_SnapshotSave, async function* () {
    yield { SnapshotChecksum: 'sha-256=x', ...meta };
    yield archive;
  });
  const response = await client.open(routes.operator.snapshotSave, {});
  assert.equal(response.headers['digest'], 'sha-256=x');
  assert.deepEqual(Buffer.concat(await collect(response.chunks())), archive);
  http.rpc.onStream(Operator_SnapshotRestore, async function* () {
    yield { ...meta };
  });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < archive.length; at += 70_000) yield archive.subarray(at, at + 70_000);
  }
  await client.value(routes.operator.snapshotRestore, { body: pieces() });
  const sent = http.rpc.streams.at(-1)?.sent as { Payload: Uint8Array | null }[];
  assert.equal(
    sent.reduce((sum, frame) => sum + (frame.Payload?.length ?? 0), 0),
    archive.length,
  );
});

test('a body whose source fails ends the request with that error', async (t) => {
  const { client } = await connected(t);
  // biome-ignore lint/correctness/useYield: fails before its first piece
  async function* broken(): AsyncGenerator<Uint8Array> {
    throw new AppError('invalid', 'the file is gone');
  }
  await assert.rejects(client.value(routes.operator.snapshotRestore, { body: broken() }), /the file is gone/);
});

test('a request can be given up', async (t) => {
  const { client, http } = await connected(t);
  const given = new AbortController();
  http.rpc.on(Job_List, () => {
    given.abort();
    return new Promise(() => {});
  });
  await assert.rejects(client.value(routes.jobs.list, { signal: given.signal }), { code: 'canceled' });
});

test('raw requests return whatever status comes', async (t) => {
  const { client } = await connected(t, { token: 't' });
  const response = await client.raw({ method: 'GET', path: '/v1/job/x' });
  assert.deepEqual([response.status, await response.text()], [404, 'job not found']);
});

test('an agent that cannot be reached is explained', async () => {
  const transport = new NodeTransport({ address: 'http://127.0.0.1:1' });
  const client = new ApiClient({}, { transport: transport.send });
  await assert.rejects(client.value(routes.jobs.list, {}), {
    code: 'unavailable',
    message: 'cannot reach the agent at http://127.0.0.1:1 for GET /v1/jobs: connection refused',
  });
  for (const address of ['', 'ftp://x', 'unix://relative', 'localhost'])
    assert.throws(() => new NodeTransport({ address }), /invalid address/, address);
});

test('addresses may be a socket, have a path, or need a password', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'serai-sock-'));
  const socket = join(directory, 'api.sock');
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url, request.headers.authorization);
    response.end('"1.2.3.4:4647"');
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const onPort = createServer(server.listeners('request')[0] as never);
  await new Promise<void>((resolve) => onPort.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.close();
    onPort.close();
    await rm(directory, { recursive: true });
  });
  const { port } = onPort.address() as { port: number };
  for (const [address, httpAuth] of [
    [`unix://${socket}`, undefined],
    [`http://127.0.0.1:${port}/nomad/`, 'u:p'],
  ] as const) {
    const transport = new NodeTransport({ address, ...(httpAuth ? { httpAuth } : {}) });
    const client = new ApiClient({}, { transport: transport.send });
    assert.equal(await client.value(routes.status.leader, {}), '1.2.3.4:4647');
    transport.close();
  }
  assert.deepEqual(seen, ['/v1/status/leader', undefined, '/nomad/v1/status/leader', `Basic ${btoa('u:p')}`]);
});

test('an answer that is no JSON, or of a wrong shape, is an error that names the route', async (t) => {
  const answers = ['<html>proxy</html>', '{"a":1}'];
  const server = createServer((_, response) => response.end(answers.shift()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const transport = new NodeTransport({ address: `http://127.0.0.1:${port}` });
  t.after(() => transport.close());
  const client = new ApiClient({}, { transport: transport.send });
  await assert.rejects(client.value(routes.jobs.list, {}), /answer to jobs.list is no JSON: <html>proxy/);
  await assert.rejects(client.value(routes.jobs.list, {}), /cannot use object as array/);
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
