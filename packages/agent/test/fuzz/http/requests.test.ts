// SPDX-License-Identifier: MPL-2.0
// Thousands of damaged requests: each gets an answer of the listed kinds, and the server lives on.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { allRoutes } from '@serai/api';
import fc from 'fast-check';
import type { LogFields, Logger } from '#base';
import { testHttp } from '#testing';

const paths = allRoutes.map((route) => route.path.replace(/:\w+/, 'x1'));
const names = [
  'region',
  'namespace',
  'index',
  'wait',
  'stale',
  'prefix',
  'filter',
  'per_page',
  'next_token',
  'reverse',
  'pretty',
  'task',
  'type',
  'follow',
  'offset',
  'limit',
  'path',
  'origin',
  'node_id',
  'log_level',
  'plain',
  'format',
  'version',
  'eval_priority',
  'purge',
  'cas',
];
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1',
    'true',
    '99999999999999999999',
    '../..',
    '%',
    '%zz',
    '%00',
    '*',
    '\u0000',
    '💥',
  ),
);
const query = fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 4 });
const json = fc.jsonValue({ maxDepth: 4 });
const job = fc.record(
  {
    ID: fc.oneof(fc.constant('x1'), json),
    Type: fc.oneof(fc.constantFrom('service', 'batch', 'nope'), json),
    Datacenters: json,
    Priority: json,
    TaskGroups: fc.oneof(
      fc.array(
        fc.record(
          {
            Name: fc.oneof(fc.constant('g'), json),
            Count: json,
            Networks: json,
            Update: json,
            Tasks: fc.oneof(
              fc.array(
                fc.record(
                  { Name: fc.constant('t'), Config: json, Resources: json, Services: json },
                  { requiredKeys: [] },
                ),
                { maxLength: 2 },
              ),
              json,
            ),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 2 },
      ),
      json,
    ),
    Periodic: json,
    Meta: json,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.constant(''),
  json.map((value) => JSON.stringify(value)),
  job.map((value) => JSON.stringify({ Job: value })),
  fc
    .record({ JobID: json, DeploymentID: json, EvalIDs: json, DrainSpec: json, Signal: json })
    .map((v) => JSON.stringify(v)),
  job.map((value) => JSON.stringify({ Job: value }).slice(0, -3)),
  fc.string({ unit: 'binary', maxLength: 50 }),
);
const request = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'),
  path: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...paths) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...paths), text).map(([path, tail]) => `${path}/${tail}`),
    },
    { weight: 1, arbitrary: text.map((tail) => `/v1/${tail}`) },
  ),
  query,
  body,
  headers: fc.array(
    fc.tuple(
      fc.constantFrom(
        'X-Nomad-Token',
        'Authorization',
        'Accept-Encoding',
        'Origin',
        'Content-Type',
        'Expect',
      ),
      fc.oneof(fc.constantFrom('gzip', 'Bearer x', '100-continue', '*'), fc.stringMatching(/^[ -~]{0,20}$/)),
    ),
    { maxLength: 2 },
  ),
});

/** Only what `http.request` can send; the raw bytes have a test of their own. */
function lineOf({
  method,
  path,
  query: pairs,
}: {
  method: string;
  path: string;
  query: [string, string][];
}): string {
  const search = pairs.map(([name, value]) => `${name}=${escapeUnsafe(value)}`).join('&');
  return `${method} ${escapeUnsafe(path)}${search === '' ? '' : `?${search}`}`;
}
/** Keeps what is damaged on purpose, like a lone '%'. */
function escapeUnsafe(value: string): string {
  return value.toWellFormed().replace(/[^!-~]|#|\?/gu, (char) => encodeURIComponent(char));
}

const allowed = new Set([200, 204, 307, 400, 403, 404, 405, 413, 415, 417, 429, 431, 500, 501]);
const stackTrace = /\n\s+at |\.ts:\d+|node:internal|Cannot read prop|is not a function|undefined \(/;

test('whatever is asked, the answer is one of the listed ones and shows nothing of the inside', async (t) => {
  const bugs: unknown[] = [];
  const log = watchfulLogger(bugs);
  const { ask } = await testHttp(t, { dependencies: { log } });
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      bugs.length = 0;
      const headers = Object.fromEntries(asked.headers);
      const answer = await ask(lineOf(asked), { body: asked.body, headers });
      assert.ok(allowed.has(answer.status), `${answer.status} ${answer.text.slice(0, 200)}`);
      if (answer.status >= 400) assert.doesNotMatch(answer.text, stackTrace);
      assert.deepEqual(bugs, []);
    }),
    { numRuns: 3_000 },
  );
  assert.equal((await ask('GET /v1/jobs')).text, '[]');
});

test('whatever bytes come, the connection ends and the server lives on', async (t) => {
  const { port, ask } = await testHttp(t);
  const good =
    'PUT /v1/jobs?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\nConnection: close\r\n\r\n{"Job":{"ID":"x"}}';
  const damaged = fc
    .tuple(fc.nat(good.length), fc.nat(8), fc.uint8Array({ maxLength: 8 }))
    .map(([at, cut, put]) =>
      Buffer.concat([Buffer.from(good.slice(0, at)), Buffer.from(put), Buffer.from(good.slice(at + cut))]),
    );
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
      const answer = await sendRaw(port, bytes);
      assert.match(answer, /^$|^HTTP\/1\.1 (200|307|400|404|405|408|413|417|431|500|501) /);
      assert.doesNotMatch(answer, stackTrace);
    }),
    { numRuns: 500 },
  );
  assert.equal((await ask('GET /v1/jobs')).status, 200);
});

/** Sends, ends, and reads what comes until the other side closes. */
function sendRaw(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (part) => {
      received += part;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

/** A request that is answered with "internal error" is a bug, and the log tells of it. */
function watchfulLogger(bugs: unknown[]): Logger {
  const logger: Logger = {
    trace: () => {},
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (message: string, fields?: LogFields) => bugs.push({ message, ...fields }),
    child: () => logger,
  };
  return logger;
}
