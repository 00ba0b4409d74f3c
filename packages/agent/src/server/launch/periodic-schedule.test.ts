// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Job, make, ParameterizedJobConfig, PeriodicConfig } from '@serai/api';
import fc from 'fast-check';
import { mockBatchJob } from '#testing';
import { decideLaunch, type LaunchDecision, nextLaunchMs, wholeSecond } from './periodic-schedule.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const at = (time: string): number => Date.parse(time);

function cron(specs: string | string[], fields: Partial<PeriodicConfig> = {}, job: Partial<Job> = {}): Job {
  const Periodic = make(PeriodicConfig, {
    Enabled: true,
    Specs: typeof specs === 'string' ? [specs] : specs,
    SpecType: 'cron',
    TimeZone: 'UTC',
    ...fields,
  });
  return mockBatchJob({ ID: 'backup', Periodic, ...job });
}

function next(job: Job, after: string): string {
  const ms = nextLaunchMs(job, at(after));
  return ms === undefined ? 'never' : new Date(ms).toISOString().replace('.000', '');
}

function decide(job: Job, handled: string, now: string, live = false): LaunchDecision {
  return decideLaunch(job, { handledUntilMs: at(handled), nowMs: at(now), hasLiveChild: () => live });
}

describe('the next launch of a periodic job', () => {
  test('is the earliest of its expressions', () => {
    const job = cron(['0 6 * * *', '30 5 * * 1-5', '@weekly']);
    assert.equal(next(job, '2026-01-02T00:00:00Z'), '2026-01-02T05:30:00Z');
    assert.equal(next(job, '2026-01-03T00:00:00Z'), '2026-01-03T06:00:00Z');
    assert.equal(next(job, '2026-01-03T06:00:00Z'), '2026-01-04T00:00:00Z');
  });

  test('takes five, six and seven fields and names', () => {
    assert.equal(next(cron('*/15 * * * *'), '2026-01-01T00:01:00Z'), '2026-01-01T00:15:00Z');
    assert.equal(next(cron('0 0 1 1 * 2030'), '2026-01-01T00:01:00Z'), '2030-01-01T00:00:00Z');
    assert.equal(next(cron('*/10 * * * * * *'), '2026-01-01T00:00:01Z'), '2026-01-01T00:00:10Z');
    assert.equal(next(cron('@daily'), '2026-01-01T00:01:00Z'), '2026-01-02T00:00:00Z');
  });

  test('reads the old single expression', () => {
    assert.equal(next(cron([], { Spec: '@hourly' }), '2026-01-01T00:01:00Z'), '2026-01-01T01:00:00Z');
  });

  test('is in the time zone of the job', () => {
    const tokyo = cron('0 9 * * *', { TimeZone: 'Asia/Tokyo' });
    assert.equal(next(tokyo, '2026-01-01T00:00:00Z'), '2026-01-02T00:00:00Z');
    const kolkata = cron('0 9 * * *', { TimeZone: 'Asia/Kolkata' });
    assert.equal(next(kolkata, '2026-01-01T00:00:00Z'), '2026-01-01T03:30:00Z');
    assert.equal(next(cron('0 9 * * *', { TimeZone: '' }), '2026-01-01T00:00:00Z'), '2026-01-01T09:00:00Z');
  });

  test('follows the clocks when they go forward: an hour that is left out launches once, at its end', () => {
    const job = cron('30 2 * * *', { TimeZone: 'America/New_York' });
    assert.equal(next(job, '2026-03-07T08:00:00Z'), '2026-03-08T07:00:00Z');
    assert.equal(next(job, '2026-03-08T07:00:00Z'), '2026-03-09T06:30:00Z');
  });

  test('follows the clocks when they go back: a time that comes twice launches once', () => {
    const job = cron('30 1 * * *', { TimeZone: 'America/New_York' });
    assert.equal(next(job, '2026-11-01T00:00:00Z'), '2026-11-01T05:30:00Z');
    assert.equal(next(job, '2026-11-01T05:30:00Z'), '2026-11-02T06:30:00Z');
  });

  test('of an hourly job comes every hour, whatever the clocks do', () => {
    const job = cron('0 * * * *', { TimeZone: 'America/New_York' });
    for (const day of ['2026-03-08T00:00:00Z', '2026-11-01T00:00:00Z']) {
      for (let ms = at(day); ms < at(day) + 12 * hour; ms += hour) {
        assert.equal(nextLaunchMs(job, ms), ms + hour, new Date(ms).toISOString());
      }
    }
  });

  test('is never for a job that is stopped, disabled, not periodic, or only dispatched', () => {
    assert.equal(next(cron('@daily', {}, { Stop: true }), '2026-01-01T00:00:00Z'), 'never');
    assert.equal(next(cron('@daily', { Enabled: false }), '2026-01-01T00:00:00Z'), 'never');
    assert.equal(next(mockBatchJob(), '2026-01-01T00:00:00Z'), 'never');
    const ParameterizedJob = make(ParameterizedJobConfig, { Payload: 'optional' });
    assert.equal(next(cron('@daily', {}, { ParameterizedJob }), '2026-01-01T00:00:00Z'), 'never');
    const dispatched = cron('@daily', {}, { ParameterizedJob, Dispatched: true });
    assert.equal(next(dispatched, '2026-01-01T00:00:00Z'), '2026-01-02T00:00:00Z');
  });

  test('is never for a date that does not come (again)', () => {
    assert.equal(next(cron('0 0 30 2 *'), '2026-01-01T00:00:00Z'), 'never');
    assert.equal(next(cron('0 0 1 1 * 2020'), '2026-01-01T00:00:00Z'), 'never');
  });
});

describe('what is decided about a periodic job', () => {
  const hourly = cron('0 * * * *');
  const exclusive = cron('0 * * * *', { ProhibitOverlap: true });

  test('before its time it waits', () => {
    assert.deepEqual(decide(hourly, '2026-01-01T10:00:00Z', '2026-01-01T10:59:59Z'), {
      kind: 'wait',
      untilMs: at('2026-01-01T11:00:00Z'),
    });
  });

  test('on time, and a little late, it launches in the name of the time it was due', () => {
    for (const now of ['2026-01-01T11:00:00Z', '2026-01-01T11:00:07Z', '2026-01-01T11:59:59Z']) {
      assert.deepEqual(decide(hourly, '2026-01-01T10:00:00Z', now), {
        kind: 'launch',
        atMs: at('2026-01-01T11:00:00Z'),
      });
    }
  });

  test('of many that were missed one is caught up, and the schedule goes on', () => {
    const caughtUp = decide(hourly, '2026-01-01T10:00:00Z', '2026-01-04T09:20:30.250Z');
    assert.deepEqual(caughtUp, { kind: 'launch', atMs: at('2026-01-04T09:20:30Z') });
    assert.deepEqual(decide(hourly, '2026-01-04T09:20:30Z', '2026-01-04T09:20:31Z'), {
      kind: 'wait',
      untilMs: at('2026-01-04T10:00:00Z'),
    });
  });

  test('while a child lives it launches beside it, unless overlap is prohibited', () => {
    const now = '2026-01-01T11:00:00Z';
    assert.equal(decide(hourly, '2026-01-01T10:00:00Z', now, true).kind, 'launch');
    assert.equal(decide(exclusive, '2026-01-01T10:00:00Z', now, false).kind, 'launch');
    assert.deepEqual(decide(exclusive, '2026-01-01T10:00:00Z', now, true), {
      kind: 'skip',
      atMs: at('2026-01-01T11:00:00Z'),
    });
  });

  test('children are only looked at when something is due and overlap matters', () => {
    const hasLiveChild = (): boolean => assert.fail('was looked at');
    const handledUntilMs = at('2026-01-01T10:00:00Z');
    decideLaunch(hourly, { handledUntilMs, nowMs: at('2026-01-01T12:00:00Z'), hasLiveChild });
    decideLaunch(exclusive, { handledUntilMs, nowMs: at('2026-01-01T10:30:00Z'), hasLiveChild });
  });

  test('a clock that was set back launches nothing twice', () => {
    assert.equal(decide(hourly, '2026-01-01T12:00:00Z', '2026-01-01T09:00:00Z').kind, 'wait');
  });

  test('a job that is launched no more is left alone', () => {
    const stopped = cron('0 * * * *', {}, { Stop: true });
    assert.deepEqual(decide(stopped, '2026-01-01T10:00:00Z', '2026-01-02T00:00:00Z'), { kind: 'never' });
  });

  test('whatever the pauses between two looks: no moment launches twice, and a due launch is never lost', () => {
    const specs = fc.constantFrom('* * * * *', '*/7 * * * *', '0 * * * *', '*/20 * * * * * *', '30 2 * * *');
    const zones = fc.constantFrom('UTC', 'America/New_York', 'Europe/Berlin');
    const pauses = fc.array(fc.integer({ min: 1, max: 3 * 3600 }), { minLength: 1, maxLength: 12 });
    const property = fc.property(specs, zones, pauses, (spec, TimeZone, looks) => {
      const job = cron(spec, { TimeZone });
      let handledUntilMs = at('2026-03-07T22:10:00Z');
      let nowMs = handledUntilMs;
      for (const pause of looks) {
        nowMs += pause * second;
        const due = nextLaunchMs(job, handledUntilMs) ?? Number.POSITIVE_INFINITY;
        const decision = decideLaunch(job, { handledUntilMs, nowMs, hasLiveChild: () => false });
        assert.equal(decision.kind, due <= nowMs ? 'launch' : 'wait');
        if (decision.kind !== 'launch') continue;
        assert.ok(decision.atMs > handledUntilMs && decision.atMs <= nowMs);
        handledUntilMs = decision.atMs;
        // Nothing is left over: what comes next lies in the future.
        assert.ok((nextLaunchMs(job, handledUntilMs) ?? Number.POSITIVE_INFINITY) > nowMs);
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test('names are whole seconds', () => {
    assert.equal(wholeSecond(1_767_225_600_999), 1_767_225_600_000);
    assert.equal(wholeSecond(1_767_225_600_000), 1_767_225_600_000);
  });
});
