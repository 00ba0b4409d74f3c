// SPDX-License-Identifier: MPL-2.0
// The size of a value as a tree. Values share parts, so one that took few steps to build may be huge to whoever walks it.

import { LimitError } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import { isArray, type Value } from '../value/value.ts';
import type { Budget } from './budget.ts';

/** Levels of a value that leaves the evaluation. Whoever walks it may recurse. */
const maxValueDepth = 300;

/** Pays one step per part; throws when the value is too large or too deep. */
export function measureValue(value: Value, budget: Budget, range?: Range): void {
  walk(value, budget, { depth: 0, range });
}

function walk(value: Value, budget: Budget, at: { depth: number; range: Range | undefined }): void {
  budget.charge(1);
  if (value === null || typeof value !== 'object') return;
  if (at.depth >= maxValueDepth) {
    throw new LimitError(
      'Value nested too deeply',
      `A value may have ${maxValueDepth} levels at most.`,
      at.range,
    );
  }
  const deeper = { depth: at.depth + 1, range: at.range };
  if (isArray(value)) {
    for (const item of value) walk(item, budget, deeper);
    return;
  }
  for (const key of Object.keys(value)) walk(value[key] ?? null, budget, deeper);
}
