// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Input, JobSpec } from '@serai/api';
import { canonicalizeJob } from '../canonicalize/job.ts';
import { formatErrors, formatWarnings } from './error-list.ts';
import { validateJob } from './job.ts';
import { validateJobUpdate } from './job-update.ts';

const task = { Name: 'main', Driver: 'raw_exec', Config: { command: '/bin/true' } };

function spec(over: Input<JobSpec> = {}): Input<JobSpec> {
  return { ID: 'web', TaskGroups: [{ Name: 'front', Tasks: [task] }], ...over };
}

function errorsOf(over: Input<JobSpec>): readonly string[] {
  return validateJob(canonicalizeJob(spec(over))).errors;
}

function warningsOf(over: Input<JobSpec>): readonly string[] {
  return validateJob(canonicalizeJob(spec(over))).warnings;
}

test('a plain job of each type is valid', () => {
  for (const Type of ['service', 'batch', 'system', 'sysbatch'])
    assert.deepEqual(errorsOf({ Type }), [], Type);
});

test('names, type, priority and datacenters', () => {
  const cases: [Input<JobSpec>, string][] = [
    [{ ID: '', Name: 'x' }, 'Missing job ID'],
    [{ ID: 'a b' }, 'Job ID contains a space'],
    [{ ID: 'a\0b', Name: 'x' }, 'Job ID contains a null character'],
    [{ Name: 'a\0b' }, 'Job Name contains a null character'],
    [{ ID: '', Name: '' }, 'Missing job name'],
    [{ Type: 'daemon' }, 'Invalid job type: "daemon"'],
    [{ Type: 'core' }, 'job type cannot be core'],
    [{ Priority: 101 }, 'job priority must be between [1, 100]'],
    [{ Priority: -1 }, 'job priority must be between [1, 100]'],
    [{ Datacenters: [''] }, 'Job datacenter must be non-empty string'],
    [{ TaskGroups: null }, 'Missing job task groups'],
    [{ NodePool: 'a/b' }, 'Invalid node pool name "a/b"'],
    [{ Payload: 'aGk=' }, "job can't be submitted with a payload, only dispatched"],
    [{ ID: 'x'.repeat(2000) }, 'Job ID is longer than 1024 bytes'],
    [
      { UI: { Links: [{ Label: 'bad', URL: 'javascript:alert(1)' }] } },
      'ui link "bad" must be an http or https URL; got "javascript:alert(1)"',
    ],
  ];
  for (const [over, message] of cases)
    assert.ok(errorsOf(over).includes(message), `${message}: ${errorsOf(over)}`);
});

test('fields that canonicalizing always fills are checked, too', () => {
  const job = { ...canonicalizeJob(spec()), Region: '', Namespace: '', Type: '', Datacenters: null };
  const { errors } = validateJob(job);
  for (const message of [
    'Missing job region',
    'Job must be in a namespace',
    'Missing job type',
    'Missing job datacenters',
  ])
    assert.ok(errors.includes(message), message);
});

test('the highest priority is the one of the servers', () => {
  const job = canonicalizeJob(spec({ Priority: 200 }));
  assert.deepEqual(validateJob(job, { maxPriority: 200 }).errors, []);
  assert.deepEqual(validateJob(job).errors, ['job priority must be between [1, 100]']);
});

test('groups need names of their own and system jobs run once per node', () => {
  const group = { Tasks: [task] };
  assert.ok(errorsOf({ TaskGroups: [group] }).includes('Job task group 1 missing name'));
  assert.ok(
    errorsOf({
      TaskGroups: [
        { ...group, Name: 'a' },
        { ...group, Name: 'a' },
      ],
    }).includes("Job task group 2 redefines 'a' from group 1"),
  );
  assert.ok(
    errorsOf({ Type: 'system', TaskGroups: [{ ...group, Name: 'a', Count: 2 }] }).includes(
      'Job task group a has count 2. Count cannot exceed 1 with system scheduler',
    ),
  );
});

test('a list without end is refused before anything else is looked at', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => ({ Name: `n${i}` }));
  const refused = (over: Input<JobSpec>, path: string): void =>
    assert.deepEqual(errorsOf(over), [`Job.${path} has 1001 elements; at most 1000 are allowed`]);
  refused({ TaskGroups: many(1_001) }, 'TaskGroups');
  refused({ TaskGroups: [{ Name: 'g', Tasks: many(1_001) }] }, 'TaskGroups[0].Tasks');
  refused({ Datacenters: many(1_001).map((each) => each.Name) }, 'Datacenters');
  const tags = many(1_001).map((each) => each.Name);
  refused({ TaskGroups: [{ Services: [{ Tags: tags }] }] }, 'TaskGroups[0].Services[0].Tags');
  const args = { Config: { args: tags } };
  assert.deepEqual(errorsOf({ TaskGroups: [{ Name: 'g', Tasks: [{ ...task, ...args }] }] }), []);
});

test('system jobs have neither affinity nor spread', () => {
  const affinity = { LTarget: '${node.class}', RTarget: 'a', Operand: '=', Weight: 1 };
  const spread = { Attribute: '${node.datacenter}', Weight: 50 };
  const both = errorsOf({ Type: 'system', Affinities: [affinity], Spreads: [spread] });
  assert.deepEqual(both, [
    'System jobs may not have an affinity block',
    'System jobs may not have a spread block',
  ]);
});

test('periodic and parameterized jobs are batch jobs', () => {
  const periodic = errorsOf({ Periodic: { Specs: ['@daily'] } });
  assert.deepEqual(periodic, ['Periodic can only be used with "batch" or "sysbatch" scheduler']);
  assert.deepEqual(errorsOf({ Type: 'batch', Periodic: { Specs: ['@daily'] } }), []);
  assert.deepEqual(errorsOf({ ParameterizedJob: {} }), [
    'Parameterized job can only be used with "batch" or "sysbatch" scheduler',
  ]);
});

test('cron expressions and time zones are checked', () => {
  const of = (periodic: object): readonly string[] => errorsOf({ Type: 'batch', Periodic: periodic });
  for (const cron of ['* * * * *', '0 0 1 1 * 2030', '0 0 0 1 1 * 2030', '@hourly', '0 9 * * MON-FRI'])
    assert.deepEqual(of({ Specs: [cron] }), [], cron);
  for (const cron of ['61 * * * *', '* * *', 'often', '', '* * * * * * * *', '@every 5s'])
    assert.match(of({ Specs: [cron, '@daily'] }).join(), /^Invalid cron spec/, cron);
  assert.deepEqual(of({}), ['Must specify a spec']);
  assert.deepEqual(of({ Enabled: false }), []);
  assert.deepEqual(of({ Spec: '@daily', Specs: ['@daily'] }), ['Only cron or crons may be used']);
  assert.match(
    of({ Specs: ['@daily'], TimeZone: 'Mars/Olympus' }).join(),
    /Invalid time zone "Mars\/Olympus"/,
  );
  assert.deepEqual(of({ Specs: ['@daily'], TimeZone: 'Europe/Berlin' }), []);
  assert.match(
    of({ Specs: ['@daily'], SpecType: 'moon' }).join(),
    /Unknown periodic specification type "moon"/,
  );
});

test('parameterized keys are disjoint and the payload rule is known', () => {
  const config = { Payload: 'maybe', MetaRequired: ['a', 'b'], MetaOptional: ['b', 'c'] };
  assert.deepEqual(errorsOf({ Type: 'batch', ParameterizedJob: config }), [
    'Unknown payload requirement: "maybe"',
    'Required and optional meta keys should be disjoint. Following keys exist in both: [b]',
  ]);
});

test('several mistakes are one list, with headings for group and task', () => {
  const errors = errorsOf({
    Priority: 500,
    TaskGroups: [{ Name: 'g', Count: -1, Tasks: [{ Name: 't' }] }],
  });
  assert.equal(
    formatErrors(errors),
    [
      '2 errors occurred:',
      '\t* job priority must be between [1, 100]',
      '\t* Task group g validation failed: 2 errors occurred:',
      "\t\t* Task group count can't be negative",
      '\t\t* Task t validation failed: 1 error occurred:',
      '\t\t\t* Missing task driver',
    ].join('\n'),
  );
  assert.equal(formatErrors(['x']), '1 error occurred:\n\t* x');
});

test('warnings: parallel updates, promotion, cron, deprecated networks, oversubscription', () => {
  const group = { Name: 'g', Tasks: [task] };
  assert.match(
    warningsOf({ TaskGroups: [{ ...group, Count: 2, Update: { MaxParallel: 3 } }] }).join(),
    /Group "g" has warnings: Update max parallel count is greater than task group count \(3 > 2\)/,
  );
  assert.ok(
    warningsOf({
      TaskGroups: [
        { ...group, Update: { Canary: 1, AutoPromote: true } },
        { ...group, Name: 'h' },
      ],
    }).includes('auto_promote must be true for all groups to enable automatic promotion'),
  );
  assert.match(warningsOf({ Type: 'batch', Periodic: { Spec: '@daily' } }).join(), /cron is deprecated/);
  assert.match(
    warningsOf({ TaskGroups: [{ ...group, Networks: [{ MBits: 5 }] }] }).join(),
    /mbits has been deprecated/,
  );
  const greedy = spec({ TaskGroups: [{ Name: 'g', Tasks: [{ ...task, Resources: { MemoryMaxMB: 900 } }] }] });
  const job = canonicalizeJob(greedy);
  assert.match(
    validateJob(job, { memoryOversubscription: false }).warnings.join(),
    /Memory oversubscription is not enabled; Task "g\.main"/,
  );
  assert.deepEqual(validateJob(job, { memoryOversubscription: true }).warnings, []);
  assert.deepEqual(warningsOf({}), []);
});

test('warnings are printed as a list', () => {
  assert.equal(formatWarnings([]), '');
  assert.equal(formatWarnings(['a']), '1 warning:\n\n* a');
  assert.equal(formatWarnings(['a', 'b']), '2 warnings:\n\n* a\n* b');
});

test('a new version may not change the nature of a job', () => {
  const old = canonicalizeJob(spec());
  assert.deepEqual(validateJobUpdate(old, canonicalizeJob(spec({ Meta: { a: 'b' } }))), []);
  assert.deepEqual(validateJobUpdate(old, canonicalizeJob(spec({ Type: 'batch' }))), [
    'cannot update job from type "service" to "batch"',
  ]);
  const periodic = canonicalizeJob(spec({ Periodic: { Specs: ['@daily'] } }));
  assert.deepEqual(validateJobUpdate(old, periodic), ['cannot update non-periodic job to being periodic']);
  assert.deepEqual(validateJobUpdate(periodic, old), ['cannot update periodic job to being non-periodic']);
  const parameterized = canonicalizeJob(spec({ ParameterizedJob: {} }));
  assert.deepEqual(validateJobUpdate(old, parameterized), [
    'cannot update non-parameterized job to being parameterized',
  ]);
  assert.deepEqual(validateJobUpdate(parameterized, old), [
    'cannot update parameterized job to being non-parameterized',
  ]);
  assert.deepEqual(validateJobUpdate(parameterized, { ...parameterized, Dispatched: true }), [
    "field 'Dispatched' is read-only",
  ]);
});

test('nobody can submit a job as dispatched', () => {
  const job = canonicalizeJob(spec({ Dispatched: true }));
  assert.deepEqual(validateJobUpdate(null, job), ["job can't be submitted with 'Dispatched' set"]);
  assert.deepEqual(validateJobUpdate(null, { ...job, ParentID: 'parent' }), []);
});
