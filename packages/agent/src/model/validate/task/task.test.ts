// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hour, type Input, type Task, type TaskGroup } from '@serai/api';
import { canonicalizeJob } from '../../canonicalize/job.ts';
import { ErrorList } from '../error-list.ts';
import { escapesAllocDir } from '../path.ts';
import { validateTask } from './task.ts';

function errorsOf(over: Input<Task>, group: Input<TaskGroup> = {}): readonly string[] {
  const task = { Name: 'main', Driver: 'raw_exec', ...over };
  const job = canonicalizeJob({ ID: 'web', TaskGroups: [{ Name: 'g', ...group, Tasks: [task] }] });
  const errors = new ErrorList();
  for (const each of job.TaskGroups ?? [])
    for (const item of each.Tasks ?? []) validateTask(errors, item, each);
  return errors.messages.map((message) => message.replaceAll(/\s+/g, ' '));
}

function check(over: Input<Task>, message: string, group: Input<TaskGroup> = {}): void {
  const errors = errorsOf(over, group);
  assert.ok(
    errors.some((each) => each.includes(message)),
    `${JSON.stringify(over)}\nwants ${message}\ngot ${errors.join('\n') || 'no error'}`,
  );
}

test('a task has a name that is a directory name, and a driver', () => {
  assert.deepEqual(errorsOf({}), []);
  check({ Name: '' }, 'Missing task name');
  check({ Name: 'a/b' }, 'Task name cannot include slashes');
  check({ Name: 'a\\b' }, 'Task name cannot include slashes');
  check({ Name: 'a\0b' }, 'Task name contains a null character');
  for (const Name of ['alloc', '.', '..']) check({ Name }, `Task name "${Name}" is reserved`);
  check({ Name: 'x'.repeat(129) }, 'Task name is longer than 128 bytes');
  check({ Driver: '' }, 'Missing task driver');
});

test('times', () => {
  check({ KillTimeout: -1 }, 'KillTimeout must be a positive value');
  check({ ShutdownDelay: -1 }, 'ShutdownDelay must be a positive value');
  check({ KillTimeout: hour }, "KillTimeout (1h0m0s) longer than the group's ProgressDeadline (10m0s)");
});

test('resources', () => {
  check({ Resources: { CPU: 100, Cores: 1 } }, "Task can only ask for 'cpu' or 'cores' resource, not both.");
  check({ Resources: { CPU: 0 } }, 'minimum CPU value is 1; got 0');
  check({ Resources: { MemoryMB: 9 } }, 'minimum MemoryMB value is 10; got 9');
  check(
    { Resources: { MemoryMB: 100, MemoryMaxMB: 50 } },
    'MemoryMaxMB value (50) should be larger than MemoryMB value (100)',
  );
  check({ Resources: { DiskMB: 5 } }, "Task can't ask for disk resources");
  check({ Resources: { CPU: 2 ** 50 } }, 'is beyond any machine');
  check({ Resources: { Cores: -1 } }, 'cores must not be negative; got -1');
  check(
    { Resources: { NUMA: { Affinity: 'maybe' } } },
    'numa affinity must be none, prefer or require; got "maybe"',
  );
  check({ Resources: { Devices: [{ Name: '' }] } }, 'device name must be given');
  check({ Resources: { Devices: [{ Name: 'gpu', Count: 0 }] } }, 'device count must be at least 1');
  check(
    { Resources: { Devices: [{ Name: 'gpu', Constraints: [{ Operand: 'distinct_hosts' }] }] } },
    'has disallowed Operand at device level: distinct_hosts',
  );
  assert.deepEqual(errorsOf({ Resources: { Cores: 2 } }), []);
});

test('logs fit on the disk', () => {
  check({ LogConfig: { MaxFiles: 0 } }, 'minimum number of files is 1; got 0');
  check({ LogConfig: { MaxFileSizeMB: 0 } }, 'minimum file size is 1MB; got 0');
  check(
    { LogConfig: { MaxFiles: 10, MaxFileSizeMB: 50 } },
    'log storage (500 MB) must be less than requested disk capacity (300 MB)',
  );
  assert.deepEqual(errorsOf({ LogConfig: { MaxFiles: 10, MaxFileSizeMB: 50, Disabled: true } }), []);
});

test('templates', () => {
  const good = { EmbeddedTmpl: 'x', DestPath: 'local/x' };
  assert.deepEqual(errorsOf({ Templates: [good, { ...good, DestPath: 'secrets/y', Envvars: true }] }), []);
  check({ Templates: [{ DestPath: 'x' }] }, 'Must specify a source path or have an embedded template');
  check({ Templates: [{ EmbeddedTmpl: 'x' }] }, 'Must specify a destination for the template');
  check({ Templates: [good, good] }, 'Template 2 has same destination as 1');
  check(
    { Templates: [{ ...good, DestPath: '../../../etc/passwd' }] },
    'destination escapes allocation directory',
  );
  check({ Templates: [{ ...good, ChangeMode: 'explode' }] }, 'Invalid change mode given: "explode"');
  check(
    { Templates: [{ ...good, ChangeMode: 'signal', Envvars: true }] },
    'cannot use signals with env var templates',
  );
  check({ Templates: [{ ...good, ChangeMode: 'script' }] }, 'must specify change_script');
  check({ Templates: [{ ...good, ChangeMode: 'script', ChangeScript: {} }] }, 'must specify script command');
  check({ Templates: [{ ...good, Splay: -1 }] }, 'Must specify positive splay value');
  check({ Templates: [{ ...good, Perms: 'rwx' }] }, 'Failed to parse "rwx" as octal');
  check(
    { Templates: [{ ...good, Wait: { Min: 2, Max: 1 } }] },
    'wait min must be less than or equal to wait max',
  );
});

test('artifacts', () => {
  const good = { GetterSource: 'https://example.com/x' };
  const sum = (checksum: string) => ({ Artifacts: [{ ...good, GetterOptions: { checksum } }] });
  assert.deepEqual(errorsOf(sum(`sha256:${'a'.repeat(64)}`)), []);
  assert.deepEqual(errorsOf(sum('file:https://example.com/sums')), []);
  assert.deepEqual(errorsOf(sum('sha256:${NOMAD_META_sum}')), []);
  check({ Artifacts: [{}] }, 'source must be specified');
  check(
    { Artifacts: [{ ...good, GetterMode: 'zip' }] },
    'invalid artifact mode "zip"; must be one of: any, file, dir',
  );
  check({ Artifacts: [{ ...good, RelativeDest: '../../x' }] }, 'destination escapes allocation directory');
  check(sum(''), 'checksum value cannot be empty');
  check(sum('abc'), 'checksum must be given as type:value; got "abc"');
  check(sum('crc32:abcd'), 'unsupported checksum type: crc32');
  check(sum('md5:zz'), 'is not hexadecimal');
  check(sum('md5:aa'), 'invalid md5 checksum: "aa" has 2 digits instead of 32');
});

test('a path escapes when it leaves the allocation directory', () => {
  for (const path of ['local/x', '../alloc/data', 'a/../../shared', '/etc/x', '${NOMAD_TASK_DIR}/x', ''])
    assert.equal(escapesAllocDir(path), false, path);
  for (const path of ['../..', '../../x', 'a/../../../x', '/../../x', '..\\..\\x', '${X}/../../../y'])
    assert.equal(escapesAllocDir(path), true, path);
});

test('volume mounts name a volume of the group', () => {
  const group = { Volumes: { data: { Type: 'host', Source: 'x' } } };
  assert.deepEqual(errorsOf({ VolumeMounts: [{ Volume: 'data', Destination: '/d' }] }, group), []);
  check(
    { VolumeMounts: [{ Volume: 'none', Destination: '/d' }] },
    'Volume Mount (0) references undefined volume none',
    group,
  );
  check(
    { VolumeMounts: [{ Volume: 'constructor', Destination: '/d' }] },
    'references undefined volume constructor',
    group,
  );
  check({ VolumeMounts: [{ Volume: 'data' }] }, 'Volume Mount (0) must specify a destination', group);
  check(
    { VolumeMounts: [{ Volume: 'data', Destination: '/d', PropagationMode: 'x' }] },
    'invalid propagation mode: "x"',
    group,
  );
});

test('plugins, payload, lifecycle, vault', () => {
  check({ CSIPluginConfig: { Type: 'node' } }, 'CSIPluginConfig must have a non-empty PluginID');
  check(
    { CSIPluginConfig: { ID: 'p', Type: 'x' } },
    "CSIPluginConfig PluginType must be one of 'node', 'controller', or 'monolith'",
  );
  check(
    { CSIPluginConfig: { ID: 'p', Type: 'node', StagePublishBaseDir: '/csi/x' } },
    'must not be inside the MountDir',
  );
  check(
    { DispatchPayload: { File: '../../../x' } },
    'Dispatch Payload validation failed: destination escapes',
  );
  check({ Lifecycle: { Hook: '', Sidecar: true } }, 'no lifecycle hook provided');
  check({ Lifecycle: { Hook: 'midway' } }, 'invalid lifecycle hook: midway');
  check({ Lifecycle: { Hook: 'poststop', Sidecar: true } }, 'a poststop task cannot be a sidecar');
  check(
    { Lifecycle: { Hook: 'prestart' }, Leader: true },
    'a task with a lifecycle hook cannot be the leader',
  );
  check({ Vault: { Policies: ['root'] } }, 'cannot have "root" policy in Vault block');
  check({ Vault: { ChangeMode: 'x' } }, 'Unknown change mode "x"');
});

test('identities', () => {
  const aws = { Name: 'aws', Audience: ['sts'] };
  assert.deepEqual(errorsOf({ Identities: [aws, { Name: 'gcp', Audience: ['g'], TTL: hour }] }), []);
  check({ Identities: [aws, aws] }, 'Task has more than one identity named "aws"');
  check({ Identities: [{ Name: 'a b', Audience: ['x'] }] }, 'Invalid identity name: "a b"');
  check({ Identities: [{ Name: 'x' }] }, 'Identity "x": an audience (aud) is required');
  check({ Identities: [{ ...aws, ChangeMode: 'x' }] }, 'Identity "aws": invalid change_mode "x"');
  check(
    { Identities: [{ ...aws, ChangeMode: 'signal' }] },
    'change_signal must be set when change_mode is signal',
  );
  check(
    { Identities: [{ ...aws, ChangeSignal: 'SIGHUP' }] },
    'can only use change_signal with change_mode "signal"',
  );
  check({ Identities: [{ ...aws, Filepath: '../../x' }] }, 'filepath escapes allocation directory');
  check({ Identity: { TTL: -1 } }, 'Identity "default": ttl must not be negative');
});

test('actions and secrets', () => {
  check({ Actions: [{ Name: 'a b', Command: 'x' }] }, 'Invalid action name: "a b"');
  check({ Actions: [{ Name: 'a' }] }, 'Action "a" needs a command');
  check(
    {
      Actions: [
        { Name: 'a', Command: 'x' },
        { Name: 'a', Command: 'x' },
      ],
    },
    'Action "a" is defined twice',
  );
  check({ Secrets: [{ Name: 'a-b', Provider: 'p', Path: 'x' }] }, 'Invalid secret name: "a-b"');
  check({ Secrets: [{ Name: 'a' }] }, 'Secret "a" needs a provider');
});

test('constraints of tasks', () => {
  check(
    { Constraints: [{ Operand: 'distinct_hosts', RTarget: 'true' }] },
    'Constraint 1 has disallowed Operand at task level: distinct_hosts',
  );
  check(
    { Constraints: [{ LTarget: 'a', RTarget: 'b', Operand: '~' }] },
    'Unknown constraint type "~"; known operators are',
  );
});
