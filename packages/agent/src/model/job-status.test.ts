// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalizeJob } from './canonicalize/job.ts';
import { allClientTerminal, deriveJobStatus, jobListStub, jobSummaryFor } from './job-status.ts';

const task = { Name: 't', Driver: 'x' };
const service = canonicalizeJob({
  ID: 'web',
  TaskGroups: [
    { Name: 'g', Tasks: [task] },
    { Name: 'h', Tasks: [task] },
  ],
});
const alloc = (ClientStatus: string, DesiredStatus = 'run', TaskGroup = 'g') => ({
  ClientStatus,
  DesiredStatus,
  TaskGroup,
});
const evaluation = (Status: string) => ({ Status });

test('a job is pending until something is placed or everything is over', () => {
  assert.equal(deriveJobStatus(service, [], []), 'pending');
  assert.equal(deriveJobStatus(service, [], [evaluation('blocked')]), 'pending');
  assert.equal(deriveJobStatus(service, [alloc('pending')], []), 'running');
  assert.equal(deriveJobStatus(service, [alloc('failed'), alloc('running')], []), 'running');
  assert.equal(deriveJobStatus(service, [alloc('complete')], [evaluation('complete')]), 'dead');
  assert.equal(deriveJobStatus(service, [alloc('running', 'stop')], []), 'dead');
  assert.equal(deriveJobStatus(service, [alloc('failed')], [evaluation('pending')]), 'pending');
  assert.equal(deriveJobStatus(service, [], [evaluation('failed')]), 'dead');
  assert.equal(deriveJobStatus(service, [], [], { evalsDeleted: true }), 'dead');
});

test('system, periodic and parameterized jobs run until they are stopped', () => {
  const waiting = [
    { ...service, Type: 'system' },
    canonicalizeJob({ ID: 'p', Type: 'batch', Periodic: { Specs: ['@daily'] } }),
    canonicalizeJob({ ID: 'd', Type: 'batch', ParameterizedJob: {} }),
  ];
  for (const job of waiting) {
    assert.equal(deriveJobStatus(job, [], []), 'running', job.ID);
    assert.equal(deriveJobStatus({ ...job, Stop: true }, [alloc('running')], []), 'dead', job.ID);
  }
});

test('a dispatched job is an ordinary one', () => {
  const job = canonicalizeJob({ ID: 'd/dispatch-1', Type: 'batch', ParameterizedJob: {}, Dispatched: true });
  assert.equal(deriveJobStatus(job, [], []), 'pending');
});

test('a summary counts allocations by group and status', () => {
  const summary = jobSummaryFor({
    job: service,
    allocs: [
      alloc('running'),
      alloc('running'),
      alloc('failed'),
      alloc('pending'),
      alloc('pending', 'stop'),
      alloc('lost', 'stop', 'h'),
      alloc('unknown', 'run', 'gone'),
    ],
    queued: { h: 2 },
    createIndex: 5,
    modifyIndex: 6,
  });
  const none = { Queued: 0, Complete: 0, Failed: 0, Running: 0, Starting: 0, Lost: 0, Unknown: 0 };
  assert.deepEqual(summary.Summary, {
    g: { ...none, Running: 2, Failed: 1, Starting: 1 },
    h: { ...none, Queued: 2, Lost: 1 },
    gone: { ...none, Unknown: 1 },
  });
  assert.equal(summary.Children, null);
});

test('a summary of a periodic job counts its children', () => {
  const job = canonicalizeJob({ ID: 'p', Type: 'batch', Periodic: { Specs: ['@daily'] } });
  const summary = jobSummaryFor({
    job,
    allocs: [],
    childStatuses: ['dead', 'dead', 'running', 'pending'],
    createIndex: 1,
    modifyIndex: 1,
  });
  assert.deepEqual(summary.Children, { Pending: 1, Running: 1, Dead: 2 });
});

test('a list entry says what kind of job it is', () => {
  const stub = jobListStub({ ...service, Status: 'running' }, null);
  assert.deepEqual(
    [stub.ID, stub.Periodic, stub.ParameterizedJob, stub.Status],
    ['web', false, false, 'running'],
  );
});

test('whether everything has stopped', () => {
  assert.equal(allClientTerminal([alloc('complete'), alloc('failed')]), true);
  assert.equal(allClientTerminal([alloc('complete'), alloc('running')]), false);
});
