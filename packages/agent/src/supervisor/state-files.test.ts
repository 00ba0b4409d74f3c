// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeStatus, parseExitRecord, parseProcessRecord } from './state-files.ts';

const pidText = 'pid=12\nstart=345\nsupervisor=11\nsupervisor_start=344\nboot=abc-def\n';
const exitText = 'status=256\nmaxrss_kb=1000\nuser_us=1500\nsystem_us=2500\ndropped_log_bytes=0\n';

test('whole records are read', () => {
  assert.deepEqual(parseProcessRecord(pidText), {
    pid: 12,
    startTicks: 345,
    supervisorPid: 11,
    supervisorStartTicks: 344,
    bootId: 'abc-def',
  });
  assert.deepEqual(parseExitRecord(exitText), {
    status: 256,
    maxRssBytes: 1_024_000,
    userMs: 1.5,
    systemMs: 2.5,
    droppedLogBytes: 0,
  });
});

test('a task may have a cgroup', () => {
  assert.equal(parseProcessRecord(`${pidText}cgroup=/sys/fs/cgroup/x\n`)?.cgroup, '/sys/fs/cgroup/x');
  assert.equal(parseProcessRecord(`${pidText}cgroup=../x\n`)?.cgroup, undefined);
});

test('a record that is cut anywhere is no record', () => {
  for (let length = 0; length < pidText.length; length++)
    assert.equal(parseProcessRecord(pidText.slice(0, length)), undefined, `${length}`);
  for (let length = 0; length < exitText.length; length++)
    assert.equal(parseExitRecord(exitText.slice(0, length)), undefined, `${length}`);
});

test('the reserved space of an exit file that was never written is no record', () => {
  assert.equal(parseExitRecord('\n'.repeat(256)), undefined);
});

test('damaged text never throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(200), (text, at) => {
      parseProcessRecord(text);
      parseExitRecord(text);
      parseProcessRecord(pidText.slice(0, at) + text + pidText.slice(at));
      parseExitRecord(exitText.slice(0, at) + text + exitText.slice(at));
    }),
  );
  assert.equal(parseProcessRecord(pidText.replace('12', '-12')), undefined);
  assert.equal(parseProcessRecord(pidText.replace('12', '0')), undefined);
  assert.equal(parseExitRecord(exitText.replace('256', '0x10')), undefined);
});

test('exit codes and signals are told apart', () => {
  assert.deepEqual(decodeStatus(0), { exitCode: 0, signal: 0 });
  assert.deepEqual(decodeStatus(256), { exitCode: 1, signal: 0 });
  assert.deepEqual(decodeStatus(137 << 8), { exitCode: 137, signal: 0 });
  assert.deepEqual(decodeStatus(9), { exitCode: 137, signal: 9 });
  // with the core dump bit
  assert.deepEqual(decodeStatus(0x8b), { exitCode: 139, signal: 11 });
});
