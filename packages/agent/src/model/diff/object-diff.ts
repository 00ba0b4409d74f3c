// SPDX-License-Identifier: MPL-2.0
// Differences of objects, driven by their schema: fields flat, objects within as objects.

import type { FieldDiff, ObjectDiff, Schema } from '@serai/api';
import { equalObjects } from '../equality.ts';
import { compare, type DiffType, fieldDiffs, setFieldDiffs } from './field-diff.ts';
import { flattenAny, flattenStruct, isPrimitive, isPrimitiveMap, pointee } from './flatten.ts';
import { ignoredFields, matchingOf, objectName } from './naming.ts';

/** The old and the new value of one thing; null when it does not exist on that side. */
export interface Pair<T> {
  readonly old: T | null;
  readonly new: T | null;
}

type Data = Readonly<Record<string, unknown>>;

export interface StructDiff {
  readonly fields: readonly FieldDiff[];
  readonly objects: readonly ObjectDiff[];
}

/** Fields and inner objects that differ. With context, unchanged fields of changed objects are listed too. */
export function structDiff(schema: Schema, pair: Pair<object>, context: boolean): StructDiff {
  const ignore = ignoredFields(schema.name);
  const fields = fieldDiffs(
    flattenStruct(schema, pair.old, ignore),
    flattenStruct(schema, pair.new, ignore),
    context,
  );
  const objects: ObjectDiff[] = [];
  for (const [name, field] of Object.entries(schema.fields ?? {})) {
    if (ignore.has(name) || isPrimitive(field) || isPrimitiveMap(field)) continue;
    const values = {
      old: ((pair.old ?? {}) as Data)[name] ?? null,
      new: ((pair.new ?? {}) as Data)[name] ?? null,
    };
    if (!equalObjects(values.old, values.new)) objects.push(...childDiffs(name, { field, values, context }));
  }
  return { fields, objects: sortObjects(objects) };
}

interface Child {
  readonly field: Schema;
  readonly values: { readonly old: unknown; readonly new: unknown };
  readonly context: boolean;
}

function childDiffs(name: string, child: Child): ObjectDiff[] {
  const schema = pointee(child.field);
  const title = objectName(name);
  switch (schema.kind) {
    case 'struct':
      return one(objectDiff(title, schema, { pair: child.values as Pair<object>, context: child.context }));
    case 'list':
      return listDiffs(name, schema, child);
    case 'map':
      return mapDiffs(title, schema, child);
    default:
      return [];
  }
}

function one(diff: ObjectDiff | undefined): ObjectDiff[] {
  return diff ? [diff] : [];
}

/** Undefined when there is no difference. */
export function objectDiff(
  title: string,
  schema: Schema,
  options: { readonly pair: Pair<object>; readonly context: boolean },
): ObjectDiff | undefined {
  const { pair, context } = options;
  if (equalObjects(pair.old, pair.new) && (pair.old === null) === (pair.new === null)) return undefined;
  const { fields, objects } = structDiff(schema, pair, context);
  // They differ in what servers wrote only.
  if (pair.old && pair.new && fields.length + objects.length === 0) return undefined;
  return named(title, { type: pairType(pair), fields, objects });
}

export function pairType(pair: Pair<unknown>): DiffType {
  if (pair.old === null) return 'Added';
  return pair.new === null ? 'Deleted' : 'Edited';
}

function named(
  title: string,
  diff: { type: DiffType; fields: readonly FieldDiff[]; objects: readonly ObjectDiff[] },
): ObjectDiff {
  return {
    Type: diff.type,
    Name: title,
    Fields: diff.fields.length > 0 ? diff.fields : null,
    Objects: diff.objects.length > 0 ? diff.objects : null,
  };
}

/** An object that has flat fields only, such as a driver's configuration. */
function flatDiff(title: string, values: Child['values'], context: boolean): ObjectDiff | undefined {
  const fields = fieldDiffs(flattenAny(values.old), flattenAny(values.new), context);
  if (fields.length === 0) return undefined;
  return named(title, { type: pairType({ old: values.old, new: values.new }), fields, objects: [] });
}

function listDiffs(name: string, schema: Schema, child: Child): ObjectDiff[] {
  const of = pointee(schema.of?.() ?? schema);
  const title = objectName(name);
  const old = (child.values.old ?? []) as readonly unknown[];
  const next = (child.values.new ?? []) as readonly unknown[];
  if (of.kind !== 'struct')
    return one(textSetDiff(title, { old: old.map(String), new: next.map(String) }, child.context));
  const lists = { old: old as readonly Data[], new: next as readonly Data[] };
  const pairs = matchingOf(name) === 'name' ? pairsByName(lists) : pairsBySet(lists);
  return pairs.flatMap((pair) => one(objectDiff(title, of, { pair, context: child.context })));
}

function textSetDiff(
  title: string,
  lists: { readonly old: readonly string[]; readonly new: readonly string[] },
  context: boolean,
): ObjectDiff | undefined {
  const fields = setFieldDiffs(title, lists, context);
  if (fields.length === 0) return undefined;
  const type = lists.old.length === 0 ? 'Added' : lists.new.length === 0 ? 'Deleted' : 'Edited';
  return named(title, { type, fields, objects: [] });
}

interface Lists {
  readonly old: readonly Data[];
  readonly new: readonly Data[];
}

/** Elements that only one side has. */
function pairsBySet(lists: Lists): Pair<Data>[] {
  const unmatched = [...lists.new];
  const pairs: Pair<Data>[] = [];
  for (const item of lists.old) {
    const at = unmatched.findIndex((other) => equalObjects(item, other));
    if (at >= 0) unmatched.splice(at, 1);
    else pairs.push({ old: item, new: null });
  }
  return [...pairs, ...unmatched.map((item) => ({ old: null, new: item }))];
}

/** The n-th element of a name with the n-th element of the same name on the other side. */
function pairsByName(lists: Lists): Pair<Data>[] {
  const unmatched = [...lists.new];
  const pairs: Pair<Data>[] = [];
  for (const item of lists.old) {
    const at = unmatched.findIndex((other) => other['Name'] === item['Name']);
    pairs.push({ old: item, new: at >= 0 ? (unmatched[at] ?? null) : null });
    if (at >= 0) unmatched.splice(at, 1);
  }
  return [...pairs, ...unmatched.map((item) => ({ old: null, new: item }))];
}

function mapDiffs(title: string, schema: Schema, child: Child): ObjectDiff[] {
  const of = pointee(schema.of?.() ?? schema);
  if (of.kind !== 'struct') return one(flatDiff(title, child.values, child.context));
  const old = (child.values.old ?? {}) as Readonly<Record<string, Data>>;
  const next = (child.values.new ?? {}) as Readonly<Record<string, Data>>;
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort(compare);
  return keys.flatMap((key) => {
    const pair = { old: old[key] ?? null, new: next[key] ?? null };
    return one(objectDiff(title, of, { pair, context: child.context }));
  });
}

const typeOrder: readonly string[] = ['Edited', 'Added', 'Deleted', 'None'];

/** Edited first, then added, then deleted; within these by name. */
export function sortObjects(objects: readonly ObjectDiff[]): ObjectDiff[] {
  return [...objects].sort(
    (a, b) => typeOrder.indexOf(a.Type) - typeOrder.indexOf(b.Type) || compare(a.Name, b.Name),
  );
}
