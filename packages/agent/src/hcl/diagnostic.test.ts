// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#base';
import { Diagnostics, formatDiagnostic, formatHeadline } from './diagnostic.ts';
import { Source } from './source.ts';

test('positions are counted in bytes, lines and characters', () => {
  const source = new Source('f', 'aé\n😀b\r\nc');
  assert.deepEqual(source.position(0), { byte: 0, line: 1, column: 1 });
  assert.deepEqual(source.position(2), { byte: 3, line: 1, column: 3 });
  assert.deepEqual(source.position(3), { byte: 4, line: 2, column: 1 });
  assert.deepEqual(source.position(5), { byte: 8, line: 2, column: 2 });
  assert.deepEqual(source.position(8), { byte: 11, line: 3, column: 1 });
  assert.equal(source.line(1), 'aé');
  assert.equal(source.line(2), '😀b');
  assert.equal(source.line(9), '');
});

test('ranges print as file, line and columns', () => {
  const source = new Source('f', 'abc\ndef');
  assert.equal(String(source.range(1, 3)), 'f:1,2-4');
  assert.equal(String(source.range(1, 6)), 'f:1,2-2,3');
  assert.equal(source.range(1, 2).to(source.range(5, 6)).text, 'bc\nde');
  assert.deepEqual(source.range(4, 7).endPosition, { byte: 7, line: 2, column: 4 });
});

test('what is hidden is not shown, the rest of its line is', () => {
  const source = new Source('f', 'a = 1\nkey = "secret" b = 2\n');
  source.hide({ start: 12, end: 20 });
  assert.equal(source.line(2), 'key = ******** b = 2');
  assert.equal(source.line(1), 'a = 1');
  const text = formatDiagnostic({
    severity: 'error',
    summary: 'S',
    detail: 'D.',
    subject: source.range(21, 22),
  });
  assert.doesNotMatch(text, /secret/);
});

test('a diagnostic shows its line and a caret', () => {
  const subject = new Source('f', '  count = x\n').range(10, 11);
  assert.equal(
    formatDiagnostic({ severity: 'error', summary: 'Unknown variable', detail: 'No x.', subject }),
    'f:1,11-12: Unknown variable; No x.\n\n  1 |   count = x\n    |           ^',
  );
  assert.equal(formatHeadline({ severity: 'error', summary: 'S', detail: 'D.' }), 'S; D.');
});

test('only errors count, warnings are kept apart', () => {
  const diagnostics = new Diagnostics();
  diagnostics.warning('W', 'w.');
  assert.equal(diagnostics.hasErrors(), false);
  diagnostics.throwIfErrors();
  diagnostics.error('E', 'e.');
  assert.deepEqual(
    diagnostics.errors.map((each) => each.summary),
    ['E'],
  );
  assert.deepEqual(
    diagnostics.warnings.map((each) => each.summary),
    ['W'],
  );
  assert.throws(
    () => diagnostics.throwIfErrors(),
    (error) => error instanceof AppError && error.code === 'invalid' && error.message === 'E; e.',
  );
});

test('the number of messages is bounded', () => {
  const diagnostics = new Diagnostics();
  for (let i = 0; i < 60; i++) diagnostics.error('E', `${i}.`);
  assert.equal(diagnostics.list.length, 50);
  assert.equal(diagnostics.dropped, 10);
  assert.match(diagnostics.toError().message, /\(and 10 more\)$/);
});
