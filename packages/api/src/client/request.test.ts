// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../routes/index.ts';
import { ApiClient } from './api-client.ts';
import { JsonSplitter, maxObjectLength } from './json-splitter.ts';
import { buildPath, buildQuery } from './request.ts';
import type { ApiRequest, ApiResponse, ApiTransport } from './transport.ts';

test('a path keeps the slashes of an id and encodes the rest', () => {
  assert.equal(buildPath('/v1/job/:id/plan', { id: 'a/b c?#%' }), '/v1/job/a/b%20c%3F%23%25/plan');
  assert.equal(buildPath('/v1/jobs', {}), '/v1/jobs');
  assert.throws(() => buildPath('/v1/job/:id', {}), /parameter "id" of \/v1\/job\/:id is missing/);
  assert.throws(() => buildPath('/v1/job/:id', { id: '' }), /is missing/);
});

test('a query holds what was given, by its names on the wire', () => {
  assert.equal(
    buildQuery({ address: ['a', 'b'], follow: false, n: 0 }, { perPage: 5, nextToken: 'a&b', stale: true }),
    'stale=true&per_page=5&next_token=a%26b&address=a&address=b&follow=false&n=0',
  );
  assert.equal(buildQuery({ empty: '', none: undefined }, { region: '', reverse: false, pretty: false }), '');
});

test('objects are cut out of a stream, however it is split', () => {
  const text = '{}{"a":"}{\\"\\\\"} \n[1,[2]]{"b":{"c":[]}}';
  const objects = ['{}', '{"a":"}{\\"\\\\"}', '[1,[2]]', '{"b":{"c":[]}}'];
  for (let size = 1; size <= text.length; size++) {
    const splitter = new JsonSplitter();
    const found: string[] = [];
    for (let at = 0; at < text.length; at += size) found.push(...splitter.push(text.slice(at, at + size)));
    assert.deepEqual(found, objects);
    assert.equal(splitter.unfinished, false);
  }
});

test('an object without an end is known, one that is too long is refused', () => {
  const splitter = new JsonSplitter();
  assert.deepEqual(splitter.push('{"a":'), []);
  assert.equal(splitter.unfinished, true);
  assert.throws(() => splitter.push(`"${'x'.repeat(maxObjectLength)}`), /more than 4194304 characters/);
});

function recorder(answer: Partial<ApiResponse> & { body?: string }): {
  transport: ApiTransport;
  requests: ApiRequest[];
} {
  const requests: ApiRequest[] = [];
  const transport: ApiTransport = (request) => {
    requests.push(request);
    return Promise.resolve({
      status: 200,
      headers: {},
      text: () => Promise.resolve(answer.body ?? ''),
      chunks: none,
      textChunks: none,
      close: () => {},
      ...answer,
    });
  };
  return { transport, requests };
}

async function* none(): AsyncGenerator<never> {}

test('a request is what the route declares', async () => {
  const { transport, requests } = recorder({ body: '{"EvalID":"e","Index":"x"}' });
  const client = new ApiClient({ namespace: 'n', headers: { 'X-Own': '1' } }, { transport });
  await assert.rejects(
    client.value(routes.jobs.register, { body: { Job: { ID: 'a' } }, options: { region: 'r' } }),
    /Index: cannot use string "x" as uint/,
  );
  assert.deepEqual(requests, [
    {
      method: 'PUT',
      path: '/v1/jobs?region=r&namespace=n',
      headers: { 'X-Own': '1', 'content-type': 'application/json' },
      body: '{"Job":{"ID":"a"}}',
    },
  ]);
});

test('fields that the answer lacks have their zero value', async () => {
  const { transport } = recorder({ body: '[{"ID":"a"},{}]', headers: { 'x-nomad-index': '12' } });
  const { value, meta } = await new ApiClient({}, { transport }).request(routes.nodes.list, {});
  assert.deepEqual([value?.[0]?.ID, value?.[1]?.Drain, value?.[1]?.Drivers], ['a', false, null]);
  assert.deepEqual(meta, { Index: 12, LastContact: 0, KnownLeader: false, NextToken: '' });
});

test('a client for another namespace shares the transport', async () => {
  const { transport, requests } = recorder({ body: '[]' });
  const client = new ApiClient({ namespace: 'a', token: 't' }, { transport });
  await client.with({ namespace: 'b' }).value(routes.jobs.list, {});
  assert.equal(requests[0]?.path, '/v1/jobs?namespace=b');
  assert.equal(requests[0]?.headers['x-nomad-token'], 't');
});

test('a route that takes no body sends none', async () => {
  const { transport, requests } = recorder({});
  const client = new ApiClient({}, { transport });
  await client.value(routes.system.gc, { body: { x: 1 } as never });
  assert.equal(requests[0]?.body, undefined);
});
