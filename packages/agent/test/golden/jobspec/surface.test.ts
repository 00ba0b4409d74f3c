// SPDX-License-Identifier: MPL-2.0
// Every attribute of the job specification: it is read, a wrong value is refused with its place, nothing written gives
// the default.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Input, JobSpec } from '@serai/api';
import { AppError, seededRandom } from '#base';
import { parseJob } from '#jobspec';
import { canonicalizeJob } from '#model';
import type { AttributeType } from '../../fixtures/jobspec/surface.ts';
import { fileOf, jsonOf, type Row, rowsOf, surface, titleOf } from './surface-file.ts';

const random = seededRandom(1);

function parse(source: string): Input<JobSpec> {
  return parseJob({ source, filename: 'web.nomad' }, { random }).job;
}

function readValue(job: unknown, path: string): unknown {
  const steps = path.split('.').filter((step) => step !== '');
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | null)?.[step], job);
}

const good: Readonly<Record<AttributeType, readonly (readonly [string, unknown])[]>> = {
  str: [
    ['"abc"', 'abc'],
    ['5', '5'],
    ['"${attr.kernel.name}"', '${attr.kernel.name}'],
  ],
  int: [
    ['7', 7],
    ['"7"', 7],
    ['3 + 4', 7],
  ],
  bool: [
    ['true', true],
    ['"true"', true],
    ['false', false],
  ],
  dur: [
    ['"1m30s"', 90e9],
    ['5000000', 5e6],
  ],
  list: [['["a", "b"]', ['a', 'b']]],
  map: [
    ['{ a = "x", "b c" = 2 }', { a: 'x', 'b c': '2' }],
    ['', { a: 'x' }],
  ],
};

const wrong: Readonly<Record<AttributeType, readonly string[]>> = {
  str: ['["a"]', '{}'],
  int: ['"x"', '1.5', 'true', '[1]'],
  bool: ['"maybe"', '3', '[]'],
  dur: ['"soon"', '"5"', 'true', '[]'],
  list: ['5', '"a"', '{}', '[[]]'],
  map: ['5', '["a"]', '{ a = [] }'],
};

function written(row: Row, value: string): string {
  return value === '' ? `${row.name} {\na = "x"\n}` : `${row.name} = ${value}`;
}

for (const block of surface) {
  const title = titleOf(block);
  for (const row of rowsOf(block)) {
    test(`${title}: ${row.name} is read`, () => {
      for (const [value, expected] of good[row.type]) {
        const job = parse(fileOf(block, written(row, value)).source);
        assert.deepEqual(readValue(job, `${block.at}.${row.field}`), expected, `${row.name} = ${value}`);
      }
    });
    test(`${title}: ${row.name} is read from JSON`, () => {
      for (const [, expected] of good[row.type]) {
        const job = parse(jsonOf(block, row.name, expected));
        assert.deepEqual(readValue(job, `${block.at}.${row.field}`), expected);
      }
    });
    test(`${title}: a wrong ${row.name} is refused where it stands`, () => {
      for (const value of wrong[row.type]) {
        const { source, line } = fileOf(block, `${row.name} = ${value}`);
        assert.throws(
          () => parse(source),
          (error) =>
            error instanceof AppError &&
            error.code === 'invalid' &&
            error.message.startsWith(`web.nomad:${line},`),
          `${row.name} = ${value}`,
        );
      }
    });
    test(`${title}: ${row.name} has its default`, () => {
      const job = canonicalizeJob(parse(fileOf(block, '').source));
      const value = readValue(job, `${block.at}.${row.field}`);
      if (row.initial === undefined)
        assert.ok(value === undefined || value === null || value === 0 || value === false);
      else assert.deepEqual(value, row.initial);
    });
  }
  test(`${title}: an unknown name is refused with its place`, () => {
    const { source, line } = fileOf(block, 'no_such_name = 1');
    assert.throws(
      () => parse(source),
      (error) =>
        error instanceof AppError &&
        error.message.startsWith(
          `web.nomad:${line},1-13: Unsupported argument; An argument named "no_such_name"`,
        ),
    );
  });
}

test('the table is not empty', () => assert.ok(surface.flatMap(rowsOf).length > 200));
