// SPDX-License-Identifier: MPL-2.0
// Filter text → function that tells whether an object passes. Compiled filters are remembered, since a blocking query
// runs its filter again on each change.

import type { Schema } from '@serai/api';
import type { Expression } from './ast.ts';
import { checkTypes, compileTest } from './compare.ts';
import { parseFilter } from './parser.ts';
import { resolveSelector, type Scope, type TypeScope } from './selector.ts';

export { maxPatternLength } from './compare.ts';
export { maxFilterDepth, maxFilterLength, maxFilterNodes } from './parser.ts';

export type Filter = (object: object) => boolean;

/** Compiled filters kept per schema; the oldest is dropped. */
const maxRemembered = 128;

const remembered = new WeakMap<object, Map<string, Filter>>();
const noSchema = {};

/**
 * Throws an AppError for a text that is no filter. A wrong type (a field that the schema doesn't have, `matches` on a
 * number) is thrown by the returned function. Without a schema a missing key is just absent.
 */
export function compileFilter(text: string, schema?: Schema): Filter {
  const owner = schema ?? noSchema;
  let known = remembered.get(owner);
  if (!known) {
    known = new Map();
    remembered.set(owner, known);
  }
  const found = known.get(text);
  if (found) return found;
  const filter = build(text, schema);
  if (known.size >= maxRemembered) known.delete(known.keys().next().value ?? '');
  known.set(text, filter);
  return filter;
}

function build(text: string, schema: Schema | undefined): Filter {
  const expression = parseFilter(text);
  let test: Test;
  try {
    test = compile(expression, { root: schema, names: new Map() });
  } catch (error) {
    return () => {
      throw error;
    };
  }
  const names = new Map<string, unknown>();
  return (object) => test({ root: object, names });
}

type Test = (scope: Scope) => boolean;

function compile(expression: Expression, types: TypeScope): Test {
  switch (expression.kind) {
    case 'and': {
      const left = compile(expression.left, types);
      const right = compile(expression.right, types);
      return (scope) => left(scope) && right(scope);
    }
    case 'or': {
      const left = compile(expression.left, types);
      const right = compile(expression.right, types);
      return (scope) => left(scope) || right(scope);
    }
    case 'not': {
      const operand = compile(expression.operand, types);
      return (scope) => !operand(scope);
    }
    case 'match':
      return compileMatch(expression, types);
    case 'any':
    case 'all':
      return compileCollection(expression, types);
  }
}

function compileMatch(match: Extract<Expression, { kind: 'match' }>, types: TypeScope): Test {
  const { find, schema } = resolveSelector(match.selector, types);
  checkTypes(match.operator, schema, match.selector);
  const test = compileTest(match.operator, match.value, match.selector);
  // An absent value equals nothing, is in nothing, matches nothing and is empty.
  const absent = (match.operator === 'empty') !== match.negated;
  return (scope) => {
    const found = find(scope);
    return found === 'absent' ? absent : test(found.value) !== match.negated;
  };
}

function compileCollection(collection: Extract<Expression, { kind: 'any' | 'all' }>, types: TypeScope): Test {
  const { find, schema } = resolveSelector(collection.selector, types);
  const [first = '_', second] = collection.names;
  const element = schema?.of?.();
  const key: Schema = { kind: schema?.kind === 'list' ? 'int' : 'string' };
  const names = new Map(types.names);
  if (second === undefined) bind(names, first, schema?.kind === 'map' ? key : element);
  else {
    bind(names, first, key);
    bind(names, second, element);
  }
  const body = compile(collection.body, { root: types.root, names });
  const all = collection.kind === 'all';
  return (scope) => {
    const found = find(scope);
    for (const [at, value] of found === 'absent' ? [] : entriesOf(found.value)) {
      const inner = new Map(scope.names);
      if (second === undefined) bind(inner, first, typeof at === 'number' ? value : at);
      else {
        bind(inner, first, at);
        bind(inner, second, value);
      }
      if (body({ root: scope.root, names: inner }) !== all) return !all;
    }
    return all;
  };
}

/** `_` is a name that nobody wants. */
function bind<T>(names: Map<string, T>, name: string, value: T): void {
  if (name !== '_') names.set(name, value);
}

function entriesOf(value: unknown): Iterable<readonly [number | string, unknown]> {
  if (Array.isArray(value)) return value.entries();
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
