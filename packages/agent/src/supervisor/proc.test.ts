// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  childrenOf,
  descendantsOf,
  isRunning,
  parseStat,
  readBootId,
  readPageBytes,
  readStat,
} from './proc.ts';

const line =
  '42 (odd ) name (x) S 1 42 40 0 -1 4194560 100 200 0 0 7 8 9 10 20 0 1 0 12345 1000000 250 18446744073709551615 1 1 0 0';

test('fields are counted from the last parenthesis, whatever the name is', () => {
  assert.deepEqual(parseStat(line), {
    pid: 42,
    state: 'S',
    parent: 1,
    session: 40,
    userTicks: 7,
    systemTicks: 8,
    childUserTicks: 9,
    childSystemTicks: 10,
    startTicks: 12345,
    rssPages: 250,
  });
});

test('text that is no stat line is nothing', () => {
  for (const text of ['', '42', '42 (x)', '42 (x) S 1 2 3']) assert.equal(parseStat(text), undefined);
});

test('this process is found, with its own start time only', () => {
  const own = readStat(process.pid);
  assert.equal(own?.parent, process.ppid);
  assert.equal(isRunning(process.pid, own?.startTicks ?? -1), true);
  assert.equal(isRunning(process.pid, (own?.startTicks ?? 0) + 1), false);
  assert.equal(readStat(2 ** 30), undefined);
  assert.equal(isRunning(2 ** 30, 0), false);
});

test('children of what is not there are none; a bound holds', () => {
  assert.deepEqual(childrenOf(2 ** 30), []);
  assert.equal(descendantsOf(1, 0).length, 0);
  assert.ok(descendantsOf(1, 3).length <= 3);
});

test('boot id and page size are known', () => {
  assert.match(readBootId(), /^[0-9a-f-]{36}$/);
  const bytes = readPageBytes();
  assert.ok(bytes >= 4096 && Number.isInteger(Math.log2(bytes)));
});
