// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Job, make, ParameterizedJobConfig, PeriodicConfig } from '@serai/api';
import { mockBatchJob, TestState } from '#testing';
import { deleteJob, stopJob, upsertJob } from './job.ts';
import { recordPeriodicLaunch } from './periodic-launch.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const hour = 3_600_000;
const periodic = (fields: Partial<PeriodicConfig> = {}): PeriodicConfig =>
  make(PeriodicConfig, {
    Enabled: true,
    Specs: ['0 * * * *'],
    SpecType: 'cron',
    TimeZone: 'UTC',
    ...fields,
  });

function put(state: TestState, fields: Partial<Job> = {}): Job {
  const job = mockBatchJob({ ID: 'backup', Periodic: periodic(), SubmitTime: noon * 1e6, ...fields });
  return state.write((tx) => upsertJob(tx, { job }));
}
const launchOf = (state: TestState): string | undefined =>
  state.snapshot.periodicLaunch('default', 'backup')?.Launch;
const launchAt = (state: TestState, timeMs: number): void =>
  state.write((tx) =>
    recordPeriodicLaunch(tx, { Namespace: 'default', ID: 'backup' }, new Date(timeMs).toISOString()),
  );

describe('launches of a periodic job', () => {
  test('count from its registration', () => {
    const state = new TestState();
    put(state);
    assert.deepEqual(state.snapshot.periodicLaunch('default', 'backup'), {
      Namespace: 'default',
      ID: 'backup',
      Launch: '2026-01-01T12:00:00.000Z',
      CreateIndex: 1,
      ModifyIndex: 1,
    });
  });

  test('are remembered, and a later launch keeps the create index', () => {
    const state = new TestState();
    put(state);
    launchAt(state, noon + hour);
    const row = state.snapshot.periodicLaunch('default', 'backup');
    assert.deepEqual([row?.Launch, row?.CreateIndex, row?.ModifyIndex], ['2026-01-01T13:00:00.000Z', 1, 2]);
  });

  test('stay as they are when a new version has the same schedule', () => {
    const state = new TestState();
    put(state);
    launchAt(state, noon + hour);
    put(state, { Priority: 70, SubmitTime: (noon + 3 * hour) * 1e6 });
    assert.equal(launchOf(state), '2026-01-01T13:00:00.000Z');
  });

  test('count anew from a version with another schedule or time zone', () => {
    const state = new TestState();
    put(state);
    put(state, { Periodic: periodic({ Specs: ['* * * * *'] }), SubmitTime: (noon + hour) * 1e6 });
    assert.equal(launchOf(state), '2026-01-01T13:00:00.000Z');
    put(state, {
      Periodic: periodic({ Specs: ['* * * * *'], TimeZone: 'Europe/Berlin' }),
      SubmitTime: (noon + 2 * hour) * 1e6,
    });
    assert.equal(launchOf(state), '2026-01-01T14:00:00.000Z');
  });

  test('the old single expression and a list of one are the same schedule', () => {
    const state = new TestState();
    put(state, { Periodic: periodic({ Spec: '0 * * * *', Specs: null }) });
    put(state, { SubmitTime: (noon + hour) * 1e6 });
    assert.equal(launchOf(state), '2026-01-01T12:00:00.000Z');
  });

  test('are forgotten when it is stopped, and count anew when it is run again', () => {
    const state = new TestState();
    put(state);
    state.write((tx) => stopJob(tx, { namespace: 'default', jobId: 'backup', nowNs: (noon + hour) * 1e6 }));
    assert.equal(launchOf(state), undefined);
    put(state, { SubmitTime: (noon + 5 * hour) * 1e6 });
    assert.equal(launchOf(state), '2026-01-01T17:00:00.000Z');
  });

  test('are forgotten when it is disabled or purged', () => {
    const state = new TestState();
    put(state);
    put(state, { Periodic: periodic({ Enabled: false }) });
    assert.equal(launchOf(state), undefined);
    put(state);
    state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: 'backup' }));
    assert.equal(launchOf(state), undefined);
    assert.equal(state.snapshot.count('periodicLaunches'), 0);
  });

  test('are none for a job that is only dispatched, and some for what was dispatched from it', () => {
    const state = new TestState();
    const ParameterizedJob = make(ParameterizedJobConfig, { Payload: 'optional' });
    put(state, { ParameterizedJob });
    assert.equal(launchOf(state), undefined);
    put(state, { ID: 'backup/dispatch-1', ParentID: 'backup', ParameterizedJob, Dispatched: true });
    assert.ok(state.snapshot.periodicLaunch('default', 'backup/dispatch-1'));
  });

  test('are none for other jobs', () => {
    const state = new TestState();
    put(state, { Periodic: null });
    assert.equal(state.snapshot.count('periodicLaunches'), 0);
  });
});

describe('dispatched jobs', () => {
  test('are found by the token of their request, per parent and namespace', () => {
    const state = new TestState();
    put(state, { ID: 'a/dispatch-1', ParentID: 'a', Dispatched: true, DispatchIdempotencyToken: 'once' });
    put(state, { ID: 'a/dispatch-2', ParentID: 'a', Dispatched: true });
    const find = (namespace: string, parent: string, token: string): string | undefined =>
      state.snapshot.dispatchedJob(namespace, parent, token)?.ID;
    assert.equal(find('default', 'a', 'once'), 'a/dispatch-1');
    assert.equal(find('default', 'a', 'twice'), undefined);
    assert.equal(find('default', 'a', ''), undefined);
    assert.equal(find('default', 'b', 'once'), undefined);
    assert.equal(find('other', 'a', 'once'), undefined);
    state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: 'a/dispatch-1' }));
    assert.equal(find('default', 'a', 'once'), undefined);
  });
});
