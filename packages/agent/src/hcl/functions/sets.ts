// SPDX-License-Identifier: MPL-2.0
// setintersection setproduct setunion

import type { Budget } from '../eval/budget.ts';
import { canonicalText, isArray, isSet, makeSet, type Value } from '../value/value.ts';
import { any, defineVariadic, set } from './define.ts';
import { ArgumentError, FunctionError, type FunctionSpec } from './spec.ts';

export const setFunctions: readonly FunctionSpec[] = [
  defineVariadic('setunion', [set('sets')], (args, { budget }) => {
    requireSome(args.values);
    const items = args.values.flatMap((each) => [...(each as readonly Value[])]);
    budget.chargeElements(items.length);
    return makeSet(items, budget.charge);
  }),
  defineVariadic('setintersection', [set('sets')], (args, { budget }) => {
    requireSome(args.values);
    return intersection(args.values as readonly (readonly Value[])[], budget);
  }),
  defineVariadic('setproduct', [any('sets')], (args, { budget }) => product(args.values, budget)),
];

function requireSome(values: readonly Value[]): void {
  if (values.length === 0) throw new FunctionError('at least one set is required');
}

function intersection(sets: readonly (readonly Value[])[], budget: Budget): Value {
  const [first = [], ...others] = sets;
  const keySets = others.map((each) => new Set(each.map((item) => canonicalText(item, budget.charge))));
  const common = first.filter((item) => {
    const key = canonicalText(item, budget.charge);
    return keySets.every((keys) => keys.has(key));
  });
  return makeSet(common, budget.charge);
}

/** Every combination. A list when an argument is a list, else a set. */
function product(values: readonly Value[], budget: Budget): Value {
  if (values.length < 2) throw new FunctionError('at least two arguments are required');
  const lists = values.map((value, i) => {
    if (isArray(value)) return value;
    throw new ArgumentError(i, 'a set or a list is required');
  });
  const total = lists.reduce((count, each) => count * each.length, 1);
  budget.chargeElements(total);
  budget.charge(total * lists.length);
  let combinations: Value[][] = [[]];
  for (const items of lists)
    combinations = combinations.flatMap((head) => items.map((item) => [...head, item]));
  return values.every(isSet) ? makeSet(combinations, budget.charge) : combinations;
}
