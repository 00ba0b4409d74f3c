// SPDX-License-Identifier: MPL-2.0
// Difference between two versions of a job, in the shape that `job plan` and `job history` print.

import { Job, type JobDiff, Task, type TaskDiff, TaskGroup, type TaskGroupDiff } from '@serai/api';
import { AppError } from '#base';
import { compare, type DiffType } from './field-diff.ts';
import { type Pair, pairType, structDiff } from './object-diff.ts';

/**
 * What changed from `old` to `next`; either may be missing, for a new or a deleted job. `contextual`: list also the
 * unchanged fields of what changed.
 */
export function diffJobs(
  old: Job | null | undefined,
  next: Job | null | undefined,
  contextual = false,
): JobDiff {
  if (old && next && old.ID !== next.ID)
    throw new AppError('invalid', `can not diff jobs with different IDs: "${old.ID}" and "${next.ID}"`);
  const pair: Pair<Job> = { old: old ?? null, new: next ?? null };
  // Fields of the job itself come without context: there are too many of them.
  const fields = structDiff(Job, pair, false).fields;
  const objects = structDiff(Job, pair, contextual).objects;
  const groups = groupDiffs(pair, contextual);
  const changed = fields.length + objects.length > 0 || groups.some((group) => group.Type !== 'None');
  return {
    Type: typeOf(pair, changed),
    ID: next?.ID ?? old?.ID ?? '',
    Fields: nonEmpty(fields),
    Objects: nonEmpty(objects),
    TaskGroups: nonEmpty(groups),
  };
}

function typeOf(pair: Pair<unknown>, changed: boolean): DiffType {
  if (pair.old === null && pair.new === null) return 'None';
  const type = pairType(pair);
  return type === 'Edited' && !changed ? 'None' : type;
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}

function pairsByName<T extends { readonly Name: string }>(
  old: readonly T[] | null | undefined,
  next: readonly T[] | null | undefined,
): Pair<T>[] {
  const before = new Map((old ?? []).map((item) => [item.Name, item]));
  const after = new Map((next ?? []).map((item) => [item.Name, item]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compare);
  return names.map((name) => ({ old: before.get(name) ?? null, new: after.get(name) ?? null }));
}

function groupDiffs(job: Pair<Job>, contextual: boolean): TaskGroupDiff[] {
  return pairsByName(job.old?.TaskGroups, job.new?.TaskGroups).map((pair) => {
    const fields = structDiff(TaskGroup, pair, false).fields;
    const objects = structDiff(TaskGroup, pair, contextual).objects;
    const tasks = taskDiffs(pair, contextual);
    const changed = fields.length + objects.length > 0 || tasks.some((task) => task.Type !== 'None');
    return {
      Type: typeOf(pair, changed),
      Name: pair.new?.Name ?? pair.old?.Name ?? '',
      Fields: nonEmpty(fields),
      Objects: nonEmpty(objects),
      Tasks: nonEmpty(tasks.filter((task) => contextual || task.Type !== 'None')),
      Updates: null,
    };
  });
}

function taskDiffs(group: Pair<TaskGroup>, contextual: boolean): TaskDiff[] {
  return pairsByName(group.old?.Tasks, group.new?.Tasks).map((pair) => {
    const fields = structDiff(Task, pair, false).fields;
    const objects = structDiff(Task, pair, contextual).objects;
    return {
      Type: typeOf(pair, fields.length + objects.length > 0),
      Name: pair.new?.Name ?? pair.old?.Name ?? '',
      Fields: nonEmpty(fields),
      Objects: nonEmpty(objects),
      Annotations: null,
    };
  });
}
