// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AllocatedPortMapping, make, NetworkResource, Node, Port } from '@serai/api';
import { mockAlloc, mockJob, mockTask, mockTaskGroup } from '#testing';
import { buildTaskEnv, type TaskEnvInput } from './env-builder.ts';

function input(overrides: Partial<TaskEnvInput> = {}): TaskEnvInput {
  const task = overrides.task ?? mockTask();
  const group = overrides.group ?? mockTaskGroup({ Tasks: [task] });
  const job = overrides.job ?? mockJob({ ID: 'site', TaskGroups: [group] });
  return {
    region: 'global',
    node: make(Node, {
      ID: '11111111-2222-3333-4444-555555555555',
      Name: 'box',
      Datacenter: 'dc7',
      NodeClass: 'large',
      NodePool: 'gpu',
      Attributes: { 'kernel.name': 'linux', 'odd name': 'odd' },
      Meta: { rack: 'r1', 'a b': 'spaced' },
      CgroupParent: '/nomad',
    }),
    alloc: mockAlloc({ Job: job, ID: 'abcdef01-0000-0000-0000-000000000000', index: 3 }),
    job,
    group,
    task,
    paths: { allocDir: '/a/alloc', taskDir: '/a/web/local', secretsDir: '/a/web/secrets' },
    ...overrides,
  };
}

test('a task is told who it is and where its directories are', () => {
  const { env } = buildTaskEnv(input());
  const expected = {
    NOMAD_ALLOC_DIR: '/a/alloc',
    NOMAD_TASK_DIR: '/a/web/local',
    NOMAD_SECRETS_DIR: '/a/web/secrets',
    NOMAD_ALLOC_ID: 'abcdef01-0000-0000-0000-000000000000',
    NOMAD_SHORT_ALLOC_ID: 'abcdef01',
    NOMAD_ALLOC_NAME: 'site.web[3]',
    NOMAD_ALLOC_INDEX: '3',
    NOMAD_TASK_NAME: 'web',
    NOMAD_GROUP_NAME: 'web',
    NOMAD_JOB_ID: 'site',
    NOMAD_JOB_NAME: 'site',
    NOMAD_NAMESPACE: 'default',
    NOMAD_DC: 'dc7',
    NOMAD_REGION: 'global',
    NOMAD_PARENT_CGROUP: '/nomad',
    NOMAD_CPU_LIMIT: '500',
    NOMAD_MEMORY_LIMIT: '256',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(env[name], value, name);
  assert.ok(!('NOMAD_JOB_PARENT_ID' in env));
  assert.ok(!('NOMAD_MEMORY_MAX_LIMIT' in env));
  assert.ok(!('NOMAD_CPU_CORES' in env));
});

test("nothing of the agent's own environment gets in", () => {
  process.env['SERAI_TEST_CANARY'] = 'secret';
  try {
    const { env } = buildTaskEnv(input());
    assert.ok(!JSON.stringify(env).includes('CANARY'));
    assert.equal(env['PATH'], '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
    assert.ok(!('HOME' in env));
  } finally {
    delete process.env['SERAI_TEST_CANARY'];
  }
});

test('reserved cores, memory_max and the parent job are told when there are any', () => {
  const base = input();
  const alloc = {
    ...base.alloc,
    AllocatedResources: {
      Tasks: {
        web: {
          Cpu: { CpuShares: 1000, ReservedCores: [1, 3] },
          Memory: { MemoryMB: 64, MemoryMaxMB: 128 },
          Networks: null,
          Devices: null,
        },
      },
      TaskLifecycles: null,
      Shared: { Networks: null, DiskMB: 0, Ports: null },
    },
  };
  const { env } = buildTaskEnv({ ...base, alloc, job: { ...base.job, ParentID: 'parent' } });
  assert.equal(env['NOMAD_CPU_CORES'], '1,3');
  assert.equal(env['NOMAD_MEMORY_MAX_LIMIT'], '128');
  assert.equal(env['NOMAD_JOB_PARENT_ID'], 'parent');
});

test('meta of job, group and task are merged, given as written and in capitals', () => {
  const task = mockTask({ Meta: { owner: 'task', 'my-key': '${attr.kernel.name}' } });
  const group = mockTaskGroup({ Tasks: [task], Meta: { owner: 'group', tier: 'front' } });
  const { env } = buildTaskEnv(input({ task, group }));
  assert.equal(env['NOMAD_META_owner'], 'task');
  assert.equal(env['NOMAD_META_OWNER'], 'task');
  assert.equal(env['NOMAD_META_tier'], 'front');
  assert.equal(env['NOMAD_META_MY_KEY'], 'linux');
  assert.equal(env['NOMAD_META_my_key'], 'linux');
});

test("the task's env block wins over ours, its names are cleaned and its values interpolated", () => {
  const task = mockTask({
    Meta: { port: '1' },
    Env: {
      'odd.name': '${NOMAD_TASK_NAME}',
      PATH: '/own',
      where: '${node.unique.name}/${meta.rack}/${node.pool}/${NOMAD_META_port}',
      unknown: '${NOMAD_PORT_nope}',
    },
  });
  const { env } = buildTaskEnv(input({ task }));
  assert.equal(env['odd_name'], 'web');
  assert.equal(env['PATH'], '/own');
  assert.equal(env['where'], 'box/r1/gpu/1');
  assert.equal(env['unknown'], '${NOMAD_PORT_nope}');
});

test('what hooks add wins over everything and can be referred to', () => {
  const task = mockTask({ Env: { A: 'task' } });
  const built = buildTaskEnv(input({ task, hookEnv: { A: 'hook', TOKEN: 't' } }));
  assert.equal(built.env['A'], 'hook');
  assert.equal(built.replace('${TOKEN}'), 't');
});

test('driver configuration and user see node, meta, attributes and variables', () => {
  const task = mockTask({ Env: { 'A.B': 'dotted' } });
  const { replace } = buildTaskEnv(input({ task }));
  assert.deepEqual(
    replace({
      a: '${node.unique.id}',
      b: ['${node.class}', '${node.datacenter}', '${node.region}'],
      c: '${attr["odd name"]}${meta["a b"]}',
      d: '${env["A.B"]}${env["A_B"]}',
      e: '${attr.missing}',
    }),
    {
      a: '11111111-2222-3333-4444-555555555555',
      b: ['large', 'dc7', 'global'],
      c: 'oddspaced',
      d: 'dotteddotted',
      e: '${attr.missing}',
    },
  );
});

test('names that every object has are not variables', () => {
  const { replace } = buildTaskEnv(input());
  assert.equal(
    replace('${constructor}${meta.toString}${attr.__proto__}'),
    '${constructor}${meta.toString}${attr.__proto__}',
  );
});

test("ports of the group and of siblings' own networks are told", () => {
  const base = input();
  const own = make(NetworkResource, {
    IP: '10.0.0.1',
    ReservedPorts: [make(Port, { Label: 'admin', Value: 99 })],
    DynamicPorts: [make(Port, { Label: 'x-y', Value: 21000 })],
  });
  const resources = {
    Cpu: { CpuShares: 1, ReservedCores: null },
    Memory: { MemoryMB: 1, MemoryMaxMB: 0 },
    Devices: null,
  };
  const alloc = {
    ...base.alloc,
    AllocatedResources: {
      Tasks: { web: { ...resources, Networks: [own] }, 'side-car': { ...resources, Networks: [own] } },
      TaskLifecycles: null,
      Shared: {
        Networks: null,
        DiskMB: 0,
        Ports: [
          make(AllocatedPortMapping, { Label: 'http', Value: 25000, To: 8080, HostIP: '192.0.2.2' }),
          make(AllocatedPortMapping, { Label: 'six', Value: 25001, HostIP: 'fd00::1' }),
        ],
      },
    },
  };
  const { env } = buildTaskEnv({ ...base, alloc });
  const expected = {
    NOMAD_IP_http: '192.0.2.2',
    NOMAD_PORT_http: '8080',
    NOMAD_ADDR_http: '192.0.2.2:25000',
    NOMAD_ALLOC_PORT_http: '8080',
    NOMAD_HOST_IP_http: '192.0.2.2',
    NOMAD_HOST_PORT_http: '25000',
    NOMAD_HOST_ADDR_http: '192.0.2.2:25000',
    NOMAD_ADDR_six: '[fd00::1]:25001',
    NOMAD_PORT_six: '25001',
    NOMAD_PORT_admin: '99',
    NOMAD_HOST_PORT_admin: '99',
    NOMAD_ADDR_x_y: '10.0.0.1:21000',
    NOMAD_ADDR_side_car_admin: '10.0.0.1:99',
    NOMAD_PORT_side_car_x_y: '21000',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(env[name], value, name);
  assert.ok(!('NOMAD_HOST_PORT_side_car_admin' in env));
});
