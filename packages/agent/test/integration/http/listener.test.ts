// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Job_List, Job_Register } from '@serai/api';
import { AppError, MetricsRegistry } from '#base';
import type { AuditEvent } from '#http';
import { testHttp } from '#testing';

function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => {});
  });
}

function untilClosed(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    socket.on('close', () => resolve(text));
  });
}

test('one address gets so many connections and no more', async (t) => {
  const metrics = new MetricsRegistry({ nowMs: () => 0 });
  const { port } = await testHttp(t, {
    options: { maxConnectionsPerClient: 2 },
    dependencies: { metrics },
  });
  const first = await open(port);
  const second = await open(port);
  const refused = await untilClosed(await open(port));
  assert.match(refused, /^HTTP\/1\.1 429 Too Many Requests\r\n/);
  assert.match(
    refused,
    /Your IP is issuing too many concurrent connections, please rate limit your calls\n$/,
  );
  assert.equal(metrics.totals().counters[0]?.name, 'nomad.nomad.agent.http.exceeded');
  first.destroy();
  // The place is free once the server has noticed.
  for (;;) {
    const again = await open(port);
    again.write('GET /v1/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    if ((await untilClosed(again)).startsWith('HTTP/1.1 200')) break;
  }
  second.destroy();
});

test('stop answers waiting queries, closes idle connections and takes no new ones', async (t) => {
  const { server, port, rpc } = await testHttp(t);
  const started = Promise.withResolvers<void>();
  rpc.on(Job_List, (_, options) => {
    started.resolve();
    return new Promise((_resolve, reject) => {
      options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
    });
  });
  const idle = await open(port);
  const waiting = await open(port);
  waiting.write('GET /v1/jobs?index=5 HTTP/1.1\r\nHost: x\r\n\r\n');
  await started.promise;
  const answers = [untilClosed(waiting), untilClosed(idle)];
  await server.stop();
  const [answer] = await Promise.all(answers);
  assert.match(answer ?? '', /^HTTP\/1\.1 500 [\s\S]*the agent is shutting down$/);
  await assert.rejects(
    new Promise((_resolve, reject) => connect(port, '127.0.0.1').on('error', reject)),
    /ECONNREFUSED/,
  );
});

test('a head that does not come to its end is given up', async (t) => {
  const { port } = await testHttp(t, { options: { headTimeoutMs: 100 } });
  const slow = await open(port);
  slow.write('GET /v1/jobs HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  assert.match(await untilClosed(slow), /^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('a page of elsewhere cannot register a job through the browser of somebody', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const headers = { Origin: 'https://evil.example', 'Content-Type': 'text/plain' };
  const refused = await ask('POST /v1/jobs', { headers, body: '{"Job":{"ID":"x"}}' });
  assert.deepEqual(
    [refused.status, refused.text],
    [403, 'a page of another origin may not change anything here'],
  );
  assert.deepEqual(rpc.calls, []);
});

test('a taken address is named', async (t) => {
  const { port } = await testHttp(t);
  await assert.rejects(
    testHttp(t, { options: { addresses: [{ host: '127.0.0.1', port }] } }),
    new RegExp(`cannot listen for HTTP on 127.0.0.1:${port}: another process uses this address`),
  );
});

test('who may not come in is told so before anything is read', async (t) => {
  const { ask, rpc } = await testHttp(t, {
    dependencies: {
      authenticator: {
        authenticate: ({ token }) => {
          if (token !== 'good') throw new AppError('denied', 'Permission denied');
          return { accessorId: 'a1' };
        },
      },
    },
  });
  const refused = await ask('PUT /v1/jobs', { body: 'no json at all' });
  assert.deepEqual([refused.status, refused.text], [403, 'Permission denied']);
  assert.equal(rpc.calls.length, 0);
  assert.equal((await ask('GET /v1/jobs', { headers: { 'X-Nomad-Token': 'good' } })).status, 200);
});

test('each call is recorded with its status; a critical one not at all when it cannot be recorded', async (t) => {
  const ended: [string, string, number][] = [];
  const { ask, rpc } = await testHttp(t, {
    dependencies: {
      auditor: {
        begin: async (event: AuditEvent) => {
          if (event.route.security.audit === 'critical') throw new AppError('internal', 'audit log is full');
        },
        end: (event, status) => ended.push([event.route.name, event.namespace, status]),
      },
    },
  });
  await ask('GET /v1/job/x?namespace=prod');
  await ask('PUT /v1/jobs', { body: '{"Job":{"ID":"x"}}' });
  assert.deepEqual(ended, [
    ['jobs.get', 'prod', 404],
    ['jobs.register', 'default', 200],
  ]);
  assert.equal(rpc.last(Job_Register)['Namespace'], 'default');
  const before = rpc.calls.length;
  const refused = await ask('PUT /v1/system/gc');
  assert.deepEqual([refused.status, refused.text], [500, 'audit log is full']);
  assert.equal(rpc.calls.length, before);
});

test('headers of the configuration are on every answer', async (t) => {
  const { ask } = await testHttp(t, { options: { responseHeaders: { 'X-Own': 'yes' } } });
  for (const path of ['/v1/jobs', '/v1/nope', '/', '/v1/job/x'])
    assert.equal((await ask(`GET ${path}`)).headers['x-own'], 'yes', path);
});

test('pages of other origins may read files and logs, nothing else', async (t) => {
  const { ask } = await testHttp(t);
  const headers = { Origin: 'https://ui.example' };
  const allowed = await ask('GET /v1/client/fs/ls/a1', { headers });
  assert.equal(allowed.headers['access-control-allow-origin'], '*');
  const failed = await ask('GET /v1/client/fs/cat/a1', { headers });
  assert.equal(failed.headers['access-control-allow-origin'], '*');
  assert.equal((await ask('GET /v1/jobs', { headers })).headers['access-control-allow-origin'], undefined);
  const preflight = await ask('OPTIONS /v1/client/fs/ls/a1', { headers });
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-methods']], [204, 'HEAD, GET']);
  assert.equal((await ask('OPTIONS /v1/jobs', { headers })).status, 405);
});

test('the UI is served with its security headers, and nothing outside its directory', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'serai-ui-'));
  t.after(() => rm(directory, { recursive: true }));
  const ui = join(directory, 'ui');
  await mkdir(join(ui, 'assets'), { recursive: true });
  await writeFile(join(directory, 'secret.txt'), 'hidden');
  await symlink(join(directory, 'secret.txt'), join(ui, 'link.txt'));
  await writeFile(join(ui, 'index.html'), '<p>app</p>');
  await writeFile(join(ui, 'assets', 'app.js'), 'run()');
  const { ask } = await testHttp(t, { options: { uiDirectory: ui } });
  const page = await ask('GET /ui/');
  assert.equal(page.text, '<p>app</p>');
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  const script = await ask('GET /ui/assets/app.js');
  assert.deepEqual(
    [script.text, script.headers['content-type'], script.headers['x-content-type-options']],
    ['run()', 'text/javascript; charset=utf-8', 'nosniff'],
  );
  for (const path of ['jobs/web', '../secret.txt', '..%2fsecret.txt', 'link.txt', 'assets/../../secret.txt'])
    assert.equal((await ask(`GET /ui/${path}`)).text, '<p>app</p>', path);
  assert.equal((await ask('PUT /ui/')).status, 405);
  assert.equal((await ask('GET /ui')).headers.location, '/ui/');
});

test('health is 500 as soon as one mode is ill', async (t) => {
  const { ask, agent } = await testHttp(t);
  agent.modes = { server: { ok: true, message: 'ok' }, client: { ok: false, message: 'no known servers' } };
  const both = await ask('GET /v1/agent/health');
  assert.equal(both.status, 500);
  assert.deepEqual(JSON.parse(both.text), agent.modes);
  assert.equal((await ask('GET /v1/agent/health?type=server')).status, 200);
  delete agent.modes.client;
  const missing = await ask('GET /v1/agent/health?type=client');
  assert.deepEqual(
    [missing.status, missing.text],
    [500, '{"client":{"ok":false,"message":"client not enabled"}}'],
  );
  assert.equal((await ask('GET /v1/agent/health?type=other')).status, 400);
});

test('the servers of a client can be read and set; a server has none', async (t) => {
  const { ask, agent } = await testHttp(t);
  const none = await ask('GET /v1/agent/servers');
  assert.deepEqual([none.status, none.text], [501, 'Invalid method']);
  agent.knownServers = ['b:4647', 'a:4647'];
  assert.equal((await ask('GET /v1/agent/servers')).text, '["a:4647","b:4647"]');
  assert.equal((await ask('PUT /v1/agent/servers')).text, 'missing server address');
  assert.equal((await ask('PUT /v1/agent/servers?address=x:1&address=y:2')).status, 200);
  assert.deepEqual(agent.knownServers, ['x:1', 'y:2']);
});

test('metrics come as JSON, and as Prometheus text where that is enabled', async (t) => {
  const { ask, agent } = await testHttp(t);
  agent.totals = {
    timestampMs: 0,
    gauges: [{ name: 'nomad.a', labels: {}, value: 1 }],
    counters: [],
    samples: [],
  };
  agent.interval = agent.totals;
  agent.labels = { host: 'h' };
  assert.deepEqual(JSON.parse((await ask('GET /v1/metrics')).text).Gauges, [
    { Name: 'nomad.a', Value: 1, Labels: { host: 'h' } },
  ]);
  const off = await ask('GET /v1/metrics?format=prometheus');
  assert.deepEqual([off.status, off.text], [415, 'Prometheus is not enabled']);
  agent.prometheus = true;
  assert.match((await ask('GET /v1/metrics?format=prometheus')).text, /^nomad_a\{host="h"\} 1$/m);
});
