// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Input, type Job, type JobSpec, second, type Task, type TaskGroup } from '@serai/api';
import { canonicalizeJob } from './canonicalize/job.ts';
import { jobSpecChanged } from './job-changed.ts';
import { tasksUpdated, tasksUpdatedReason } from './tasks-updated.ts';

function job(task: Input<Task> = {}, group: Input<TaskGroup> = {}, over: Input<JobSpec> = {}): Job {
  const tasks = [{ Name: 't', Driver: 'docker', Config: { image: 'a' }, ...task }];
  return canonicalizeJob({ ID: 'web', TaskGroups: [{ Name: 'g', Tasks: tasks, ...group }], ...over });
}

const reason = (next: Job, old = job()): string | undefined => tasksUpdatedReason(old, next, 'g');
const affinity = { LTarget: '${node.class}', RTarget: 'a', Operand: '=', Weight: 10 };

test('the same job needs nothing', () => {
  assert.equal(tasksUpdated(job(), job(), 'g'), false);
  const same = job();
  assert.equal(tasksUpdated(same, same, 'g'), false);
});

test('changes of a task that force a new allocation', () => {
  const changes: Record<string, Input<Task>> = {
    Driver: { Driver: 'exec' },
    User: { User: 'app' },
    Config: { Config: { image: 'b' } },
    Env: { Env: { A: '1' } },
    Artifacts: { Artifacts: [{ GetterSource: 'x' }] },
    Vault: { Vault: { Policies: ['p'] } },
    Templates: { Templates: [{ EmbeddedTmpl: 'x', DestPath: 'y' }] },
    VolumeMounts: { VolumeMounts: [{ Volume: 'v', Destination: '/' }] },
    Lifecycle: { Lifecycle: { Hook: 'prestart' } },
    Identity: { Identity: { Env: true } },
    Resources: { Resources: { CPU: 200 } },
    meta: { Meta: { a: 'b' } },
    'LogConfig.Disabled': { LogConfig: { Disabled: true } },
    'RestartPolicy.RenderTemplates': { RestartPolicy: { RenderTemplates: true } },
  };
  for (const [name, change] of Object.entries(changes))
    assert.equal(reason(job(change)), `${name} of task "t"`);
});

test('changes of a task that a running one takes over', () => {
  const changes: Input<Task>[] = [
    { KillTimeout: second },
    { KillSignal: 'SIGTERM' },
    { Services: [{ Name: 's' }] },
    { LogConfig: { MaxFiles: 3 } },
    { RestartPolicy: { Attempts: 9 } },
    { Constraints: [{ LTarget: 'a', RTarget: 'b', Operand: '=' }] },
    { ShutdownDelay: second },
    { Actions: [{ Name: 'a', Command: 'b' }] },
  ];
  for (const change of changes) assert.equal(reason(job(change)), undefined, JSON.stringify(change));
});

test('changes of the group', () => {
  assert.equal(reason(job({}, { EphemeralDisk: { SizeMB: 500 } })), 'ephemeral disk');
  assert.equal(reason(job({}, { Networks: [{ DynamicPorts: [{ Label: 'a' }] }] })), 'network');
  assert.equal(reason(job({}, { Volumes: { d: { Type: 'host', Source: 's' } } })), 'volumes');
  assert.equal(reason(job({}, { Consul: { Namespace: 'x' } })), 'consul namespace');
  assert.equal(reason(job({}, { Affinities: [affinity] })), 'affinities');
  assert.equal(reason(job({}, { Spreads: [{ Attribute: 'a', Weight: 1 }] })), 'spreads');
  assert.equal(reason(job({}, { Tasks: [] })), 'number of tasks');
  assert.equal(reason(job({ Name: 'other' })), 'task "t" removed');
  assert.equal(reason(job({}, { Name: 'h' })), 'task group added or removed');
  assert.equal(reason(job({}, { Services: [{ Name: 's', Connect: { Native: true } }] })), 'connect services');
  for (const change of [
    { Count: 5 },
    { RestartPolicy: { Attempts: 7 } },
    { Services: [{ Name: 's' }] },
    { Update: { Canary: 1 } },
  ])
    assert.equal(reason(job({}, change)), undefined, JSON.stringify(change));
});

test('affinities and metadata of the job count, too, wherever they stand', () => {
  assert.equal(reason(job({}, {}, { Affinities: [affinity] })), 'affinities');
  assert.equal(
    reason(job({}, { Affinities: [affinity] }), job({}, {}, { Affinities: [affinity] })),
    undefined,
  );
  assert.equal(reason(job({}, {}, { Meta: { a: 'b' } })), 'meta of task "t"');
  assert.equal(reason(job({ Meta: { a: 'b' } }), job({}, {}, { Meta: { a: 'b' } })), undefined);
});

test('a port is compared by what was asked for, not by the number that was found', () => {
  const of = (value: number) => job({}, { Networks: [{ DynamicPorts: [{ Label: 'a', Value: value }] }] });
  assert.equal(reason(of(20_000), of(0)), undefined);
  const fixed = (value: number) => job({}, { Networks: [{ ReservedPorts: [{ Label: 'a', Value: value }] }] });
  assert.equal(reason(fixed(81), fixed(80)), 'network');
  const labels = (...names: string[]) =>
    job({}, { Networks: [{ DynamicPorts: names.map((Label) => ({ Label })) }] });
  assert.equal(reason(labels('a', 'b'), labels('b', 'a')), undefined);
});

test('a job is a new version when the user changed something', () => {
  const stored = { ...job(), Version: 3, Status: 'running', ModifyIndex: 8, Stable: true, SubmitTime: 1 };
  assert.equal(jobSpecChanged(stored, job()), false);
  assert.equal(jobSpecChanged(stored, job({ KillTimeout: second })), true);
  assert.equal(jobSpecChanged(stored, job({}, {}, { Priority: 60 })), true);
  assert.equal(jobSpecChanged(stored, { ...job(), Stop: true }), true);
  const scaled = job({}, { Scaling: { Min: 1, Max: 2 } });
  const numbered = scaled.TaskGroups?.map((group) => ({
    ...group,
    Scaling: group.Scaling ? { ...group.Scaling, ID: 'id', ModifyIndex: 4 } : null,
  }));
  assert.equal(jobSpecChanged({ ...scaled, TaskGroups: numbered ?? null }, scaled), false);
});
