// SPDX-License-Identifier: MPL-2.0
// Real job files, damaged: the answer is a job or a message with a place, within a bounded number of steps.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError, seededRandom } from '#base';
import { defaultLimits } from '#hcl';
import { jobFormat, parseJob } from '#jobspec';
import { canonicalizeJob, validateJob } from '#model';

const random = seededRandom(1);
const folder = new URL('../../golden/jobspec/corpus/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.hcl'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** Far more than any of the files needs, far less than a hostile one could ask for. */
const limits = { ...defaultLimits, steps: 200_000, stringLength: 200_000, collectionLength: 5_000 };

/** What becomes of a text; anything but a job or a message of ours is thrown. */
function outcome(source: string): string {
  try {
    const { job } = parseJob({ source, filename: 'fuzz.nomad' }, { random, limits });
    return JSON.stringify(validateJob(canonicalizeJob(job)));
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'invalid');
    assert.match(error.message, /\S/);
    return error.message;
  }
}

function formatted(source: string): string | undefined {
  try {
    return jobFormat(source);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return undefined;
  }
}

const pieces = fc.constantFrom(
  ...['"', '{', '}', '[', ']', '(', ')', '${', '%{', '~}', '<<EOF\n', '<<-EOF\n', '\nEOF\n', '\n', '=', ','],
  ...[
    '...',
    '/*',
    '*/',
    '#',
    '\\',
    '\\u00',
    'null',
    '-1',
    '1e999',
    '""',
    '\0',
    '\u{feff}',
    '\ud83d',
    'e\u0301',
  ],
  ...[
    'dynamic "x" {\n for_each = range(9999999)\n content {}\n}\n',
    'variable "v" {}\n',
    '${var.x}',
    'file("x")',
  ],
);

const damage = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(200)),
  insert: fc.oneof(fc.constant(''), pieces, fc.string({ maxLength: 4 })),
  repeat: fc.constantFrom(1, 1, 1, 2, 50),
});

const damaged = fc
  .tuple(fc.constantFrom(...files), fc.array(damage, { minLength: 1, maxLength: 6 }))
  .map(([file, changes]) =>
    changes.reduce((text, { place, cut, insert, repeat }) => {
      const at = Math.floor(place * text.length);
      return text.slice(0, at) + insert.repeat(repeat) + text.slice(at + cut);
    }, file),
  );

test('the files themselves are read and laid out', () => {
  assert.ok(files.length > 10);
  // Four of them are not valid: quoted argument names, a comma between arguments, an argument that stands twice.
  assert.equal(files.filter((file) => formatted(file) === undefined).length, 4);
});

test('a damaged file is a job or a message', () => {
  fc.assert(
    fc.property(damaged, (text) => void outcome(text)),
    { numRuns: 250 },
  );
});

test('a damaged file that is still laid out stays so', () => {
  fc.assert(
    fc.property(damaged, (text) => {
      const once = formatted(text);
      if (once !== undefined) assert.equal(formatted(once), once);
    }),
    { numRuns: 150 },
  );
});

test('lines in another order are a job or a message', () => {
  const swapped = fc.tuple(fc.constantFrom(...files), fc.nat(400), fc.nat(400)).map(([file, a, b]) => {
    const lines = file.split('\n');
    const [i, j] = [a % lines.length, b % lines.length];
    [lines[i], lines[j]] = [lines[j] ?? '', lines[i] ?? ''];
    return lines.join('\n');
  });
  fc.assert(
    fc.property(swapped, (text) => void outcome(text)),
    { numRuns: 150 },
  );
});

test('the same text always has the same outcome', () => {
  fc.assert(
    fc.property(damaged, (text) => assert.equal(outcome(text), outcome(text))),
    { numRuns: 40 },
  );
});
