// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient, ApiError } from '@serai/api';
import { FakeTransport } from '#testing';
import type { Api } from './api.ts';
import { evenPrefix, findAlloc, findJob, findNode, orMissing } from './find.ts';

const ids = ['ab120000-0000-4000-8000-000000000000', 'ab130000-0000-4000-8000-000000000000'];

function api(transport: FakeTransport, namespaceGiven = false): Api {
  return {
    client: new ApiClient({}, { transport: transport.send }),
    region: '',
    namespace: 'default',
    namespaceGiven,
  };
}

test('a prefix is cut to an even number of digits, because the API takes whole bytes', () => {
  assert.equal(evenPrefix('abc'), 'ab');
  assert.equal(evenPrefix('abcd'), 'abcd');
  assert.equal(evenPrefix('ab120000-0'), 'ab120000-');
});

test('an id is found by its beginning, also by one of odd length and in capitals', async () => {
  const transport = new FakeTransport().on('GET /v1/nodes', { body: ids.map((ID) => ({ ID })) });
  assert.equal((await findNode(api(transport), 'AB12')).ID, ids[0]);
  assert.equal((await findNode(api(transport), 'ab130')).ID, ids[1]);
  assert.equal(transport.requests[1]?.path, '/v1/nodes?prefix=ab13');
});

test('several matches are listed', async () => {
  const transport = new FakeTransport().on('GET /v1/nodes', {
    body: ids.map((ID, i) => ({ ID, Name: `n${i}`, Status: 'ready' })),
  });
  await assert.rejects(findNode(api(transport), 'ab'), (error: Error) => {
    assert.match(error.message, /^Prefix matched multiple nodes\n\nID +DC +Name/);
    assert.match(error.message, /ab120000 +<none> +n0/);
    return true;
  });
});

test('what can not be an id is refused before the agent is asked', async () => {
  const transport = new FakeTransport();
  await assert.rejects(async () => findNode(api(transport), 'a'), /at least two characters/);
  await assert.rejects(async () => findNode(api(transport), 'web'), /"web" is no node id/);
  assert.equal(transport.requests.length, 0);
});

test('an allocation is looked for in all namespaces, unless one was named', async () => {
  const transport = new FakeTransport().on('GET /v1/allocations', { body: [{ ID: ids[0] }] });
  await findAlloc(api(transport), 'ab');
  await findAlloc(api(transport, true), 'ab');
  assert.deepEqual(
    transport.requests.map((request) => request.path),
    ['/v1/allocations?namespace=*&prefix=ab', '/v1/allocations?namespace=default&prefix=ab'],
  );
});

test('a job that is called exactly so wins over longer names', async () => {
  const jobs = ['web', 'web-2'].map((ID) => ({
    ID,
    Namespace: 'default',
    Type: 'service',
    Status: 'running',
  }));
  const transport = new FakeTransport().on('GET /v1/jobs', { body: jobs });
  assert.equal((await findJob(api(transport), 'web')).ID, 'web');
  await assert.rejects(findJob(api(transport), 'we'), /Prefix matched multiple jobs\n\nID +Namespace/);
  transport.on('GET /v1/jobs', { body: [] });
  await assert.rejects(findJob(api(transport), 'x'), /No job\(s\) with prefix or ID "x" found/);
});

test('only a 404 means that there is no such thing', async () => {
  assert.equal(await orMissing(Promise.reject(new ApiError(404, ''))), undefined);
  await assert.rejects(orMissing(Promise.reject(new ApiError(500, ''))), ApiError);
  assert.equal(await orMissing(Promise.resolve(3)), 3);
});
