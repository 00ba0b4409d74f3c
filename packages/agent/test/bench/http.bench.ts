// SPDX-License-Identifier: MPL-2.0
// GET /v1/jobs with 100 jobs on 8 connections: HTTP and a whole server in this process, the load generator in another.
// Wanted: 12,000 requests per second.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Job_Register, zero } from '@serai/api';
import { nullLogger, nullMetrics, systemClock } from '#base';
import { HttpServer, noAuditor, openAuthenticator } from '#http';
import { FakeAgentInfo, memoryServer, mockJob } from '#testing';

const server = memoryServer();
await server.start();
const rpc = server.localCaller();
for (let i = 0; i < 100; i++) {
  const job = mockJob({ ID: `service-${i}`, Name: `service-${i}` });
  await rpc.call(Job_Register, { ...zero(Job_Register.request), Region: 'global', Job: job });
}
const http = new HttpServer(
  { addresses: [{ host: '127.0.0.1', port: 0 }], region: 'global' },
  {
    rpc,
    agent: new FakeAgentInfo(),
    parseJob: () => ({}),
    clock: systemClock,
    log: nullLogger,
    metrics: nullMetrics,
    authenticator: openAuthenticator,
    auditor: noAuditor,
  },
);
await http.start();
const port = http.addresses()[0]?.port ?? 0;
for (const [name, path] of [
  ['100 jobs', '/v1/jobs'],
  ['100 jobs through a filter', '/v1/jobs?filter=Priority==50'],
  ['one job', '/v1/job/service-7'],
  ['evaluations of one job', '/v1/job/service-7/evaluations'],
] as const) {
  const load = spawn(process.execPath, [
    fileURLToPath(new URL('./http/load.ts', import.meta.url)),
    String(port),
    path,
    '8',
    '3',
  ]);
  load.stderr.pipe(process.stderr);
  const { requests, seconds, p50Us, p99Us } = JSON.parse(await text(load.stdout));
  console.log(
    `${name.padEnd(26)} ${Math.round(requests / seconds)} requests/s, p50 ${p50Us} us, p99 ${p99Us} us`,
  );
}
await http.stop();
await rpc.stop();
await server.stop();
