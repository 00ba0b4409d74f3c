// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronError, cronSpecs, isTimeZone, nextCronTime } from './cron.ts';

const start = Date.UTC(2026, 0, 15, 10, 30, 0);

function next(specs: string | string[], timeZone = 'UTC', afterMs = start): string | undefined {
  const time = nextCronTime(typeof specs === 'string' ? [specs] : specs, { timeZone, afterMs });
  return time === undefined ? undefined : new Date(time).toISOString();
}

test('five fields are minutes to days of the week', () => {
  assert.equal(next('45 * * * *'), '2026-01-15T10:45:00.000Z');
  assert.equal(next('0 9 * * MON'), '2026-01-19T09:00:00.000Z');
  assert.equal(next('*/15 * * * *'), '2026-01-15T10:45:00.000Z');
});

test('six fields end with a year, seven begin with seconds', () => {
  assert.equal(next('0 0 1 1 * 2030'), '2030-01-01T00:00:00.000Z');
  assert.equal(next('30 0 0 1 1 * 2030'), '2030-01-01T00:00:30.000Z');
  assert.equal(next('0 0 1 1 * 2020'), undefined);
});

test('a step may begin at a number and goes on to the end of the range', () => {
  assert.equal(next('0/15 * * * *'), '2026-01-15T10:45:00.000Z');
  assert.equal(next('7/20 * * * *'), '2026-01-15T10:47:00.000Z');
  assert.equal(next('0/3 * * * * * *'), '2026-01-15T10:30:03.000Z');
  assert.equal(next('0 0 1 3/4 *'), '2026-03-01T00:00:00.000Z');
  assert.equal(next('0 0 1 1 * 2027/2', 'UTC', Date.UTC(2028, 0, 1)), '2029-01-01T00:00:00.000Z');
});

test('names stand for expressions', () => {
  assert.equal(next('@hourly'), '2026-01-15T11:00:00.000Z');
  assert.equal(next('@daily'), '2026-01-16T00:00:00.000Z');
  assert.equal(next('@weekly'), '2026-01-18T00:00:00.000Z');
  assert.equal(next('@monthly'), '2026-02-01T00:00:00.000Z');
  assert.equal(next('@yearly'), '2027-01-01T00:00:00.000Z');
});

test('the last day and day or day of the week, whichever comes first', () => {
  assert.equal(next('0 0 L * *'), '2026-01-31T00:00:00.000Z');
  assert.equal(next('0 0 20 * MON'), '2026-01-19T00:00:00.000Z');
});

test('the time zone decides what noon is, also over a change of the clock', () => {
  assert.equal(next('0 12 * * *', 'America/New_York'), '2026-01-15T17:00:00.000Z');
  const summer = Date.UTC(2026, 6, 1);
  assert.equal(next('0 12 * * *', 'America/New_York', summer), '2026-07-01T16:00:00.000Z');
});

test('of several expressions the earliest counts', () => {
  assert.equal(next(['0 0 * * *', '0 11 * * *']), '2026-01-15T11:00:00.000Z');
  assert.equal(next([]), undefined);
});

test('a day that never comes is no hang', () => {
  assert.equal(next('0 0 31 2 *'), undefined);
});

test('why an expression can not be used is said', () => {
  assert.equal(cronError('* * * * *'), undefined);
  assert.match(cronError('61 * * * *') ?? '', /minute/);
  assert.match(cronError('* *') ?? '', /five, six, or seven/);
  assert.match(cronError('x'.repeat(300)) ?? '', /longer than 256 characters/);
});

test('time zones are those of the machine', () => {
  assert.equal(isTimeZone('Europe/Berlin'), true);
  assert.equal(isTimeZone('UTC'), true);
  assert.equal(isTimeZone('Mars/Olympus'), false);
  assert.equal(isTimeZone(''), false);
});

test('a periodic block has one expression or a list', () => {
  assert.deepEqual(cronSpecs({ Spec: 'a', Specs: null }), ['a']);
  assert.deepEqual(cronSpecs({ Spec: '', Specs: ['b'] }), ['b']);
  assert.deepEqual(cronSpecs({ Spec: '', Specs: [] }), []);
});
