// SPDX-License-Identifier: MPL-2.0
// A job's differences as text: + added, - deleted, +/- edited, indented as the job is nested.

import type { FieldDiff, JobDiff, ObjectDiff, TaskDiff, TaskGroupDiff } from '@serai/api';
import { type Color, paint, type Ui } from './ui.ts';

interface Options {
  readonly ui: Pick<Ui, 'color'>;
  /** also what did not change */
  readonly verbose: boolean;
}

const marks: Readonly<Record<string, readonly [string, Color]>> = {
  Added: ['+', 'green'],
  Deleted: ['-', 'red'],
  Edited: ['+/-', 'yellow'],
};

function mark(type: string, options: Options): string {
  const known = marks[type];
  return known ? `${paint(options.ui, known[1], known[0])} ` : '';
}

export function formatJobDiff(diff: JobDiff, options: Options): string {
  const lines = [
    `${mark(diff.Type, options)}${paint(options.ui, 'bold', `Job: ${JSON.stringify(diff.ID)}`)}`,
  ];
  if (diff.Type === 'Edited' || options.verbose) {
    lines.push(...details(diff.Fields, diff.Objects, { indent: 2, options }));
  }
  for (const group of diff.TaskGroups ?? []) lines.push(...groupLines(group, options));
  return lines.join('\n');
}

const updateColors: Readonly<Record<string, Color>> = {
  create: 'green',
  destroy: 'red',
  'create/destroy update': 'yellow',
  'in-place update': 'cyan',
  migrate: 'blue',
  canary: 'yellow',
  preemptions: 'red',
};

function groupLines(group: TaskGroupDiff, options: Options): string[] {
  const updates = Object.entries(group.Updates ?? {})
    .sort()
    .map(([name, count]) => paint(options.ui, updateColors[name] ?? 'dim', `${count} ${name}`));
  const suffix = updates.length > 0 ? ` (${updates.join(', ')})` : '';
  const lines = [`${mark(group.Type, options)}Task Group: ${JSON.stringify(group.Name)}${suffix}`];
  if (group.Type === 'Edited' || options.verbose) {
    lines.push(...details(group.Fields, group.Objects, { indent: 2, options }));
  }
  for (const task of group.Tasks ?? []) lines.push(...taskLines(task, options));
  return lines;
}

function taskLines(task: TaskDiff, options: Options): string[] {
  const notes = task.Annotations && task.Annotations.length > 0 ? ` (${task.Annotations.join(', ')})` : '';
  const lines = [`  ${mark(task.Type, options)}Task: ${JSON.stringify(task.Name)}${notes}`];
  if (task.Type === 'None' || ((task.Type === 'Deleted' || task.Type === 'Added') && !options.verbose))
    return lines;
  return [...lines, ...details(task.Fields, task.Objects, { indent: 4, options })];
}

function details(
  fields: readonly FieldDiff[] | null,
  objects: readonly ObjectDiff[] | null,
  at: { indent: number; options: Options },
): string[] {
  const pad = ' '.repeat(at.indent);
  const shownFields = (fields ?? []).filter(
    (field) => at.options.verbose || field.Type !== 'None' || field.Old !== '',
  );
  const width = Math.max(0, ...shownFields.map((field) => field.Name.length));
  const lines = shownFields.map((field) => `${pad}${fieldText(field, width, at.options)}`);
  for (const object of objects ?? []) {
    lines.push(`${pad}${mark(object.Type, at.options)}${object.Name} {`);
    lines.push(...details(object.Fields, object.Objects, { ...at, indent: at.indent + 2 }));
    lines.push(`${pad}}`);
  }
  return lines;
}

function fieldText(field: FieldDiff, width: number, options: Options): string {
  const label = `${mark(field.Type, options)}${field.Name}:${' '.repeat(width - field.Name.length + 1)}`;
  const notes = field.Annotations && field.Annotations.length > 0 ? ` (${field.Annotations.join(', ')})` : '';
  switch (field.Type) {
    case 'Added':
      return `${label}${JSON.stringify(field.New)}${notes}`;
    case 'Deleted':
      return `${label}${JSON.stringify(field.Old)}${notes}`;
    case 'Edited':
      return `${label}${JSON.stringify(field.Old)} => ${JSON.stringify(field.New)}${notes}`;
    default:
      return `${label}${JSON.stringify(field.New)}${notes}`;
  }
}
