// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Input, type Job, type JobSpec, type ObjectDiff, second } from '@serai/api';
import { AppError } from '#base';
import { canonicalizeJob } from '../canonicalize/job.ts';
import { annotateDiff } from './annotate.ts';
import { diffJobs } from './job.ts';

function job(over: Input<JobSpec> = {}, task: object = {}, group: object = {}): Job {
  return canonicalizeJob({
    ID: 'web',
    TaskGroups: [
      {
        Name: 'g',
        Count: 1,
        Tasks: [{ Name: 't', Driver: 'docker', Config: { image: 'a:1', args: ['x'] }, ...task }],
        ...group,
      },
    ],
    ...over,
  });
}

/** `Type Name: old → new` of every changed field. */
function fieldsOf(
  fields: readonly { Type: string; Name: string; Old: string; New: string }[] | null | undefined,
) {
  return fields?.map((field) => `${field.Type} ${field.Name}: ${field.Old} → ${field.New}`) ?? [];
}

function objectsOf(objects: readonly ObjectDiff[] | null | undefined): string[] {
  return objects?.map((object) => `${object.Type} ${object.Name}`) ?? [];
}

const taskDiff = (a: Job, b: Job, contextual = false) =>
  diffJobs(a, b, contextual).TaskGroups?.[0]?.Tasks?.[0];
const groupDiff = (a: Job, b: Job) => diffJobs(a, b).TaskGroups?.[0];

test('equal jobs have no difference, with or without context', () => {
  const same = diffJobs(job(), job());
  assert.deepEqual([same.Type, same.ID, same.Fields, same.Objects], ['None', 'web', null, null]);
  assert.equal(same.TaskGroups?.[0]?.Type, 'None');
  assert.equal(diffJobs(job(), job(), true).Type, 'None');
});

test('what servers write is no difference', () => {
  const stored = {
    ...job(),
    Version: 7,
    Status: 'running',
    JobModifyIndex: 9,
    ModifyIndex: 9,
    CreateIndex: 3,
    SubmitTime: 5,
    Stable: true,
  };
  assert.equal(diffJobs(stored, job()).Type, 'None');
});

test('jobs with different ids can not be compared', () => {
  assert.throws(() => diffJobs(job(), job({ ID: 'other' })), AppError);
});

test('a new and a deleted job are all added and all deleted', () => {
  const added = diffJobs(null, job({ Meta: { a: '1' } }));
  assert.equal(added.Type, 'Added');
  assert.ok(fieldsOf(added.Fields).includes('Added Meta[a]:  → 1'));
  assert.equal(added.TaskGroups?.[0]?.Type, 'Added');
  assert.equal(added.TaskGroups?.[0]?.Tasks?.[0]?.Type, 'Added');
  const deleted = diffJobs(job(), null);
  assert.deepEqual([deleted.Type, deleted.TaskGroups?.[0]?.Tasks?.[0]?.Type], ['Deleted', 'Deleted']);
  assert.equal(diffJobs(null, null).Type, 'None');
});

test('fields of the job, sorted by name, metadata flat', () => {
  const diff = diffJobs(job({ Meta: { a: '1', b: '2' } }), job({ Priority: 70, Meta: { b: '3', c: '4' } }));
  assert.deepEqual(fieldsOf(diff.Fields), [
    'Deleted Meta[a]: 1 → ',
    'Edited Meta[b]: 2 → 3',
    'Added Meta[c]:  → 4',
    'Edited Priority: 50 → 70',
  ]);
  assert.equal(diff.Type, 'Edited');
});

test('datacenters are a set', () => {
  const diff = diffJobs(job({ Datacenters: ['a', 'b'] }), job({ Datacenters: ['c', 'a'] }), true);
  assert.deepEqual(objectsOf(diff.Objects), ['Edited Datacenters']);
  assert.deepEqual(fieldsOf(diff.Objects?.[0]?.Fields), [
    'Added Datacenters:  → c',
    'None Datacenters: a → a',
    'Deleted Datacenters: b → ',
  ]);
});

test('constraints are added and deleted as a whole', () => {
  const of = (value: string) => [{ LTarget: '${node.class}', RTarget: value, Operand: '=' }];
  const diff = diffJobs(job({ Constraints: of('a') }), job({ Constraints: of('b') }));
  assert.deepEqual(objectsOf(diff.Objects), ['Added Constraint', 'Deleted Constraint']);
  assert.deepEqual(fieldsOf(diff.Objects?.[0]?.Fields), [
    'Added LTarget:  → ${node.class}',
    'Added Operand:  → =',
    'Added RTarget:  → b',
  ]);
});

test('groups and tasks that come and go', () => {
  const two = job({
    TaskGroups: [
      {
        Name: 'g',
        Tasks: [
          { Name: 't', Driver: 'docker', Config: { image: 'a:1', args: ['x'] } },
          { Name: 's', Driver: 'x' },
        ],
      },
      { Name: 'a', Tasks: [{ Name: 't', Driver: 'x' }] },
    ],
  });
  const diff = diffJobs(job(), two);
  assert.deepEqual(
    diff.TaskGroups?.map((group) => [group.Name, group.Type]),
    [
      ['a', 'Added'],
      ['g', 'Edited'],
    ],
  );
  assert.deepEqual(
    diff.TaskGroups?.[1]?.Tasks?.map((task) => [task.Name, task.Type]),
    [['s', 'Added']],
  );
  assert.deepEqual(
    diffJobs(two, job()).TaskGroups?.map((group) => group.Type),
    ['Deleted', 'Edited'],
  );
});

test('driver configuration is flat, lists and maps in brackets', () => {
  const next = job({}, { Config: { image: 'a:2', args: ['x', { deep: [1] }], labels: [{ k: 'v' }] } });
  const diff = taskDiff(job(), next);
  assert.deepEqual(objectsOf(diff?.Objects), ['Edited Config']);
  assert.deepEqual(fieldsOf(diff?.Objects?.[0]?.Fields), [
    'Added args[1][deep][0]:  → 1',
    'Edited image: a:1 → a:2',
    'Added labels[0][k]:  → v',
  ]);
});

test('with context, unchanged fields of a changed object are shown, those of the task are not', () => {
  const diff = taskDiff(job(), job({}, { Config: { image: 'a:2', args: ['x'] } }), true);
  assert.deepEqual(fieldsOf(diff?.Objects?.[0]?.Fields), ['None args[0]: x → x', 'Edited image: a:1 → a:2']);
  assert.equal(diff?.Fields, null);
});

test('environment, times and resources of a task', () => {
  const next = job({}, { Env: { A: '1' }, KillTimeout: 9 * second, Resources: { CPU: 200 } });
  const diff = taskDiff(job(), next);
  assert.deepEqual(fieldsOf(diff?.Fields), [
    'Added Env[A]:  → 1',
    'Edited KillTimeout: 5000000000 → 9000000000',
  ]);
  assert.deepEqual(objectsOf(diff?.Objects), ['Edited Resources']);
  assert.deepEqual(fieldsOf(diff?.Objects?.[0]?.Fields), ['Edited CPU: 100 → 200']);
});

test('services and checks are matched by name', () => {
  const of = (tags: string[], interval: number) => ({
    Services: [{ Name: 'svc', Tags: tags, Checks: [{ Name: 'c', Type: 'tcp', Interval: interval }] }],
  });
  const diff = groupDiff(job({}, {}, of(['a'], second)), job({}, {}, of(['b'], 2 * second)));
  assert.deepEqual(objectsOf(diff?.Objects), ['Edited Service']);
  assert.deepEqual(objectsOf(diff?.Objects?.[0]?.Objects), ['Edited Check', 'Edited Tags']);
  assert.deepEqual(fieldsOf(diff?.Objects?.[0]?.Objects?.[0]?.Fields), [
    'Edited Interval: 1000000000 → 2000000000',
  ]);
});

test('ports of a network, volumes and policies of a group', () => {
  const next = job(
    {},
    {},
    {
      Count: 3,
      Networks: [{ DynamicPorts: [{ Label: 'http' }], ReservedPorts: [{ Label: 's', Value: 80 }] }],
      Volumes: { data: { Type: 'host', Source: 'x' } },
      RestartPolicy: { Attempts: 9 },
    },
  );
  const diff = groupDiff(job(), next);
  assert.deepEqual(fieldsOf(diff?.Fields), ['Edited Count: 1 → 3']);
  assert.deepEqual(objectsOf(diff?.Objects), ['Edited RestartPolicy', 'Added Network', 'Added Volume']);
  const network = diff?.Objects?.find((object) => object.Name === 'Network');
  assert.deepEqual(objectsOf(network?.Objects), ['Added Dynamic Port', 'Added Static Port']);
});

test('a scaling policy that the state store has numbered is unchanged', () => {
  const scaled = job({}, {}, { Scaling: { Min: 1, Max: 3 } });
  const numbered: Job = {
    ...scaled,
    TaskGroups:
      scaled.TaskGroups?.map((group) => ({
        ...group,
        Scaling: group.Scaling ? { ...group.Scaling, ID: 'uuid', CreateIndex: 5 } : null,
      })) ?? null,
  };
  assert.equal(diffJobs(scaled, numbered).Type, 'None');
});

test('the difference is shown with what the scheduler would do', () => {
  const updates = {
    Ignore: 1,
    Place: 2,
    Migrate: 0,
    Stop: 0,
    InPlaceUpdate: 0,
    DestructiveUpdate: 1,
    Canary: 0,
    Preemptions: 0,
  };
  const next = job({}, { Config: { image: 'a:2' } }, { Count: 3 });
  const diff = annotateDiff(diffJobs(job(), next, true), { g: updates });
  const [group] = diff.TaskGroups ?? [];
  assert.deepEqual(group?.Updates, { ignore: 1, create: 2, 'create/destroy update': 1 });
  assert.deepEqual(group?.Fields?.[0]?.Annotations, ['forces create']);
  assert.deepEqual(group?.Tasks?.[0]?.Annotations, ['forces create/destroy update']);
});

test('annotations of in-place updates, new and deleted groups and tasks, fewer allocations', () => {
  const annotations = (a: Job | null, b: Job | null) =>
    annotateDiff(diffJobs(a, b), null).TaskGroups?.map(
      (group) => group.Tasks?.map((task) => task.Annotations)?.[0],
    );
  assert.deepEqual(annotations(job(), job({}, { KillTimeout: second })), [['forces in-place update']]);
  assert.deepEqual(annotations(job(), job({}, { Services: [{ Name: 's' }] })), [['forces in-place update']]);
  assert.deepEqual(annotations(null, job()), [['forces create']]);
  assert.deepEqual(annotations(job(), null), [['forces destroy']]);
  const fewer = annotateDiff(diffJobs(job({}, {}, { Count: 4 }), job()), null);
  assert.deepEqual(fewer.TaskGroups?.[0]?.Fields?.[0]?.Annotations, ['forces destroy']);
});
