// SPDX-License-Identifier: MPL-2.0
// Whatever the text, the parser answers with a job or a message.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Input, JobSpec } from '@serai/api';
import fc from 'fast-check';
import { AppError, seededRandom } from '#base';
import { jobFormat, parseJob, toApiJob } from '#jobspec';
import { canonicalizeJob } from '#model';
import { arbitraryInput } from '../arbitrary-object.ts';

const runs = { numRuns: 200 };
const random = seededRandom(1);
const everything = readFileSync(
  new URL('../../golden/jobspec/everything.nomad.hcl', import.meta.url),
  'utf8',
);

/** A job, or a message that names the file. */
function outcome(source: string): unknown {
  try {
    return parseJob({ source, filename: 'fuzz.nomad' }, { random }).job;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'invalid');
    assert.ok(error.message.length > 0);
    return undefined;
  }
}

const tokens = fc.constantFrom(
  'job',
  'group',
  'task',
  'variable',
  'locals',
  'dynamic',
  'content',
  'for_each',
  '"a"',
  '"${',
  '}',
  '{',
  '[',
  ']',
  '(',
  ')',
  '=',
  '==',
  '<<EOF',
  'EOF',
  '\n',
  ',',
  '.',
  '*',
  '1',
  '-',
  'null',
  'true',
  'for',
  'in',
  ':',
  '=>',
  '...',
  '?',
  '#',
  '/*',
  '%{',
  '"',
  'config',
  'meta',
  'var.a',
  'local.a',
  'file("x")',
  '\\',
  '\u{1f600}',
  '\0',
);

test('any sequence of words and brackets gives an answer', () => {
  fc.assert(
    fc.property(fc.array(tokens, { maxLength: 60 }), (words) => void outcome(words.join(' '))),
    runs,
  );
});

test('any text gives an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void outcome(text)),
    runs,
  );
});

test('a job file with pieces cut out or doubled gives an answer', () => {
  const place = fc.nat(everything.length);
  fc.assert(
    fc.property(place, place, fc.boolean(), (a, b, double) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const piece = double ? everything.slice(from, to).repeat(2) : '';
      outcome(everything.slice(0, from) + piece + everything.slice(to));
    }),
    { numRuns: 60 },
  );
});

/** Names that nobody knows stay in the job as they were written, so their blanks may change. */
function withoutBlanks(job: unknown): string {
  return JSON.stringify(job).replace(/\s/g, '');
}

test('what parses still means the same after formatting', () => {
  fc.assert(
    fc.property(fc.array(tokens, { maxLength: 12 }), (words) => {
      const source = `job "x" {\n  name = ${words.join(' ')}\n}\n`;
      const before = outcome(source);
      if (before !== undefined)
        assert.equal(withoutBlanks(outcome(jobFormat(source))), withoutBlanks(before));
    }),
    runs,
  );
});

test('every job survives the way out and in through the JSON of the API', () => {
  fc.assert(
    fc.property(arbitraryInput(JobSpec), (value) => {
      const spec = { ...(value as Input<JobSpec>), ID: 'web' };
      const source = JSON.stringify(toApiJob(spec));
      const again = parseJob({ source, filename: 'fuzz.json' }, { random });
      assert.equal(again.format, 'json');
      assert.deepEqual(withoutServerFields(again.job), withoutServerFields(spec));
    }),
    runs,
  );
});

/** A service's namespace is the servers' business and not part of the API's job. */
function withoutServerFields(spec: Input<JobSpec>): unknown {
  return JSON.parse(
    JSON.stringify(canonicalizeJob(spec)),
    function reviver(this: object, key, value: unknown) {
      return key === 'Namespace' && 'OnUpdate' in this ? undefined : value;
    },
  );
}
