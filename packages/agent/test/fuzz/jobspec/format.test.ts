// SPDX-License-Identifier: MPL-2.0
// Formatting never changes what a file means, and a formatted file stays as it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError, seededRandom } from '#base';
import { jobFormat, parseJob } from '#jobspec';

const random = seededRandom(1);
const gap = fc.constantFrom('', ' ', '  ', '\t');

/** Numbers, so that any two may be combined. */
const { number } = fc.letrec<{ number: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4 },
    fc.nat(9).map(String),
    fc
      .tuple(tie('number'), gap, fc.constantFrom('+', '-', '*'), gap, tie('number'))
      .map(([a, x, op, y, b]) => `(${a}${x}${op}${y}${b})`),
    fc.tuple(gap, tie('number')).map(([x, a]) => `-${x}${a}`),
    fc.tuple(tie('number'), gap, tie('number')).map(([a, x, b]) => `max(${x}${a},${x}${b}${x})`),
    fc.tuple(tie('number'), gap, tie('number')).map(([a, x, b]) => `[${x}${a}${x},${b}]${x}[${x}1]`),
    fc
      .tuple(tie('number'), gap, tie('number'))
      .map(([a, x, b]) => `(${a}${x}>${x}${b}${x}&&${x}!false?${x}${a}:${x}${b})`),
    // In brackets: a name goes on over a minus, so `.a-1` would be the name `a-1`.
    fc.tuple(tie('number'), gap).map(([a, x]) => `({a=${a}${x},${x}b:${x}2}${x}.a)`),
    fc.tuple(tie('number'), gap).map(([a, x]) => `[for v in${x}[${a}]:${x}v${x}]${x}[0]`),
    fc.tuple(tie('number'), gap).map(([a, x]) => `({for k,${x}v in {x=${a}}:k=>v if true}.x)`),
    fc
      .tuple(tie('number'), gap)
      .map(([a, x]) => `length("\${${x}"}"${x}}${x}{")${x}+${x}${a}`)
      .map((text) => `(${text})`),
  ),
}));

const attribute = fc
  .tuple(
    fc.constantFrom('a', 'bcd', 'long_name'),
    gap,
    gap,
    number,
    fc.constantFrom('', ' # note', '// x', ' /* y */'),
  )
  .map(([name, x, y, value, comment]) => `${name}${x}=${y}${value}${comment}`);

const lines = fc.uniqueArray(
  fc.oneof({ weight: 5, arbitrary: attribute }, { weight: 1, arbitrary: fc.constantFrom('', '# comment') }),
  {
    maxLength: 4,
    selector: (line) => /^\w+/.exec(line)?.[0] ?? line,
  },
);

function meaning(source: string): unknown {
  try {
    const { job } = parseJob({ source, filename: 'fuzz.nomad' }, { random });
    return job.TaskGroups?.[0]?.Tasks?.[0]?.Config;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return assert.fail(`${source}\n${error.message}`);
  }
}

test('formatting keeps the meaning, and twice is the same as once', () => {
  fc.assert(
    fc.property(lines, gap, (body, x) => {
      const source = `job "a" {\n${x}group "g" {\ntask "t" {\nconfig {\n${body.map((line) => x + line).join('\n')}\n}\n}\n}\n}\n`;
      const formatted = jobFormat(source);
      assert.deepEqual(meaning(formatted), meaning(source));
      assert.equal(jobFormat(formatted), formatted);
      for (const line of formatted.split('\n')) assert.equal(line, line.trimEnd());
    }),
    { numRuns: 300 },
  );
});
