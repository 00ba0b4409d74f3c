// SPDX-License-Identifier: MPL-2.0
// for expressions and splats.

import { HclError } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import type { Expression, For, Splat } from '../syntax/ast.ts';
import { toText } from '../value/convert.ts';
import { emptyObject, isArray, isSet, sortedKeys, typeName, type Value } from '../value/value.ts';
import { conditionOf, type Evaluate } from './operators.ts';
import type { Scope } from './scope.ts';

/** Name under which `splat-item` finds its element; no program can write it. */
export const splatItemName = '*';

/** Key and value of every element: index and item, key and member, or the item twice for sets. */
export function* entriesOf(collection: Value): Generator<[Value, Value]> {
  if (isArray(collection)) {
    if (isSet(collection)) for (const item of collection) yield [item, item];
    else for (const [index, item] of collection.entries()) yield [index, item];
    return;
  }
  if (collection === null || typeof collection !== 'object') return;
  for (const key of sortedKeys(collection)) yield [key, collection[key] ?? null];
}

/** Throws unless the value can be iterated. */
export function requireCollection(collection: Value, range: Range): void {
  if (collection === null) {
    throw new HclError(
      'Iteration over null value',
      'A null value cannot be used as the collection in a "for" expression.',
      range,
    );
  }
  if (typeof collection === 'object') return;
  throw new HclError(
    'Iteration over non-iterable value',
    `A value of type ${typeName(collection)} cannot be used as the collection in a "for" expression.`,
    range,
  );
}

export function evaluateFor(node: For, scope: Scope, evaluate: Evaluate): Value {
  const collection = evaluate(node.collection, scope);
  requireCollection(collection, node.collection.range);
  const tuple: Value[] = [];
  const object = emptyObject();
  const groups = new Map<string, Value[]>();
  let made = 0;
  for (const [key, value] of entriesOf(collection)) {
    const names: Record<string, Value> = {};
    if (node.keyName !== undefined) names[node.keyName] = key;
    names[node.valueName] = value;
    const inner = scope.child(names);
    scope.budget.charge(1);
    if (node.condition && !passes(evaluate(node.condition, inner), node.condition, scope)) continue;
    scope.budget.chargeElements(++made > scope.budget.limits.collectionLength ? made : 1);
    const result = evaluate(node.value, inner);
    if (!node.key) {
      tuple.push(result);
      continue;
    }
    const name = keyText(evaluate(node.key, inner), node.key, 'Invalid object key');
    if (node.group) {
      const group = groups.get(name);
      if (group) group.push(result);
      else groups.set(name, [result]);
    } else if (Object.hasOwn(object, name)) {
      throw new HclError(
        'Duplicate object key',
        `Two different items produced the key ${JSON.stringify(name)} in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.`,
        node.key.range,
      );
    } else object[name] = result;
  }
  if (!node.key) return tuple;
  for (const [name, group] of groups) object[name] = group;
  return object;
}

function passes(value: Value, node: Expression, scope: Scope): boolean {
  return conditionOf(value, node, scope, { wrong: "Invalid 'for' condition", null: 'Condition is null' });
}

/** The key of an object item. */
export function keyText(value: Value, node: Expression, summary?: string): string {
  if (value === null) {
    throw new HclError(summary ?? 'Null value as key', "Can't use a null value as a key.", node.range);
  }
  if (typeof value === 'object') {
    throw new HclError(
      summary ?? 'Incorrect key type',
      "Can't use this value as a key: a string is required.",
      node.range,
    );
  }
  return toText(value);
}

/** null gives no elements, a value that is no list is a list of one. */
export function evaluateSplat(node: Splat, scope: Scope, evaluate: Evaluate): Value {
  const source = evaluate(node.source, scope);
  if (source === null) return [];
  const items = isArray(source) ? source : [source];
  scope.budget.chargeElements(items.length);
  return Array.from(items, (item) => evaluate(node.each, scope.child({ [splatItemName]: item })));
}
