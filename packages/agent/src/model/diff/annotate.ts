// SPDX-License-Identifier: MPL-2.0
// Adds to a difference what the scheduler would do about it.

import type { DesiredUpdates, FieldDiff, JobDiff, TaskDiff, TaskGroupDiff } from '@serai/api';

export const annotation = {
  forcesCreate: 'forces create',
  forcesDestroy: 'forces destroy',
  forcesInPlace: 'forces in-place update',
  forcesDestructive: 'forces create/destroy update',
} as const;

const updateNames = [
  ['Ignore', 'ignore'],
  ['Place', 'create'],
  ['Migrate', 'migrate'],
  ['Stop', 'destroy'],
  ['InPlaceUpdate', 'in-place update'],
  ['DestructiveUpdate', 'create/destroy update'],
  ['Canary', 'canary'],
  ['Preemptions', 'preemptions'],
] as const satisfies readonly (readonly [keyof DesiredUpdates, string])[];

/** `updates`: what the scheduler's dry run would do per group. */
export function annotateDiff(
  diff: JobDiff,
  updates: Readonly<Record<string, DesiredUpdates>> | null | undefined,
): JobDiff {
  return {
    ...diff,
    TaskGroups: diff.TaskGroups?.map((group) => annotateGroup(group, updates?.[group.Name])) ?? null,
  };
}

function annotateGroup(group: TaskGroupDiff, updates: DesiredUpdates | undefined): TaskGroupDiff {
  const counts = updates
    ? updateNames.filter(([field]) => updates[field] > 0).map(([field, name]) => [name, updates[field]])
    : [];
  return {
    ...group,
    Updates: counts.length > 0 ? (Object.fromEntries(counts) as Record<string, number>) : group.Updates,
    Fields: group.Fields?.map(annotateCount) ?? null,
    Tasks: group.Tasks?.map((task) => annotateTask(task, group)) ?? null,
  };
}

function annotateCount(field: FieldDiff): FieldDiff {
  if (field.Name !== 'Count' || field.Type === 'None') return field;
  const grows = Number(field.New) > Number(field.Old);
  return { ...field, Annotations: [grows ? annotation.forcesCreate : annotation.forcesDestroy] };
}

function annotateTask(task: TaskDiff, group: TaskGroupDiff): TaskDiff {
  if (task.Type === 'None') return task;
  if (group.Type === 'Added' || group.Type === 'Deleted') {
    const text = group.Type === 'Added' ? annotation.forcesCreate : annotation.forcesDestroy;
    return { ...task, Annotations: [text] };
  }
  const destructive = task.Type !== 'Edited' || isDestructive(task);
  return { ...task, Annotations: [destructive ? annotation.forcesDestructive : annotation.forcesInPlace] };
}

/** Fields and objects of a task that a running task takes over; see `tasksUpdated`. */
const inPlaceFields: ReadonlySet<string> = new Set(['KillTimeout', 'KillSignal', 'Leader', 'ShutdownDelay']);
const inPlaceObjects: ReadonlySet<string> = new Set([
  'LogConfig',
  'Service',
  'Constraint',
  'RestartPolicy',
  'Scaling',
  'Action',
  'Schedule',
]);

function isDestructive(task: TaskDiff): boolean {
  const field = task.Fields?.some((diff) => diff.Type !== 'None' && !inPlaceFields.has(diff.Name));
  const object = task.Objects?.some((diff) => diff.Type !== 'None' && !inPlaceObjects.has(diff.Name));
  return Boolean(field) || Boolean(object);
}
