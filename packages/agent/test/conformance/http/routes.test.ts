// SPDX-License-Identifier: MPL-2.0
// What holds for every declared route, asked over a socket with fakes behind it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Agent_Monitor,
  ApiClient,
  allRoutes,
  Event_Stream,
  FileSystem_Logs,
  FileSystem_Stream,
  type HttpMethod,
  make,
  NodePool,
  NodePool_GetNodePool,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  type Route,
  zero,
} from '@serai/api';
import { AppError, nullMetrics } from '#base';
import { type TestHttp, testHttp } from '#testing';
import { NodeTransport } from '../../../src/cli/connection/node-transport.ts';

const allMethods: readonly HttpMethod[] = ['GET', 'PUT', 'POST', 'DELETE'];

/** A request that the route accepts. */
const valid: Readonly<Record<string, { readonly query?: string; readonly body?: object }>> = {
  'jobs.register': { body: { Job: { ID: 'x1' } } },
  'jobs.update': { body: { Job: { ID: 'x1' } } },
  'jobs.plan': { body: { Job: { ID: 'x1' } } },
  'jobs.validate': { body: { Job: { ID: 'x1' } } },
  'jobs.parse': { body: { JobHCL: 'job "x1" {}' } },
  'jobs.revert': { body: { JobID: 'x1', JobVersion: 1 } },
  'jobs.dispatch': { body: {} },
  'jobs.stable': { body: { JobID: 'x1', JobVersion: 1 } },
  'jobs.submission': { query: 'version=1' },
  'evaluations.delete': { body: { EvalIDs: ['e1'] } },
  'deployments.pause': { body: { DeploymentID: 'x1' } },
  'deployments.promote': { body: { DeploymentID: 'x1' } },
  'deployments.set-health': { body: { DeploymentID: 'x1' } },
  'nodes.drain': { body: { DrainSpec: null } },
  'nodes.eligibility': { body: { Eligibility: 'eligible' } },
  'client.alloc-signal': { body: { Signal: 'SIGHUP' } },
  'fs.stat': { query: 'path=x' },
  'fs.cat': { query: 'path=x' },
  'fs.readat': { query: 'path=x' },
  'fs.stream': { query: 'path=x' },
  'fs.logs': { query: 'task=t&type=stdout' },
  'agent.set-servers': { query: 'address=a' },
  'operator.set-scheduler-configuration': { body: {} },
  'search.prefix': { body: { Prefix: 'x', Context: 'all' } },
  'search.fuzzy': { body: { Text: 'x1', Context: 'all' } },
  'scaling.scale-job': { body: { Count: 1, Target: { Group: 'g' } } },
};

/** Answered by the agent itself. */
const local = new Set(['agent.self', 'agent.health', 'agent.metrics', 'agent.servers', 'agent.set-servers']);

function lineOf(route: Route, method: string): string {
  const query = valid[route.name]?.query;
  return `${method} ${route.path.replace(/:\w+/, 'x1')}${query ? `?${query}` : ''}`;
}

function bodyOf(route: Route): { readonly body?: string } {
  const body = valid[route.name]?.body;
  return body ? { body: JSON.stringify(body) } : route.request.kind === 'stream' ? { body: 'archive' } : {};
}

function prepare({ rpc, agent }: TestHttp): void {
  agent.node = 'n1';
  agent.knownServers = ['a:4647'];
  const one = async function* (): AsyncGenerator<unknown> {
    yield { Error: null, Payload: Buffer.from('{}') };
  };
  rpc.on(NodePool_GetNodePool, () => ({
    ...zero(NodePool_GetNodePool.reply),
    NodePool: make(NodePool, { Name: 'x1' }),
  }));
  rpc.onStream(FileSystem_Logs, one).onStream(FileSystem_Stream, one).onStream(Agent_Monitor, one);
  rpc.onStream(Event_Stream, async function* () {
    yield { Error: null, Event: { Data: Buffer.from('{}') } };
  });
  rpc.onStream(Operator_SnapshotSave, async function* () {
    yield { SnapshotChecksum: 'sha-256=x', ...(zero(Operator_SnapshotSave.receive) as object) };
    yield Buffer.from('archive');
  });
  rpc.onStream(Operator_SnapshotRestore, async function* () {
    yield zero(Operator_SnapshotRestore.receive);
  });
}

const missingObject =
  /^(job|alloc|eval|deployment|node|Namespace|job source|job versions|node pool|policy).* not found$/;

test('every route answers each of its methods and reaches what is behind it', async (t) => {
  const http = await testHttp(t);
  prepare(http);
  for (const route of allRoutes) {
    for (const method of route.methods) {
      http.rpc.calls.length = 0;
      const line = lineOf(route, method);
      const answer = await http.ask(line, bodyOf(route));
      if (answer.status === 404) assert.match(answer.text, missingObject, line);
      else assert.equal(answer.status, 200, `${line}: ${answer.text}`);
      if (local.has(route.name) || route.name === 'jobs.parse' || route.name === 'agent.monitor') continue;
      const [call] = http.rpc.calls;
      assert.ok(call, `${line} called nobody`);
      assert.equal(call.args['Region'], 'global', line);
      assert.ok(call.signal, `${line} cannot be given up`);
    }
  }
});

test('every other method is refused', async (t) => {
  const { ask } = await testHttp(t);
  const methodsOf = new Map<string, Set<string>>();
  for (const { path, methods } of allRoutes)
    methodsOf.set(path, new Set([...(methodsOf.get(path) ?? []), ...methods]));
  for (const route of allRoutes) {
    for (const method of allMethods) {
      if (methodsOf.get(route.path)?.has(method)) continue;
      const answer = await ask(lineOf(route, method));
      assert.deepEqual([answer.status, answer.text], [405, 'Invalid method'], lineOf(route, method));
    }
  }
});

test('region, namespace and token reach every call', async (t) => {
  const http = await testHttp(t);
  prepare(http);
  for (const route of allRoutes) {
    if (local.has(route.name) || route.name === 'jobs.parse' || route.name === 'agent.monitor') continue;
    http.rpc.calls.length = 0;
    const line = lineOf(route, route.methods[0] ?? 'GET');
    const joined = `${line}${line.includes('?') ? '&' : '?'}region=eu&namespace=prod`;
    await http.ask(joined, { ...bodyOf(route), headers: { 'X-Nomad-Token': 'secret' } });
    for (const { args } of http.rpc.calls)
      assert.deepEqual(
        [args['Region'], args['Namespace'], args['AuthToken']],
        ['eu', 'prod', 'secret'],
        line,
      );
  }
});

test('an error of the call is the answer of every route', async (t) => {
  const http = await testHttp(t);
  const failing = {
    call: () => Promise.reject(new AppError('unavailable', 'No cluster leader')),
    stream: () => Promise.reject(new AppError('unavailable', 'No cluster leader')),
  };
  const { ask } = await testHttp(t, { dependencies: { rpc: failing, metrics: nullMetrics } });
  http.agent.node = 'n1';
  for (const route of allRoutes) {
    if (local.has(route.name) || route.name === 'jobs.parse' || route.name === 'agent.monitor') continue;
    const line = lineOf(route, route.methods[0] ?? 'GET');
    const named = route.name === 'client.stats' || route.name === 'client.gc' ? `${line}?node_id=n1` : line;
    const answer = await ask(named, bodyOf(route));
    assert.deepEqual([answer.status, answer.text], [500, 'No cluster leader'], line);
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  }
});

test('who is not let in learns nothing from any route', async (t) => {
  const { ask, rpc } = await testHttp(t, {
    dependencies: {
      authenticator: {
        authenticate: () => {
          throw new AppError('denied', 'Permission denied');
        },
      },
    },
  });
  for (const route of allRoutes)
    for (const method of route.methods) {
      const answer = await ask(lineOf(route, method), bodyOf(route));
      assert.deepEqual([answer.status, answer.text], [403, 'Permission denied'], lineOf(route, method));
    }
  assert.deepEqual(rpc.calls, []);
});

test('blocking routes take index and wait, the others ignore them', async (t) => {
  const http = await testHttp(t);
  prepare(http);
  for (const route of allRoutes.filter((known) => known.blocking)) {
    const line = lineOf(route, 'GET');
    await http.ask(`${line}${line.includes('?') ? '&' : '?'}index=42&wait=10s`);
    const args = http.rpc.calls.at(-1)?.args;
    assert.deepEqual([args?.['MinQueryIndex'], args?.['MaxQueryTime']], [42, 10e9], line);
  }
});

test('a route with a body refuses an empty one, one that is no JSON, and one that is too large', async (t) => {
  const { ask, rpc } = await testHttp(t);
  for (const route of allRoutes) {
    if (route.request.kind !== 'json') continue;
    for (const method of route.methods) {
      const line = lineOf(route, method);
      const empty = await ask(line);
      if (route.request.optional) assert.notEqual(empty.text, 'Request body is empty', line);
      else assert.deepEqual([empty.status, empty.text], [400, 'Request body is empty'], line);
      for (const body of ['{', '[]', '7', '"x"', '\u0000'])
        assert.match((await ask(line, { body })).text, /^failed to decode request body: /, `${line} ${body}`);
      const large = await ask(line, { body: ' '.repeat(route.security.bodyLimitBytes + 1) });
      assert.equal(large.status, 413, line);
    }
  }
  // Only an optional body that was left out reached anybody.
  assert.ok(
    rpc.calls.length <= allRoutes.filter((r) => r.request.kind === 'json' && r.request.optional).length * 3,
  );
});

test('the api client understands the answer of every JSON route', async (t) => {
  const http = await testHttp(t);
  prepare(http);
  const transport = new NodeTransport({ address: `http://127.0.0.1:${http.port}` });
  t.after(() => transport.close());
  const client = new ApiClient({}, { transport: transport.send });
  for (const route of allRoutes) {
    if (route.response.kind !== 'json') continue;
    const { query, body } = valid[route.name] ?? {};
    const params = route.path.includes(':') ? { [/:(\w+)/.exec(route.path)?.[1] ?? '']: 'x1' } : undefined;
    const input = { params, query: Object.fromEntries(new URLSearchParams(query)), body };
    try {
      await client.request(route, input as never);
    } catch (error) {
      assert.match(String(error), /Unexpected response code: 404 \(.* not found\)/, route.name);
    }
  }
});
