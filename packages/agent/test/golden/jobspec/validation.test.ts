// SPDX-License-Identifier: MPL-2.0
// The texts with which a job is refused or warned about, each from a job file that deserves it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '@serai/api';
import { seededRandom } from '#base';
import { parseJob } from '#jobspec';
import { canonicalizeJob, formatErrors, type ValidateOptions, validateJob, validateJobUpdate } from '#model';

const random = seededRandom(1);

interface Parts {
  readonly id?: string;
  readonly job?: string;
  readonly group?: string;
  readonly task?: string;
  /** instead of the one group */
  readonly groups?: string;
}

const plainTask = 'task "t" {\ndriver = "mock"\n}\n';

function jobOf(parts: Parts): Job {
  const task = parts.task === undefined ? plainTask : `task "t" {\ndriver = "mock"\n${parts.task}\n}\n`;
  const groups = parts.groups ?? `group "g" {\n${parts.group ?? ''}\n${task}}\n`;
  const source = `job "${parts.id ?? 'j'}" {\n${parts.job ?? ''}\n${groups}}\n`;
  return canonicalizeJob(parseJob({ source, filename: 'web.nomad' }, { random }).job);
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

const refused: Readonly<Record<string, Parts>> = {
  'Job ID contains a space': { id: 'a b' },
  'Job ID contains a null character': { id: 'a\\u0000' },
  'Invalid job type: "odd"': { job: 'type = "odd"' },
  'job type cannot be core': { job: 'type = "core"' },
  'Job datacenter must be non-empty string': { job: 'datacenters = [""]' },
  'Missing job task groups': { groups: '' },
  'System jobs may not have an affinity block': {
    job: 'type = "system"\naffinity {\nattribute = "a"\nvalue = "b"\n}',
  },
  'System jobs may not have a spread block': { job: 'type = "system"\nspread {\nattribute = "a"\n}' },
  "Job task group 2 redefines 'g' from group 1": {
    groups: `group "g" {\n${plainTask}}\ngroup "g" {\n${plainTask}}\n`,
  },
  'Job task group 1 missing name': { groups: `group "" {\n${plainTask}}\n` },
  'job priority must be between [1, 100]': { job: 'priority = 101' },
  'Task group g validation failed: 1 error occurred: * Missing tasks for task group': {
    groups: 'group "g" {}\n',
  },
  "Task group count can't be negative": { group: 'count = -1' },
  'Task group cannot be configured with both max_client_disconnect and stop_after_client_disconnect': {
    group: 'max_client_disconnect = "1m"\nstop_after_client_disconnect = "1m"',
  },
  'Only one task may be marked as leader': {
    group: 'task "u" {\ndriver = "mock"\nleader = true\n}',
    task: 'leader = true',
  },
  'Job type "batch" does not allow migrate block': { job: 'type = "batch"', group: 'migrate {}' },
  'Job type "sysbatch" does not allow update block': { job: 'type = "sysbatch"', group: 'update {}' },
  'System jobs should not have a reschedule policy': {
    job: 'type = "system"',
    group: 'reschedule {\ndelay = "30s"\n}',
  },
  'Static port 80 already reserved by': {
    group: 'network {\nport "a" {\nstatic = 80\n}\nport "b" {\nstatic = 80\n}\n}',
  },
  'Hostname is not a valid DNS name': { group: 'network {\nmode = "bridge"\nhostname = "-x-"\n}' },
  'Multiple service providers used: task group services must use the same provider': {
    group: 'service {\nname = "a"\nprovider = "nomad"\n}\nservice {\nname = "b"\nprovider = "consul"\n}',
  },
  'Missing task driver': { groups: 'group "g" {\ntask "t" {}\n}\n' },
  'Task name cannot include slashes': { groups: 'group "g" {\ntask "a/b" {\ndriver = "m"\n}\n}\n' },
  "Task can only ask for 'cpu' or 'cores' resource, not both.": {
    task: 'resources {\ncpu = 100\ncores = 1\n}',
  },
  'minimum CPU value is 1; got 0': { task: 'resources {\ncpu = 0\n}' },
  'minimum MemoryMB value is 10; got 9': { task: 'resources {\nmemory = 9\n}' },
  'Template 2 has same destination as 1': {
    task: 'template {\ndata = "x"\ndestination = "local/a"\n}\ntemplate {\ndata = "y"\ndestination = "local/a"\n}',
  },
  'destination escapes allocation directory': {
    task: 'template {\ndata = "x"\ndestination = "../../../a"\n}',
  },
  'references undefined volume nope': { task: 'volume_mount {\nvolume = "nope"\ndestination = "/x"\n}' },
};

for (const [text, parts] of Object.entries(refused)) {
  test(`refused: ${text}`, () => {
    const found = flat(formatErrors(validateJob(jobOf(parts)).errors));
    assert.ok(found.includes(text), `wants ${text}\ngot ${found}`);
  });
}

test('what a file can not leave out is missed in a job that comes without it', () => {
  const job = jobOf({});
  const without: readonly (readonly [Partial<Job>, string])[] = [
    [{ Region: '' }, 'Missing job region'],
    [{ ID: '' }, 'Missing job ID'],
    [{ Name: '' }, 'Missing job name'],
    [{ Namespace: '' }, 'Job must be in a namespace'],
    [{ Type: '' }, 'Missing job type'],
    [{ Datacenters: [] }, 'Missing job datacenters'],
    [{ Payload: 'eA==' }, "job can't be submitted with a payload, only dispatched"],
  ];
  for (const [change, text] of without) assert.equal(validateJob({ ...job, ...change }).errors[0], text);
  assert.deepEqual(validateJob(job).errors, []);
});

test('several mistakes are one list, those of a group and task below their headings', () => {
  const errors = validateJob(
    jobOf({ job: 'priority = 0\ntype = "odd"', task: 'resources {\nmemory = 1\n}' }),
  ).errors;
  assert.equal(
    formatErrors(errors),
    [
      '2 errors occurred:',
      '\t* Invalid job type: "odd"',
      '\t* Task group g validation failed: 1 error occurred:',
      '\t\t* Task t validation failed: 1 error occurred:',
      '\t\t\t* minimum MemoryMB value is 10; got 1',
    ].join('\n'),
  );
});

const warned: readonly (readonly [string, Parts, ValidateOptions?])[] = [
  [
    'Update max parallel count is greater than task group count (3 > 1)',
    { group: 'update {\nmax_parallel = 3\n}' },
  ],
  [
    'auto_promote must be true for all groups to enable automatic promotion',
    {
      groups: `group "g" {\nupdate {\ncanary = 1\nauto_promote = true\n}\n${plainTask}}\ngroup "h" {\n${plainTask}}\n`,
    },
  ],
  ['cron is deprecated', { job: 'type = "batch"\nperiodic {\ncron = "@daily"\n}' }],
  ['mbits has been deprecated', { group: 'network {\nmbits = 10\n}' }],
  ['IOPS has been deprecated', { task: 'resources {\niops = 10\n}' }],
  ['task network resources have been deprecated', { task: 'resources {\nnetwork {}\n}' }],
  [
    'VaultGrace has been deprecated',
    { task: 'template {\ndata = "x"\ndestination = "local/a"\nvault_grace = "5s"\n}' },
  ],
  [
    'Memory oversubscription is not enabled; Task "g.t" memory_max value will be ignored',
    { task: 'resources {\nmemory_max = 500\n}' },
    { memoryOversubscription: false },
  ],
];

for (const [text, parts, options] of warned) {
  test(`warned: ${text}`, () => {
    const found = validateJob(jobOf(parts), options).warnings;
    assert.ok(
      found.some((each) => each.includes(text)),
      found.join('\n'),
    );
    assert.ok(!validateJob(jobOf({}), options).warnings.some((each) => each.includes(text)));
  });
}

test('what a new version may not change', () => {
  const service = jobOf({});
  const batch = jobOf({ job: 'type = "batch"' });
  const periodic = jobOf({ job: 'type = "batch"\nperiodic {\ncrons = ["@daily"]\n}' });
  const parameterized = jobOf({ job: 'type = "batch"\nparameterized {}' });
  const cases: readonly (readonly [Job | null, Job, readonly string[]])[] = [
    [service, batch, ['cannot update job from type "service" to "batch"']],
    [batch, periodic, ['cannot update non-periodic job to being periodic']],
    [periodic, batch, ['cannot update periodic job to being non-periodic']],
    [batch, parameterized, ['cannot update non-parameterized job to being parameterized']],
    [parameterized, batch, ['cannot update parameterized job to being non-parameterized']],
    [batch, { ...batch, Dispatched: true }, ["field 'Dispatched' is read-only"]],
    [null, { ...batch, Dispatched: true }, ["job can't be submitted with 'Dispatched' set"]],
    [null, service, []],
    [periodic, periodic, []],
  ];
  for (const [before, after, expected] of cases) assert.deepEqual(validateJobUpdate(before, after), expected);
});
