// SPDX-License-Identifier: MPL-2.0
// Real job files: the parser must make of them what Nomad's own parser makes of them.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AppError, seededRandom } from '#base';
import { jobFormat, type ParsedJob, parseJob, toApiJob } from '#jobspec';
import { canonicalizeJob, formatErrors, validateJob } from '#model';
import { acceptedNow, additionalKeys, type Difference, differentKeys } from './differences.ts';

const directory = new URL('./corpus/', import.meta.url);
const names = readdirSync(directory).filter((name) => name.endsWith('.nomad.hcl'));
const files = new Set(readdirSync(directory));

function read(name: string): string {
  return readFileSync(new URL(name, directory), 'utf8');
}

function parse(name: string, source = read(name)): ParsedJob {
  return parseJob({ source, filename: name }, { random: seededRandom(1) });
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}

function listed(path: string, list: readonly Difference[], used: Set<Difference>): boolean {
  const found = list.find((each) => each.path.test(path));
  if (found) used.add(found);
  return found !== undefined;
}

const used = new Set<Difference>();

/** Places at which the two differ. */
function compare(expected: unknown, actual: unknown, path: string): string[] {
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length)
    return expected.flatMap((item, i) => compare(item, actual[i], path));
  const objects = [expected, actual].every(
    (each) => typeof each === 'object' && each !== null && !Array.isArray(each),
  );
  if (!objects) {
    if (Object.is(expected, actual)) return [];
    if (isEmpty(expected) && isEmpty(actual) && expected !== null && actual !== null) return [];
    return [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
  }
  const left = expected as Record<string, unknown>;
  const right = actual as Record<string, unknown>;
  const missing = Object.keys(left).flatMap((key) => {
    const at = `${path}.${key}`;
    if (listed(at, differentKeys, used)) return [];
    return key in right ? compare(left[key], right[key], at) : [`${at}: missing`];
  });
  const extra = Object.keys(right).flatMap((key) => {
    const at = `${path}.${key}`;
    if (key in left || isEmpty(right[key]) || listed(at, additionalKeys, used)) return [];
    return [`${at}: not expected, got ${JSON.stringify(right[key])}`];
  });
  return [...missing, ...extra];
}

test('there are 54 files with an expectation each', () => {
  assert.equal(names.length, 54);
  for (const name of names)
    assert.ok(files.has(`${name}.expected.json`) !== files.has(`${name}.rejected.txt`), name);
});

for (const name of names.filter((each) => files.has(`${each}.expected.json`))) {
  test(`${name} parses to what Nomad makes of it`, () => {
    const expected: unknown = JSON.parse(read(`${name}.expected.json`));
    assert.deepEqual(compare(expected, toApiJob(parse(name).job), ''), []);
  });
}

for (const name of names.filter((each) => files.has(`${each}.rejected.txt`))) {
  test(`${name} is accepted as later versions do, or refused at the same place`, () => {
    const [, place = ''] = /^(\S+: .*?;)/m.exec(read(`${name}.rejected.txt`)) ?? [];
    if (acceptedNow[name] !== undefined) {
      assert.ok(parse(name).job.ID);
      return;
    }
    assert.throws(
      () => parse(name),
      (error) => {
        assert.ok(error instanceof AppError);
        const [, line = '', summary = ''] = /:(\d+),[^:]*: (.*);/.exec(place) ?? [];
        if (line !== '') assert.match(error.message, new RegExp(`${name}:${line},`));
        assert.ok(error.message.includes(summary), `${error.message}\nlacks ${summary}`);
        return true;
      },
    );
  });
}

test('files that were written for HCL 1 are read with the older grammar', () => {
  for (const name of ['mongodb_data_importer', 'oracledb', 'pgadmin', 'rundeck'].map(
    (each) => `${each}.nomad.hcl`,
  )) {
    const { job } = parseJob({ source: read(name), filename: name, hcl1: true }, { random: seededRandom(1) });
    assert.deepEqual(validateJob(canonicalizeJob(job)).errors, [], name);
  }
});

test('every listed difference is still needed', () => {
  for (const difference of [...differentKeys, ...additionalKeys])
    assert.ok(used.has(difference), String(difference.path));
  for (const name of Object.keys(acceptedNow)) assert.ok(files.has(`${name}.rejected.txt`), name);
});

test('every job that parses gets its defaults, is valid and survives a round trip', () => {
  for (const name of names) {
    let parsed: ParsedJob;
    try {
      parsed = parse(name);
    } catch {
      continue;
    }
    const job = canonicalizeJob(parsed.job);
    const { errors } = validateJob(job);
    assert.deepEqual(errors, [], `${name}: ${formatErrors(errors)}`);
    const json = JSON.stringify({ Job: job });
    assert.deepEqual(canonicalizeJob(parse(name, json).job), job, name);
    const output = JSON.stringify(toApiJob(parsed.job));
    assert.deepEqual(canonicalizeJob(parse(name, output).job), job, `${name} through -output`);
  }
});

test('formatting changes the layout only, and twice is the same as once', () => {
  for (const name of names) {
    let before: ParsedJob;
    try {
      before = parse(name);
    } catch {
      continue;
    }
    const formatted = jobFormat(read(name), name);
    assert.deepEqual(parse(name, formatted).job, before.job, name);
    assert.equal(jobFormat(formatted, name), formatted, name);
  }
});
