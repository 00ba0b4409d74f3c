// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#base';
import { signalName, signalNumber } from './signals.ts';

test('a signal may be given with or without SIG, in any case, or as a number', () => {
  for (const text of ['SIGHUP', 'sighup', 'HUP', 'hup', ' SIGHUP ', '1']) assert.equal(signalNumber(text), 1);
  assert.equal(signalNumber('64'), 64);
});

test('what is no signal is refused with the text that was given', () => {
  for (const text of ['', 'SIGFOO', '0', '65', '-9', '9.5', 'constructor', '__proto__', '1e1'])
    assert.throws(
      () => signalNumber(text),
      (error: unknown) =>
        error instanceof AppError && error.code === 'invalid' && error.message.includes(JSON.stringify(text)),
    );
});

test('numbers have names', () => {
  assert.equal(signalName(9), 'SIGKILL');
  assert.equal(signalName(42), 'signal 42');
});
