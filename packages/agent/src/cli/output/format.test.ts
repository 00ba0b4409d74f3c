// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAge, formatBytes, formatTime, formatUnixNano, formatUntil, shortId } from './format.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test('an age has at most its two largest units', () => {
  const age = (ms: number): string => formatAge(0, ms);
  assert.equal(age(0), 'now');
  assert.equal(age(999), 'now');
  assert.equal(age(second), '1s ago');
  assert.equal(age(61 * second), '1m1s ago');
  assert.equal(age(hour), '1h ago');
  assert.equal(age(hour + second), '1h ago');
  assert.equal(age(hour + minute), '1h1m ago');
  assert.equal(age(45 * day), '1mo15d ago');
  assert.equal(age(366 * day), '1y ago');
  assert.equal(age(400 * day), '1y1mo ago');
});

test('an age in the future is now: clocks differ', () => {
  assert.equal(formatAge(5 * second, 0), 'now');
});

test('a time to come is counted in the same way', () => {
  assert.equal(formatUntil(90 * second, 0), '1m30s from now');
  assert.equal(formatUntil(0, 90 * second), 'now');
});

test('a time that nobody set is empty', () => {
  assert.equal(formatTime(0), '');
  assert.equal(formatTime(Number.NaN), '');
  assert.equal(formatTime(Date.parse('0001-01-01T00:00:00Z')), '');
  assert.equal(formatUnixNano(0), '');
});

test('a time is RFC 3339 with whole seconds, and means the same moment', () => {
  const ms = Date.UTC(2026, 10, 22, 2, 0, 5, 700);
  const text = formatTime(ms);
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/);
  assert.equal(Date.parse(text), ms - 700);
  assert.equal(formatUnixNano(ms * 1e6), text);
});

test('sizes keep three digits at most', () => {
  assert.equal(formatBytes(0), '0 B');
  assert.equal(formatBytes(1023), '1023 B');
  assert.equal(formatBytes(1024), '1 KiB');
  assert.equal(formatBytes(1536), '1.5 KiB');
  assert.equal(formatBytes(300 * 2 ** 20), '300 MiB');
  assert.equal(formatBytes(2 ** 60), '1024 PiB');
});

test('ids are cut to eight characters unless all is wanted', () => {
  const id = '12345678-0000-4000-8000-000000000000';
  assert.equal(shortId(id), '12345678');
  assert.equal(shortId(id, true), id);
  assert.equal(shortId(''), '');
});
