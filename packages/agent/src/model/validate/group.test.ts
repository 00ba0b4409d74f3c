// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour, type Input, minute, second, type TaskGroup } from '@serai/api';
import { canonicalizeJob } from '../canonicalize/job.ts';
import { ErrorList } from './error-list.ts';
import { validateGroup } from './group.ts';

const task = { Name: 'main', Driver: 'raw_exec' };

function errorsOf(over: Input<TaskGroup>, type = 'service'): readonly string[] {
  const job = canonicalizeJob({ ID: 'web', Type: type, TaskGroups: [{ Name: 'g', Tasks: [task], ...over }] });
  const errors = new ErrorList();
  for (const group of job.TaskGroups ?? []) validateGroup(errors, group, job);
  return errors.messages.map((message) => message.replaceAll(/\s+/g, ' '));
}

function check(over: Input<TaskGroup>, message: string | RegExp, type = 'service'): void {
  const errors = errorsOf(over, type);
  const found = errors.some((each) =>
    typeof message === 'string' ? each.includes(message) : message.test(each),
  );
  assert.ok(found, `${JSON.stringify(over)}\nwants ${message}\ngot ${errors.join('\n') || 'no error'}`);
}

test('a group needs tasks and a count that is not negative', () => {
  check({ Tasks: [] }, 'Missing tasks for task group');
  check({ Count: -1 }, "Task group count can't be negative");
  check({ Name: '' }, 'Missing task group name');
  check({ Name: 'a\0' }, 'Task group name contains a null character');
  check({ ShutdownDelay: -1 }, 'ShutdownDelay must be a positive value');
  assert.deepEqual(errorsOf({ Count: 0 }), []);
});

test('tasks have names of their own and one leader', () => {
  check({ Tasks: [task, task] }, "Task 2 redefines 'main' from task 1");
  check({ Tasks: [{ Driver: 'x' }] }, 'Task 1 missing name');
  check(
    {
      Tasks: [
        { ...task, Leader: true },
        { ...task, Name: 'b', Leader: true },
      ],
    },
    'Only one task may be marked as leader',
  );
});

test('what a lost client means is said once', () => {
  check(
    { MaxClientDisconnect: 1, StopAfterClientDisconnect: 1 },
    'Task group cannot be configured with both max_client_disconnect and stop_after_client_disconnect',
  );
  check({ MaxClientDisconnect: -1 }, 'max_client_disconnect cannot be negative');
  check({ StopAfterClientDisconnect: -1 }, 'stop_after_client_disconnect must be a positive value');
  check({ Disconnect: { LostAfter: -1 } }, 'disconnect.lost_after cannot be negative');
  check(
    { Disconnect: { LostAfter: 1, StopOnClientAfter: 1 } },
    'cannot have both lost_after and stop_on_client_after',
  );
  check({ Disconnect: { Reconcile: 'coin' } }, 'Invalid disconnect.reconcile "coin"');
  check({ Disconnect: {}, MaxClientDisconnect: 1 }, 'disconnect block cannot be used together with');
  assert.deepEqual(errorsOf({ Disconnect: { LostAfter: hour } }), []);
});

test('restart policies', () => {
  check({ RestartPolicy: { Mode: 'never' } }, 'Unsupported restart mode: "never"');
  check(
    { RestartPolicy: { Attempts: 0, Mode: 'delay' } },
    'Restart policy "delay" with 0 attempts is ambiguous',
  );
  check({ RestartPolicy: { Interval: second } }, 'Interval can not be less than 5s (got 1s)');
  check(
    { RestartPolicy: { Attempts: 10, Delay: minute, Interval: 5 * minute } },
    "Nomad can't restart the TaskGroup 10 times in an interval of 5m0s with a delay of 1m0s",
  );
  check({ RestartPolicy: { Attempts: -1 } }, "Restart attempts can't be negative");
  assert.deepEqual(errorsOf({ RestartPolicy: { Attempts: 0 } }), []);
});

test('reschedule policies', () => {
  const limited = { Unlimited: false, Attempts: 3, Interval: hour, Delay: minute };
  assert.deepEqual(errorsOf({ ReschedulePolicy: { ...limited, DelayFunction: 'constant' } }), []);
  assert.deepEqual(errorsOf({ ReschedulePolicy: { Unlimited: false, Attempts: 0 } }), []);
  check({ ReschedulePolicy: { DelayFunction: 'random' } }, 'Invalid delay function "random", must be one of');
  check({ ReschedulePolicy: { Delay: second } }, 'Delay cannot be less than 5s (got 1s)');
  check({ ReschedulePolicy: { MaxDelay: second } }, 'Max Delay cannot be less than Delay 30s (got 1s)');
  check({ ReschedulePolicy: { ...limited, Interval: second } }, 'Interval cannot be less than 15s (got 1s)');
  check(
    { ReschedulePolicy: { ...limited, Attempts: 100, DelayFunction: 'constant' } },
    'Nomad can only make 60 attempts in 1h0m0s',
  );
  check(
    { ReschedulePolicy: { ...limited, Attempts: 10, DelayFunction: 'exponential' } },
    'can only make 5 attempts',
  );
  check(
    { ReschedulePolicy: { ...limited, Attempts: 20, DelayFunction: 'fibonacci' } },
    'can only make 8 attempts',
  );
  check({ ReschedulePolicy: { Attempts: 1 } }, 'System jobs should not have a reschedule policy', 'system');
  check({ ReschedulePolicy: { Attempts: 1 } }, 'System jobs should not have a reschedule policy', 'sysbatch');
});

test('update blocks', () => {
  check({ Update: { HealthCheck: 'guess' } }, 'Invalid health check given: "guess"');
  check({ Update: { MaxParallel: -1 } }, 'Max parallel can not be less than zero: -1 < 0');
  check({ Update: { Canary: -1 } }, 'Canary count can not be less than zero: -1 < 0');
  check({ Update: { AutoPromote: true } }, 'Auto Promote requires a Canary count greater than zero');
  check({ Update: { MinHealthyTime: -1 } }, 'Minimum healthy time may not be less than zero');
  check({ Update: { HealthyDeadline: 0 } }, 'Healthy deadline must be greater than zero: 0s');
  check({ Update: { ProgressDeadline: -1 } }, 'Progress deadline must be zero or greater');
  check(
    { Update: { MinHealthyTime: hour } },
    'Minimum healthy time must be less than healthy deadline: 1h0m0s > 5m0s',
  );
  check(
    { Update: { HealthyDeadline: hour } },
    'Healthy deadline must be less than progress deadline: 1h0m0s > 10m0s',
  );
  check({ Update: { Stagger: 0 } }, 'Stagger must be greater than zero: 0s');
  check({ Update: { MaxParallel: 1 } }, 'Job type "batch" does not allow update block', 'batch');
  check({ Update: { MaxParallel: 1 } }, 'Job type "sysbatch" does not allow update block', 'sysbatch');
  assert.deepEqual(errorsOf({ Update: { MaxParallel: 0, ProgressDeadline: 0 } }), []);
  assert.deepEqual(errorsOf({ Update: { MaxParallel: 2 } }, 'system'), []);
});

test('migrate blocks are for services', () => {
  check({ Migrate: {} }, 'Job type "batch" does not allow migrate block', 'batch');
  check({ Migrate: { HealthCheck: 'manual' } }, 'Invalid HealthCheck: "manual"');
  check({ Migrate: { MaxParallel: -1 } }, 'MaxParallel must be >= 0 but found -1');
});

test('disk and scaling', () => {
  check({ EphemeralDisk: { SizeMB: 5 } }, 'minimum DiskMB value is 10; got 5');
  check({ Scaling: { Min: 3, Max: 2 } }, 'maximum count must not be less than minimum count');
  check(
    { Count: 1, Scaling: { Min: 2, Max: 3 } },
    'must not be less than minimum count in scaling policy; got 1, need at least 2',
  );
  check(
    { Count: 9, Scaling: { Min: 2, Max: 3 } },
    'must not be greater than maximum count in scaling policy; got 9, need at most 3',
  );
  check({ Scaling: { Min: -1, Max: 3 } }, 'minimum count must be specified and non-negative');
});

test('a label or static port is used once', () => {
  const port = (Label: string, Value: number, HostNetwork = '') => ({ Label, Value, HostNetwork });
  check(
    { Networks: [{ DynamicPorts: [{ Label: 'a' }, { Label: 'a' }] }] },
    'Port label a already in use by taskgroup network',
  );
  check(
    { Networks: [{ ReservedPorts: [port('a', 80), port('b', 80)] }] },
    'Static port 80 already reserved by taskgroup network:a',
  );
  assert.deepEqual(
    errorsOf({ Networks: [{ ReservedPorts: [port('a', 80, 'public'), port('b', 80, 'private')] }] }),
    [],
  );
  const ignored = { ...port('b', 80), IgnoreCollision: true };
  assert.deepEqual(errorsOf({ Networks: [{ ReservedPorts: [port('a', 80), ignored] }] }), []);
  const inTask = { ...task, Resources: { Networks: [{ ReservedPorts: [port('b', 80)] }] } };
  check(
    { Networks: [{ ReservedPorts: [port('a', 80)] }], Tasks: [inTask] },
    'Static port 80 already reserved by taskgroup network:a',
  );
  check(
    { Networks: [{ ReservedPorts: [port('a', 70000)] }] },
    'static port 70000 must be between 0 and 65535',
  );
  check({ Networks: [{ DynamicPorts: [{ Label: 'a', To: 70000 }] }] }, 'Port a cannot be mapped to 70000');
  check({ Networks: [{ DynamicPorts: [{}] }] }, 'Port label cannot be empty');
});

test('network modes and host names', () => {
  for (const Mode of ['host', 'bridge', 'none', 'cni/mesh'])
    assert.deepEqual(errorsOf({ Networks: [{ Mode }] }), [], Mode);
  check({ Networks: [{ Mode: 'moon' }] }, 'Invalid network mode "moon"');
  check({ Networks: [{ Mode: 'cni/' }] }, 'Invalid network mode "cni/"');
  check({ Networks: [{}, {}] }, 'Task group can have one network block only; got 2');
  check({ Networks: [{ Mode: 'bridge', Hostname: 'a_b!' }] }, 'Hostname is not a valid DNS name');
  check(
    { Networks: [{ Mode: 'none', DynamicPorts: [{ Label: 'a' }] }] },
    'Network mode none cannot have ports',
  );
  assert.deepEqual(errorsOf({ Networks: [{ Mode: 'bridge', Hostname: '${NOMAD_ALLOC_ID}' }] }), []);
});

test('volumes', () => {
  const csi = { Type: 'csi', Source: 's', AccessMode: 'single-node-writer', AttachmentMode: 'file-system' };
  assert.deepEqual(errorsOf({ Volumes: { d: csi, h: { Type: 'host', Source: 'x' } } }), []);
  check({ Volumes: { d: { Type: 'nfs', Source: 'x' } } }, 'volume has unrecognized type "nfs"');
  check({ Volumes: { d: { Type: 'host' } } }, 'volume has an empty source');
  check({ Volumes: { d: { Type: 'csi', Source: 's' } } }, 'CSI volumes must have an access mode');
  check({ Volumes: { d: { ...csi, AccessMode: 'all' } } }, 'unrecognized access mode "all"');
  check({ Volumes: { d: { ...csi, AttachmentMode: 'usb' } } }, 'unrecognized attachment mode "usb"');
  check(
    { Volumes: { d: { ...csi, AttachmentMode: 'block-device', MountOptions: {} } } },
    'attachment mode file-system only',
  );
  check(
    { Volumes: { d: { ...csi, AccessMode: 'multi-node-reader-only' } } },
    'multi-node-reader-only volumes must be read-only',
  );
  check(
    { Volumes: { d: { ...csi, PerAlloc: true } } },
    'volume cannot be per_alloc for system or sysbatch jobs',
    'system',
  );
  check(
    { Volumes: { d: { ...csi, PerAlloc: true } }, Update: { Canary: 1 } },
    'volume cannot be per_alloc when canaries are in use',
  );
  check(
    { Volumes: { d: { Type: 'host', Source: 'x', MountOptions: {} } } },
    'host volumes cannot have mount options',
  );
});

test('system groups have neither affinity nor spread', () => {
  const affinity = { LTarget: '${node.class}', RTarget: 'a', Operand: '=', Weight: 1 };
  check({ Affinities: [affinity] }, 'System jobs may not have an affinity block', 'system');
  check(
    { Spreads: [{ Attribute: '${node.class}', Weight: 1 }] },
    'System jobs may not have a spread block',
    'system',
  );
  check(
    { Tasks: [{ ...task, Affinities: [affinity] }] },
    'System jobs may not have an affinity block',
    'system',
  );
});
