// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import {
  Job_GetJob,
  Job_List,
  Job_Register,
  JobListStub,
  make,
  Node_GetNode,
  Node as NodeSchema,
} from '@serai/api';
import { AppError } from '#base';
import { testHttp } from '#testing';

const meta = { Index: 7, LastContact: 12_000_000, KnownLeader: true, NextToken: '' };

test('a list carries the body and what is known about it', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.on(Job_List, () => ({ ...meta, Jobs: [make(JobListStub, { ID: 'web' })], NextToken: 'default.x y' }));
  const answer = await ask(
    'GET /v1/jobs?prefix=w&per_page=5&next_token=default.web&stale&reverse=true&filter=ID',
  );
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['x-nomad-index'], '7');
  assert.equal(answer.headers['x-nomad-knownleader'], 'true');
  assert.equal(answer.headers['x-nomad-lastcontact'], '12');
  assert.equal(answer.headers['x-nomad-nexttoken'], 'default.x%20y');
  assert.equal(answer.headers.vary, 'Accept-Encoding');
  assert.equal(JSON.parse(answer.text)[0].ID, 'web');
  assert.deepEqual(rpc.last(Job_List), {
    Region: 'global',
    Namespace: 'default',
    MinQueryIndex: 0,
    MaxQueryTime: 0,
    AllowStale: true,
    Prefix: 'w',
    Filter: 'ID',
    AuthToken: '',
    PerPage: 5,
    NextToken: 'default.web',
    Reverse: true,
    Forwarded: false,
    Fields: null,
  });
});

test('a null list reads []', async (t) => {
  const { ask } = await testHttp(t);
  assert.equal((await ask('GET /v1/jobs')).text, '[]');
});

test('pretty prints with four spaces and a newline', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.on(Job_List, () => ({ ...meta, Jobs: [make(JobListStub, { ID: 'web' })] }));
  assert.match((await ask('GET /v1/jobs?pretty')).text, /^\[\n {4}\{\n {8}"ID": "web",[\s\S]*\]\n$/);
  assert.doesNotMatch((await ask('GET /v1/jobs?pretty=0')).text, /\n/);
});

test('the token comes from the header, or from Authorization', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const cases: [Record<string, string>, string][] = [
    [{ 'X-Nomad-Token': '  abc ' }, 'abc'],
    [{ Authorization: 'bearer  def ghi' }, 'def'],
    [{ Authorization: 'Bearer def', 'X-Nomad-Token': 'abc' }, 'abc'],
    [{ Authorization: 'Basic def' }, ''],
    [{}, ''],
  ];
  for (const [headers, token] of cases) {
    await ask('GET /v1/jobs', { headers });
    assert.equal(rpc.last(Job_List)['AuthToken'], token);
  }
});

test('an answer is compressed for those who take it', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const jobs = Object.freeze(Array.from({ length: 50 }, (_, i) => make(JobListStub, { ID: `job-${i}` })));
  rpc.on(Job_List, () => ({ ...meta, Jobs: jobs }));
  const plain = await ask('GET /v1/jobs');
  assert.equal(plain.headers['content-encoding'], undefined);
  for (let i = 0; i < 2; i++) {
    const zipped = await ask('GET /v1/jobs', { headers: { 'Accept-Encoding': 'br, gzip;q=0.8' } });
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.equal(zipped.headers['content-length'], String(zipped.body.length));
    assert.equal(gunzipSync(zipped.body).toString(), plain.text);
  }
  const deflated = await ask('GET /v1/jobs', { headers: { 'Accept-Encoding': 'deflate, gzip;q=0' } });
  assert.equal(inflateSync(deflated.body).toString(), plain.text);
});

test('HEAD answers like GET, without the body', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.on(Job_List, () => ({ ...meta, Jobs: [make(JobListStub, { ID: 'web' })] }));
  const get = await ask('GET /v1/jobs');
  const head = await ask('HEAD /v1/jobs');
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  assert.equal(head.headers['content-length'], get.headers['content-length']);
  assert.equal((await ask('HEAD /v1/system/gc')).status, 405);
});

test('paths that are no routes', async (t) => {
  const { ask } = await testHttp(t);
  const root = await ask('GET /?x=1');
  assert.equal(root.status, 307);
  assert.equal(root.headers.location, '/ui/?x=1');
  const unknown = await ask('GET /v1/nope');
  assert.deepEqual([unknown.status, unknown.text], [404, '']);
  assert.equal((await ask('GET /v1/job/')).status, 404);
  assert.equal((await ask('GET /ui/')).text, '<html><p>Nomad UI is disabled</p></html>');
});

test('a method that the path does not have is refused', async (t) => {
  const { ask } = await testHttp(t);
  const answer = await ask('DELETE /v1/jobs');
  assert.deepEqual([answer.status, answer.text], [405, 'Invalid method']);
  assert.equal(answer.headers.allow, 'GET, PUT, POST');
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
});

test('an id may hold slashes, plain or escaped', async (t) => {
  const { ask, rpc } = await testHttp(t);
  await ask('GET /v1/job/batch/dispatch-1/allocations');
  assert.equal(rpc.calls.at(-1)?.args['JobID'], 'batch/dispatch-1');
  await ask('GET /v1/job/batch%2Fdispatch-1');
  assert.equal(rpc.last(Job_GetJob)['JobID'], 'batch/dispatch-1');
});

test('errors of the RPC layer keep status and text', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const cases: [AppError | Error, number, string][] = [
    [new AppError('not-found', 'job not found'), 404, 'job not found'],
    [new AppError('unavailable', 'No cluster leader'), 500, 'No cluster leader'],
    [new AppError('denied', 'Permission denied'), 403, 'Permission denied'],
    [new AppError('internal', 'rpc error: Permission denied'), 403, 'Permission denied'],
    [new AppError('internal', 'rpc error: No path to region'), 500, 'rpc error: No path to region'],
    [new AppError('conflict', 'x', { status: 999 }), 500, 'x'],
    [
      new TypeError("Cannot read properties of undefined (reading 'secret')"),
      500,
      'internal error: the log of the agent has the details',
    ],
  ];
  for (const [error, status, text] of cases) {
    rpc.on(Job_GetJob, () => {
      throw error;
    });
    const answer = await ask('GET /v1/job/web');
    assert.deepEqual([answer.status, answer.text], [status, text]);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  }
});

test('a missing object is 404 with its own text', async (t) => {
  const { ask } = await testHttp(t);
  const cases: Record<string, string> = {
    '/v1/job/x': 'job not found',
    '/v1/job/x/versions': 'job versions not found',
    '/v1/job/x/summary': 'job not found',
    '/v1/job/x/submission?version=1': 'job source not found',
    '/v1/allocation/x': 'alloc not found',
    '/v1/evaluation/x': 'eval not found',
    '/v1/deployment/x': 'deployment not found',
    '/v1/node/x': 'node not found',
    '/v1/node/pool/x': 'node pool not found',
    '/v1/namespace/x': 'Namespace not found',
  };
  for (const [path, text] of Object.entries(cases)) {
    const answer = await ask(`GET ${path}`);
    assert.deepEqual([path, answer.status, answer.text], [path, 404, text]);
  }
});

test('bad parameters are named', async (t) => {
  const { ask } = await testHttp(t);
  const cases: Record<string, string> = {
    'GET /v1/jobs?index=x': 'Invalid index',
    'GET /v1/jobs?wait=5': 'Invalid wait time',
    'GET /v1/jobs?stale=perhaps': 'Failed to parse value of "stale" (perhaps) as a bool',
    'GET /v1/jobs?per_page=-1': 'Failed to parse value of "per_page" (-1) as an int32',
    'GET /v1/jobs?meta=maybe': 'Failed to parse value of "meta" (maybe) as a bool',
    'GET /v1/job/%zz': 'invalid URL escape in "/v1/job/%zz"',
    'DELETE /v1/job/x?eval_priority=101': 'eval priority must be between 1 and 100 inclusive',
    'GET /v1/evaluations?job=x&filter=y': 'Filter expression cannot be used with other filter parameters',
    'GET /v1/client/stats': 'No local Node and node_id not provided',
    'GET /v1/client/fs/logs/x?type=stdout': 'must provide task name',
    'GET /v1/client/fs/logs/x?task=t': 'must provide log type (stdout/stderr)',
    'GET /v1/client/fs/logs/x?task=t&type=stdout&origin=middle': 'origin must be start or end',
    'GET /v1/client/fs/cat/x': 'must provide a file name',
    'GET /v1/agent/monitor?log_level=loud': 'Unknown log level: loud',
  };
  for (const [line, text] of Object.entries(cases)) {
    const answer = await ask(line);
    assert.deepEqual([line, answer.status, answer.text], [line, 400, text]);
  }
});

test('bodies that cannot be used are refused with the place', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const cases: [string | Buffer, RegExp][] = [
    ['', /^Request body is empty$/],
    ['{', /^failed to decode request body: .*JSON/],
    [Buffer.from([0x7b, 0xff, 0x7d]), /^failed to decode request body: it is not valid UTF-8$/],
    ['[]', /^failed to decode request body: cannot use array as object$/],
    ['{"Job":{"ID":7}}', /^failed to decode request body: Job\.ID: cannot use number 7 as string$/],
    [
      '{"Job":{"ID":"x","TaskGroups":[{"Count":"many"}]}}',
      /^failed to decode request body: Job\.TaskGroups\[0\]\.Count: cannot use string "many" as int$/,
    ],
    [`{"Job":{"TaskGroups":[{"Tasks":[{"Config":{"x":${deep}}}]}]}}`, /nested deeper than 100 levels$/],
    ['{}', /^Job must be specified$/],
    ['{"Job":{}}', /^Job ID hasn't been provided$/],
    ['{"Job":{"ID":"x","Namespace":"*"}}', /needs one namespace/],
  ];
  for (const [body, text] of cases) {
    const answer = await ask('PUT /v1/jobs', { body });
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, text);
  }
  assert.equal(rpc.calls.length, 0);
});

test('a job is registered in the namespace and region that Nomad would choose', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const register = async (query: string, body: object): Promise<string[]> => {
    const answer = await ask(`POST /v1/jobs${query}`, { body: JSON.stringify(body) });
    assert.equal(answer.status, 200, answer.text);
    const { Region, Namespace, Job } = rpc.last(Job_Register) as {
      Region: string;
      Namespace: string;
      Job: { Region: string; Namespace: string };
    };
    assert.deepEqual([Job.Region, Job.Namespace], [Region, Namespace]);
    return [Region, Namespace];
  };
  assert.deepEqual(await register('', { Job: { ID: 'x' } }), ['global', 'default']);
  const all = { Job: { ID: 'x', Namespace: 'c', Region: 'r3' }, Namespace: 'b', Region: 'r2' };
  assert.deepEqual(await register('?namespace=a&region=r1', all), ['r2', 'a']);
  assert.deepEqual(await register('?region=r1', { Job: all.Job, Namespace: 'b' }), ['r1', 'b']);
  assert.deepEqual(await register('', { Job: all.Job }), ['r3', 'c']);
  assert.deepEqual(await register('', { Job: { ID: 'x', Region: 'global' } }), ['global', 'default']);
});

test('an update must name the job of its path', async (t) => {
  const { ask } = await testHttp(t);
  const answer = await ask('POST /v1/job/y', { body: '{"Job":{"ID":"x"}}' });
  assert.deepEqual([answer.status, answer.text], [400, 'Job ID does not match name']);
  assert.equal((await ask('POST /v1/job/x/plan', { body: '{"Job":{"ID":"x"}}' })).status, 200);
});

test('a write tells only the index', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.on(Job_Register, () => ({ ...meta, EvalID: 'e', EvalCreateIndex: 7, JobModifyIndex: 7, Warnings: '' }));
  const answer = await ask('PUT /v1/jobs', { body: '{"Job":{"ID":"x"}}' });
  assert.equal(answer.headers['x-nomad-index'], '7');
  assert.equal(answer.headers['x-nomad-knownleader'], undefined);
  assert.equal(JSON.parse(answer.text).EvalID, 'e');
});

test('a node is shown without its secret', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.on(Node_GetNode, () => ({ ...meta, Node: make(NodeSchema, { ID: 'n', SecretID: 'hidden' }) }));
  const answer = await ask('GET /v1/node/n');
  assert.doesNotMatch(answer.text, /hidden/);
  assert.equal(JSON.parse(answer.text).Drain, false);
});

test('50 MB are refused without being kept', async (t) => {
  const { port, rpc } = await testHttp(t);
  const refused = await sendRaw(port, (write) => {
    write('PUT /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 52428800\r\n\r\n');
  });
  assert.match(refused, /^HTTP\/1\.1 413 /);
  assert.match(refused, /request body is too large: the limit here is 4194304 bytes/);
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const chunked = await sendRaw(port, (write) => {
    write('PUT /v1/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let i = 0; i < 100; i++) write(chunk);
    write('0\r\n\r\n');
  });
  assert.match(chunked, /^HTTP\/1\.1 413 /);
  assert.equal(rpc.calls.length, 0);
});

test('a sender that waits for permission is asked for its body, or refused at once', async (t) => {
  const { port } = await testHttp(t);
  const body = '{"Job":{"ID":"x"}}';
  const head = (length: number): string =>
    `PUT /v1/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
  const asked = await sendRaw(port, (write) => write(head(body.length) + body));
  assert.match(asked, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  assert.match(await sendRaw(port, (write) => write(head(50_000_000))), /^HTTP\/1\.1 413 /);
});

test('bytes that are no HTTP and heads that are too large get a short answer', async (t) => {
  const { port } = await testHttp(t);
  assert.match(await sendRaw(port, (write) => write('\x16\x03\x01\x02\x00\x01\r\n\r\n')), /^HTTP\/1\.1 400 /);
  const large = `GET /v1/jobs HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`;
  assert.match(await sendRaw(port, (write) => write(large)), /^HTTP\/1\.1 431 /);
  assert.match(
    await sendRaw(port, (write) => write('GET http://x/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')),
    /^HTTP\/1\.1 400 /,
  );
});

/** Everything that comes back until the other side closes. */
function sendRaw(port: number, send: (write: (text: string) => void) => void): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => send((text) => socket.write(text)));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      received += text;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}
