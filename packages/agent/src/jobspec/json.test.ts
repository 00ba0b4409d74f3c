// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, seededRandom } from '#base';
import { parseJob } from './parse.ts';

const random = seededRandom(1);

function parse(value: unknown) {
  const source = typeof value === 'string' ? value : JSON.stringify(value);
  return parseJob({ source, filename: 'web.json' }, { random });
}

function refused(value: unknown): string {
  try {
    parse(value);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.message;
  }
  return assert.fail('the job was accepted');
}

test('the JSON of the API is taken with and without the Job around it', () => {
  const job = { ID: 'web', TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', KillTimeout: '30s' }] }] };
  const expected = {
    ID: 'web',
    TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', KillTimeout: 30_000_000_000 }] }],
  };
  assert.deepEqual(parse({ Job: job }), { job: expected, format: 'json', warnings: [] });
  assert.deepEqual(parse(job).job, expected);
  assert.deepEqual(parse(`\u{feff}  ${JSON.stringify(job)}`).job, expected);
});

test('null means not given, unknown keys are skipped, keys match in any case', () => {
  assert.deepEqual(parse({ job: undefined, id: 'web', Priority: null, Future: 1 }).job, { ID: 'web' });
});

test('a wrong type names the field', () => {
  assert.match(
    refused({ Job: { ID: 'web', Priority: 'high' } }),
    /Job\.Priority: cannot use string "high" as int/,
  );
  assert.match(
    refused({ Job: { ID: 'web', TaskGroups: [{ Name: 'g', Count: 1.5 }] } }),
    /Job\.TaskGroups\[0\]\.Count/,
  );
  assert.match(refused({ Job: 5 }), /"Job" must be a JSON object/);
});

test('check_restart of a service of the API goes to its checks', () => {
  const service = {
    Name: 's',
    CheckRestart: { Limit: 3, Grace: 1000, IgnoreWarnings: false },
    Checks: [{ Name: 'a' }, { Name: 'b', CheckRestart: { Limit: 5, Grace: null } }],
  };
  const { job } = parse({ Job: { ID: 'web', TaskGroups: [{ Services: [service] }] } });
  assert.deepEqual(
    job.TaskGroups?.[0]?.Services?.[0]?.Checks?.map((check) => check?.CheckRestart),
    [
      { Limit: 3, Grace: 1000, IgnoreWarnings: false },
      { Limit: 5, Grace: 1000, IgnoreWarnings: false },
    ],
  );
});

test('HCL in JSON syntax is told from the JSON of the API', () => {
  const { job, format } = parse({
    job: {
      web: {
        datacenters: ['dc1'],
        group: { g: { count: 2, task: { t: { driver: 'raw_exec', config: { command: 'x' } } } } },
      },
    },
  });
  assert.equal(format, 'hcl2');
  assert.equal(job.ID, 'web');
  assert.equal(job.TaskGroups?.[0]?.Count, 2);
  assert.equal(job.TaskGroups?.[0]?.Tasks?.[0]?.Driver, 'raw_exec');
});

test('broken JSON is reported with its place', () => {
  assert.match(refused('{\n  "ID": "web",\n  oops\n}'), /web\.json:3,/);
  assert.match(refused('{"ID": "web"'), /web\.json:1,/);
  assert.match(refused('[]'), /web\.json|object/);
});

test('JSON that is nested without end is an error', () => {
  const deep = `{"ID":"a","TaskGroups":[{"Tasks":[{"Config":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}]}]}`;
  assert.match(refused(deep), /nested deeper/);
});
