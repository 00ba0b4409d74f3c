// SPDX-License-Identifier: MPL-2.0
// Differences of single values. A value that is missing is the empty text.

import type { FieldDiff } from '@serai/api';

export type DiffType = 'None' | 'Added' | 'Deleted' | 'Edited';
/** Names like `Meta[key]` with their values as text. */
export type FlatFields = ReadonlyMap<string, string>;

export function fieldDiff(name: string, values: { readonly old: string; readonly new: string }): FieldDiff {
  return { Type: typeOf(values), Name: name, Old: values.old, New: values.new, Annotations: null };
}

function typeOf(values: { readonly old: string; readonly new: string }): DiffType {
  if (values.old === values.new) return 'None';
  if (values.old === '') return 'Added';
  return values.new === '' ? 'Deleted' : 'Edited';
}

/** Changed fields, by name. With context also the unchanged ones, but only when at least one changed. */
export function fieldDiffs(old: FlatFields, next: FlatFields, context: boolean): FieldDiff[] {
  const names = new Set([...old.keys(), ...next.keys()]);
  const all = Array.from(names, (name) =>
    fieldDiff(name, { old: old.get(name) ?? '', new: next.get(name) ?? '' }),
  );
  const changed = all.filter((diff) => diff.Type !== 'None');
  return sortFields(context && changed.length > 0 ? all : changed);
}

export function sortFields(fields: readonly FieldDiff[]): FieldDiff[] {
  return [...fields].sort(
    (a, b) => compare(a.Name, b.Name) || compare(a.Old, b.Old) || compare(a.New, b.New),
  );
}

export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A list whose order does not matter: what was added and what was taken away, all under one name. */
export function setFieldDiffs(
  name: string,
  lists: { readonly old: readonly string[]; readonly new: readonly string[] },
  context: boolean,
): FieldDiff[] {
  const old = new Set(lists.old);
  const next = new Set(lists.new);
  const added = [...next].filter((item) => !old.has(item));
  const deleted = [...old].filter((item) => !next.has(item));
  if (added.length + deleted.length === 0) return [];
  const kept = context ? [...next].filter((item) => old.has(item)) : [];
  return sortFields([
    ...added.map((item) => fieldDiff(name, { old: '', new: item })),
    ...deleted.map((item) => fieldDiff(name, { old: item, new: '' })),
    ...kept.map((item) => fieldDiff(name, { old: item, new: item })),
  ]);
}
