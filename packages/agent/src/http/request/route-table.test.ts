// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRoutes, type HttpMethod, type Route } from '@serai/api';
import { RouteTable } from './route-table.ts';

const table = new RouteTable(allRoutes.map((route) => ({ route })));

function find(method: HttpMethod, path: string): [string | undefined, Readonly<Record<string, string>>] {
  const match = table.find(path);
  return [match?.methods.get(method)?.route.name, match?.params ?? {}];
}

test('fixed paths', () => {
  assert.deepEqual(find('GET', '/v1/jobs'), ['jobs.list', {}]);
  assert.deepEqual(find('POST', '/v1/jobs'), ['jobs.register', {}]);
  assert.deepEqual(find('PUT', '/v1/jobs/parse'), ['jobs.parse', {}]);
  assert.deepEqual(find('GET', '/v1/node/pools'), ['node-pools.list', {}]);
});

test('a parameter takes what stands between beginning and end', () => {
  assert.deepEqual(find('GET', '/v1/job/web'), ['jobs.get', { id: 'web' }]);
  assert.deepEqual(find('GET', '/v1/job/a/b'), ['jobs.get', { id: 'a/b' }]);
  assert.deepEqual(find('PUT', '/v1/job/a/b/plan'), ['jobs.plan', { id: 'a/b' }]);
  assert.deepEqual(find('GET', '/v1/job/plan'), ['jobs.get', { id: 'plan' }]);
  assert.deepEqual(find('PUT', '/v1/job/plan/plan'), ['jobs.plan', { id: 'plan' }]);
});

test('the longest beginning wins, then the longest end', () => {
  assert.deepEqual(find('GET', '/v1/node/pool/gpu'), ['node-pools.get', { name: 'gpu' }]);
  assert.deepEqual(find('GET', '/v1/node/pool/gpu/nodes'), ['node-pools.nodes', { name: 'gpu' }]);
  assert.deepEqual(find('GET', '/v1/node/pool'), ['nodes.get', { id: 'pool' }]);
  assert.deepEqual(find('GET', '/v1/deployment/allocations/d1'), ['deployments.allocations', { id: 'd1' }]);
  assert.deepEqual(find('GET', '/v1/deployment/d1'), ['deployments.get', { id: 'd1' }]);
});

test('a path that only begins or ends like a route is none', () => {
  for (const path of [
    '',
    '/',
    '/v1',
    '/v1/job',
    '/v1/job/',
    '/v1/jobs/',
    '/v2/jobs',
    '/v1/client/fs/ls/',
    '/V1/jobs',
  ])
    assert.equal(table.find(path), undefined, path);
});

test('an action that is not there leaves the whole rest as the id', () => {
  assert.deepEqual(find('GET', '/v1/job//plan'), ['jobs.get', { id: '/plan' }]);
  assert.deepEqual(find('GET', '/v1/job/x/nope'), ['jobs.get', { id: 'x/nope' }]);
});

test('two routes cannot claim one method of one path', () => {
  const [route] = allRoutes as [Route];
  assert.throws(() => new RouteTable([{ route }, { route }]), /is declared twice/);
});

test('every declared route is found under its own path, for each of its methods', () => {
  for (const route of allRoutes) {
    const path = route.path.replace(/:\w+/, 'x1');
    for (const method of route.methods) assert.equal(find(method, path)[0], route.name);
  }
});
