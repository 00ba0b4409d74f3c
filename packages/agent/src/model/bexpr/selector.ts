// SPDX-License-Identifier: MPL-2.0
// Reads what a selector names out of an object. With a schema the way is checked once, at compile time.

import type { Schema } from '@serai/api';
import { AppError } from '#base';
import type { Selector } from './ast.ts';

/** Values in reach: the object itself under '', names bound by any/all under their name. */
export interface Scope {
  readonly root: unknown;
  readonly names: ReadonlyMap<string, unknown>;
}

/** What a selector found. `absent`: a key the map doesn't have, or something inside a nil pointer. */
export type Found = { readonly value: unknown } | 'absent';

export interface Resolved {
  readonly find: (scope: Scope) => Found;
  /** undefined: not known before the object is seen */
  readonly schema: Schema | undefined;
}

/** Schemas of the names in scope. */
export interface TypeScope {
  readonly root: Schema | undefined;
  readonly names: ReadonlyMap<string, Schema | undefined>;
}

export function resolveSelector(selector: Selector, types: TypeScope): Resolved {
  const first = selector[0] ?? '';
  const bound = types.names.has(first);
  const path = bound ? selector.slice(1) : selector;
  const start = bound ? types.names.get(first) : types.root;
  const schema = schemaAt(start, path, selector);
  const find = (scope: Scope): Found => {
    let value = bound ? scope.names.get(first) : scope.root;
    let at: Schema | undefined = start;
    for (const part of path) {
      at = at && dereference(at);
      const next = step(value, part, at);
      if (next === 'absent') return 'absent';
      value = next.value;
      at = at && childOf(at, part);
    }
    return { value };
  };
  return { find, schema: schema && dereference(schema) };
}

function step(value: unknown, part: string, schema: Schema | undefined): Found {
  if (value === null || value === undefined) return 'absent';
  if (Array.isArray(value)) {
    const index = Number(part);
    return Number.isInteger(index) && index >= 0 && index < value.length ? { value: value[index] } : 'absent';
  }
  if (typeof value !== 'object') return 'absent';
  if (Object.hasOwn(value, part)) return { value: (value as Record<string, unknown>)[part] };
  // An optional field that is left out holds its zero value.
  return schema?.kind === 'struct' ? { value: undefined } : 'absent';
}

function dereference(schema: Schema): Schema {
  let at = schema;
  while (at.kind === 'pointer' && at.of) at = at.of();
  return at;
}

function childOf(schema: Schema, part: string): Schema | undefined {
  if (schema.kind === 'struct') return schema.fields?.[part];
  return schema.kind === 'map' || schema.kind === 'list' ? schema.of?.() : undefined;
}

function schemaAt(
  start: Schema | undefined,
  path: readonly string[],
  selector: Selector,
): Schema | undefined {
  let at = start;
  path.forEach((part, i) => {
    if (!at) return;
    at = dereference(at);
    if (at.kind === 'any') {
      at = undefined;
      return;
    }
    const wrong = (why: string): AppError =>
      new AppError('invalid', `error finding value in datum: /${selector.join('/')} at part ${i}: ${why}`);
    if (at.kind === 'struct' && !Object.hasOwn(at.fields ?? {}, part))
      throw wrong(`couldn't find struct field with name ${JSON.stringify(part)}`);
    if (at.kind === 'list' && !/^\d+$/.test(part))
      throw wrong(`${JSON.stringify(part)} is no index of a list`);
    if (at.kind !== 'struct' && at.kind !== 'list' && at.kind !== 'map')
      throw wrong(`a ${at.kind} has no field ${JSON.stringify(part)}`);
    at = childOf(at, part);
  });
  return at;
}
