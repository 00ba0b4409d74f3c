// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour, type Input, type JobSpec, minute, second } from '@serai/api';
import { canonicalizeJob } from './job.ts';

const task: NonNullable<NonNullable<Input<JobSpec>['TaskGroups']>[number]>['Tasks'] = [
  { Name: 'main', Driver: 'raw_exec', Config: { command: '/bin/true' } },
];

function spec(over: Input<JobSpec> = {}): Input<JobSpec> {
  return { ID: 'web', TaskGroups: [{ Name: 'front', Tasks: task }], ...over };
}

test('an almost empty job gets every default of a service', () => {
  const job = canonicalizeJob(spec());
  assert.equal(job.Name, 'web');
  assert.equal(job.Type, 'service');
  assert.equal(job.Region, 'global');
  assert.equal(job.Namespace, 'default');
  assert.equal(job.NodePool, 'default');
  assert.equal(job.Priority, 50);
  assert.deepEqual(job.Datacenters, ['*']);
  const group = job.TaskGroups?.[0];
  assert.equal(group?.Count, 1);
  assert.deepEqual(group?.RestartPolicy, {
    Attempts: 2,
    Interval: 30 * minute,
    Delay: 15 * second,
    Mode: 'fail',
    RenderTemplates: false,
  });
  assert.deepEqual(group?.ReschedulePolicy, {
    Attempts: 0,
    Interval: 0,
    Delay: 30 * second,
    DelayFunction: 'exponential',
    MaxDelay: hour,
    Unlimited: true,
  });
  assert.equal(group?.Update?.MaxParallel, 1);
  assert.equal(group?.Migrate?.HealthCheck, 'checks');
  assert.deepEqual(group?.EphemeralDisk, { Sticky: false, SizeMB: 300, Migrate: false });
  assert.deepEqual(group?.Consul, { Namespace: '' });
  const main = group?.Tasks?.[0];
  assert.equal(main?.KillTimeout, 5 * second);
  assert.equal(main?.Resources?.CPU, 100);
  assert.equal(main?.Resources?.MemoryMB, 300);
  assert.deepEqual(main?.LogConfig, { MaxFiles: 10, MaxFileSizeMB: 10, Disabled: false });
  assert.deepEqual(main?.RestartPolicy, group?.RestartPolicy);
  assert.equal(main?.Identity?.Name, 'default');
});

test('canonicalizing twice changes nothing', () => {
  for (const type of ['service', 'batch', 'system', 'sysbatch']) {
    const once = canonicalizeJob(
      spec({ Type: type, Update: { MaxParallel: 3 }, Meta: {}, Periodic: { Specs: ['@daily'] } }),
    );
    assert.deepEqual(canonicalizeJob(once), once, type);
  }
});

test('types differ in restart, reschedule, update and migrate', () => {
  const groupOf = (type: string) => canonicalizeJob(spec({ Type: type })).TaskGroups?.[0];
  const batch = groupOf('batch');
  assert.equal(batch?.RestartPolicy?.Attempts, 3);
  assert.equal(batch?.RestartPolicy?.Interval, 24 * hour);
  assert.deepEqual(batch?.ReschedulePolicy, {
    Attempts: 1,
    Interval: 24 * hour,
    Delay: 5 * second,
    DelayFunction: 'constant',
    MaxDelay: 0,
    Unlimited: false,
  });
  assert.equal(batch?.Update, null);
  assert.equal(batch?.Migrate, null);
  const system = groupOf('system');
  assert.equal(system?.RestartPolicy?.Attempts, 2);
  assert.equal(system?.ReschedulePolicy, null);
  assert.equal(system?.Migrate, null);
  assert.equal(groupOf('sysbatch')?.ReschedulePolicy, null);
});

test('update of the job is merged into groups, the group winning field by field', () => {
  const job = canonicalizeJob(
    spec({
      Update: { MaxParallel: 4, Canary: 2, Stagger: 60 * second },
      TaskGroups: [
        { Name: 'a', Tasks: task, Update: { MaxParallel: 1 } },
        { Name: 'b', Tasks: task },
      ],
    }),
  );
  assert.equal(job.TaskGroups?.[0]?.Update?.MaxParallel, 1);
  assert.equal(job.TaskGroups?.[0]?.Update?.Canary, 2);
  assert.equal(job.TaskGroups?.[1]?.Update?.MaxParallel, 4);
  assert.equal(job.TaskGroups?.[1]?.Update?.HealthyDeadline, 5 * minute);
  assert.deepEqual([job.Update.MaxParallel, job.Update.Stagger, job.Update.Canary], [4, 60 * second, 0]);
});

test('reschedule and migrate of the job reach groups and are not kept on the job', () => {
  const job = canonicalizeJob(
    spec({ Reschedule: { Attempts: 5, Unlimited: false }, Migrate: { MaxParallel: 7 } }),
  );
  assert.equal(job.TaskGroups?.[0]?.ReschedulePolicy?.Attempts, 5);
  assert.equal(job.TaskGroups?.[0]?.Migrate?.MaxParallel, 7);
  assert.ok(!('Reschedule' in job) && !('Migrate' in job));
});

test('restart of the group is merged into the restart of its tasks', () => {
  const job = canonicalizeJob(
    spec({
      TaskGroups: [
        {
          Name: 'g',
          RestartPolicy: { Attempts: 9, Mode: 'delay' },
          Tasks: [
            { Name: 'a', Driver: 'x', RestartPolicy: { Attempts: 1 } },
            { Name: 'b', Driver: 'x' },
          ],
        },
      ],
    }),
  );
  const tasks = job.TaskGroups?.[0]?.Tasks;
  assert.deepEqual([tasks?.[0]?.RestartPolicy?.Attempts, tasks?.[0]?.RestartPolicy?.Mode], [1, 'delay']);
  assert.equal(tasks?.[1]?.RestartPolicy?.Attempts, 9);
});

test('metadata is stored where it was written', () => {
  const job = canonicalizeJob(spec({ Meta: { a: '1' } }));
  assert.deepEqual(job.Meta, { a: '1' });
  assert.equal(job.TaskGroups?.[0]?.Meta, null);
});

test('service names default to job, group and task, and know four variables', () => {
  const job = canonicalizeJob(
    spec({
      TaskGroups: [
        {
          Name: 'front',
          Services: [{}, { Name: '${JOB}.${TASKGROUP}.${BASE}' }],
          Tasks: [
            {
              Name: 'main',
              Driver: 'x',
              Services: [{}, { Name: '${TASK}-${attr.kernel.name}', Provider: 'nomad' }],
            },
          ],
        },
      ],
      Namespace: 'prod',
    }),
  );
  const group = job.TaskGroups?.[0];
  assert.deepEqual(
    group?.Services?.map((service) => service.Name),
    ['web-front', 'web.front.web-front-group'],
  );
  const services = group?.Tasks?.[0]?.Services;
  assert.deepEqual(
    services?.map((service) => service.Name),
    ['web-front-main', 'main-${attr.kernel.name}'],
  );
  assert.deepEqual(
    services?.map((service) => [service.Provider, service.Namespace, service.AddressMode, service.OnUpdate]),
    [
      ['consul', 'default', 'auto', 'require_healthy'],
      ['nomad', 'prod', 'auto', 'require_healthy'],
    ],
  );
});

test('checks get a name and the service on_update, their type in lower case', () => {
  const check = { Type: 'HTTP', CheckRestart: { Limit: 3 } };
  const service = { Name: 'api', OnUpdate: 'ignore_warnings', Checks: [check] };
  const job = canonicalizeJob(spec({ TaskGroups: [{ Name: 'g', Tasks: task, Services: [service] }] }));
  const stored = job.TaskGroups?.[0]?.Services?.[0]?.Checks?.[0];
  assert.equal(stored?.Name, 'service: "api" check');
  assert.equal(stored?.OnUpdate, 'ignore_warnings');
  assert.equal(stored?.Type, 'http');
  assert.deepEqual(stored?.CheckRestart, { Limit: 3, Grace: second, IgnoreWarnings: false });
});

test('count comes from scaling.min, and scaling from count', () => {
  const of = (group: object) =>
    canonicalizeJob(spec({ TaskGroups: [{ Name: 'g', Tasks: task, ...group }] })).TaskGroups?.[0];
  assert.equal(of({ Scaling: { Min: 3, Max: 5 } })?.Count, 3);
  const scaled = of({ Count: 4, Scaling: { Max: 5 } })?.Scaling;
  assert.equal(scaled?.Min, 4);
  assert.equal(scaled?.Enabled, true);
  assert.deepEqual(scaled?.Target, { Namespace: 'default', Job: 'web', Group: 'g' });
  assert.equal(of({ Count: 0 })?.Count, 0);
});

test('cpu is not asked for beside cores', () => {
  const job = canonicalizeJob(
    spec({ TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', Driver: 'x', Resources: { Cores: 2 } }] }] }),
  );
  assert.deepEqual(
    [job.TaskGroups?.[0]?.Tasks?.[0]?.Resources?.CPU, job.TaskGroups?.[0]?.Tasks?.[0]?.Resources?.Cores],
    [0, 2],
  );
});

test('templates, artifacts, vault, mounts and volumes are filled in', () => {
  const job = canonicalizeJob(
    spec({
      TaskGroups: [
        {
          Name: 'g',
          Volumes: { data: { Type: 'host', Source: 'd' } },
          Tasks: [
            {
              Name: 't',
              Driver: 'x',
              Templates: [
                { EmbeddedTmpl: 'a', DestPath: 'local/a' },
                { DestPath: 'b', ChangeMode: 'signal' },
                { DestPath: 'c', ChangeMode: 'script', ChangeScript: { Command: 'x' } },
              ],
              Artifacts: [
                { GetterSource: 'https://x/y.tar.gz?checksum=1' },
                { GetterSource: 'https://x/y.bin?a=b', GetterMode: 'file' },
              ],
              Vault: { Policies: ['p'] },
              VolumeMounts: [{ Volume: 'data', Destination: '/d' }],
            },
          ],
        },
      ],
    }),
  );
  const group = job.TaskGroups?.[0];
  const filled = group?.Tasks?.[0];
  assert.equal(group?.Volumes?.['data']?.Name, 'data');
  const [plain, signal, script] = filled?.Templates ?? [];
  assert.deepEqual(
    [plain?.ChangeMode, plain?.ChangeSignal, plain?.Splay, plain?.Perms, plain?.LeftDelim, plain?.RightDelim],
    ['restart', '', 5 * second, '0644', '{{', '}}'],
  );
  assert.equal(signal?.ChangeSignal, 'SIGHUP');
  assert.equal(script?.ChangeScript?.Timeout, 5 * second);
  assert.deepEqual(
    filled?.Artifacts?.map((artifact) => [artifact.GetterMode, artifact.RelativeDest]),
    [
      ['any', 'local/'],
      ['file', 'local/y.bin'],
    ],
  );
  assert.deepEqual(
    [filled?.Vault?.Env, filled?.Vault?.ChangeMode, filled?.Vault?.ChangeSignal],
    [true, 'restart', 'SIGHUP'],
  );
  assert.equal(filled?.VolumeMounts?.[0]?.PropagationMode, 'private');
});

test('identities with other names stand beside the default one', () => {
  const job = canonicalizeJob(
    spec({
      TaskGroups: [
        {
          Name: 'g',
          Tasks: [
            {
              Name: 't',
              Driver: 'x',
              Identity: { Env: true },
              Identities: [{ Name: 'vault', Audience: ['v'], ChangeMode: 'signal', ChangeSignal: 'sighup' }],
            },
          ],
        },
      ],
    }),
  );
  const stored = job.TaskGroups?.[0]?.Tasks?.[0];
  assert.deepEqual(stored?.Identity, {
    Name: 'default',
    Audience: ['nomadproject.io'],
    Env: true,
    File: false,
  });
  assert.equal(stored?.Identities?.[0]?.ChangeSignal, 'SIGHUP');
});

test('periodic and parameterized blocks get their defaults', () => {
  const job = canonicalizeJob(spec({ Type: 'batch', Periodic: { Spec: '@daily' }, ParameterizedJob: {} }));
  assert.deepEqual(job.Periodic, {
    Enabled: true,
    Spec: '@daily',
    Specs: null,
    SpecType: 'cron',
    ProhibitOverlap: false,
    TimeZone: 'UTC',
  });
  assert.equal(job.ParameterizedJob?.Payload, 'optional');
});

test('the request fills region, namespace and node pool only where the job is silent', () => {
  const options = { region: 'eu', namespace: 'dev', nodePool: 'gpu' };
  const silent = canonicalizeJob(spec(), options);
  assert.deepEqual([silent.Region, silent.Namespace, silent.NodePool], ['eu', 'dev', 'gpu']);
  const said = canonicalizeJob(spec({ Region: 'us', Namespace: 'prod', NodePool: 'all' }), options);
  assert.deepEqual([said.Region, said.Namespace, said.NodePool], ['us', 'prod', 'all']);
});

test('an empty list or map is stored as null and an optional field without value not at all', () => {
  const job = canonicalizeJob(spec({ Constraints: [], Meta: {}, UI: null }));
  assert.equal(job.Constraints, null);
  assert.equal(job.Meta, null);
  assert.ok(!('UI' in job));
});
