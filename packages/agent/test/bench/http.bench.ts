// SPDX-License-Identifier: MPL-2.0
// GET /v1/jobs with 100 jobs on 8 connections: the server in this process, the load generator in another.
// Wanted: 12,000 requests per second.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Job_GetJob, Job_List, JobListStub, JobSummary, make, TaskGroupSummary } from '@serai/api';
import { nullLogger, nullMetrics, systemClock } from '#base';
import { HttpServer, noAuditor, openAuthenticator } from '#http';
import { LocalCaller, Router } from '#rpc';
import { FakeAgentInfo, mockJob } from '#testing';

const meta = { Index: 100, LastContact: 0, KnownLeader: true, NextToken: '' };
const jobs = Object.freeze(Array.from({ length: 100 }, (_, i) => stub(i)));
const job = Object.freeze(mockJob());
const fresh = Array.from({ length: 100 }, (_, i) => stub(i));

function stub(i: number): JobListStub {
  const summary = make(JobSummary, {
    JobID: `service-${i}`,
    Namespace: 'default',
    Summary: { web: make(TaskGroupSummary, { Running: 3 }) },
  });
  return Object.freeze(
    make(JobListStub, {
      ID: `service-${i}`,
      Name: `service-${i}`,
      Namespace: 'default',
      Datacenters: ['dc1'],
      NodePool: 'default',
      Type: 'service',
      Priority: 50,
      Status: 'running',
      JobSummary: summary,
      CreateIndex: i,
      ModifyIndex: i,
      JobModifyIndex: i,
      SubmitTime: 1_700_000_000_000_000_000,
    }),
  );
}

const router = new Router()
  .handle(Job_List, ({ Prefix }) => ({ ...meta, Jobs: Prefix === 'fresh' ? [...fresh] : jobs }))
  .handle(Job_GetJob, () => ({ ...meta, Job: job }));
const server = new HttpServer(
  { addresses: [{ host: '127.0.0.1', port: 0 }], region: 'global' },
  {
    rpc: new LocalCaller({}, { router, clock: systemClock, log: nullLogger }),
    agent: new FakeAgentInfo(),
    parseJob: () => ({}),
    clock: systemClock,
    log: nullLogger,
    metrics: nullMetrics,
    authenticator: openAuthenticator,
    auditor: noAuditor,
  },
);
await server.start();
const port = server.addresses()[0]?.port ?? 0;
for (const [name, path] of [
  ['100 jobs, unchanged', '/v1/jobs'],
  ['100 jobs, encoded anew', '/v1/jobs?prefix=fresh'],
  ['one job', '/v1/job/web'],
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
    `${name.padEnd(24)} ${Math.round(requests / seconds)} requests/s, p50 ${p50Us} us, p99 ${p99Us} us`,
  );
}
await server.stop();
